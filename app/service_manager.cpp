#include "app/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace glados::app {

std::string take_notify_socket() {
  const char* named = std::getenv("NOTIFY_SOCKET");
  std::string out = named == nullptr ? "" : named;
  ::unsetenv("NOTIFY_SOCKET");
  return out;
}

bool tell_manager(const std::string& socket, std::string_view state) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (socket.size() < 2 || socket.size() >= sizeof to.sun_path ||
      (socket.front() != '/' && socket.front() != '@'))
    return false;
  std::copy(socket.begin(), socket.end(), to.sun_path);
  if (socket.front() == '@')
    to.sun_path[0] = '\0';  // a name in the abstract space is as long as it says
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return false;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const auto sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), length);
  ::close(fd);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace glados::app
