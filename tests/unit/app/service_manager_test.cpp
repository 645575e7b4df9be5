// Words to the service manager, read at a socket like its own.
#include "app/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace glados::app;

namespace {

/// A listening datagram socket; `name` begins with '@' in the abstract space, as systemd's may.
class listener {
 public:
  explicit listener(const std::string& name) : name_(name) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name.data(), name.size());
    if (name.front() == '@')
      at.sun_path[0] = '\0';
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    BOOST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), length) == 0);
  }
  ~listener() {
    ::close(fd_);
    if (name_.front() == '/')
      ::unlink(name_.c_str());
  }

  std::string heard() const {
    std::array<char, 256> text{};
    const auto got = ::recv(fd_, text.data(), text.size(), 0);
    return got < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(got));
  }

 private:
  std::string name_;
  int fd_ = -1;
};

std::string own_name(const std::string& start) {
  return start + "glados-manager-test-" + std::to_string(::getpid());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_manager)

BOOST_AUTO_TEST_CASE(a_word_arrives_whole_at_a_path_and_at_an_abstract_name) {
  for (const auto& name : {own_name("/tmp/"), own_name("@")}) {
    const listener manager(name);
    BOOST_TEST(tell_manager(name, "READY=1\nSTATUS=serving"), name);
    BOOST_TEST(manager.heard() == "READY=1\nSTATUS=serving", name);
  }
}

BOOST_AUTO_TEST_CASE(nobody_who_listens_and_names_that_are_none_are_no_fault) {
  const std::string too_long = "/" + std::string(sizeof sockaddr_un::sun_path, 'x');
  for (const std::string& name : {own_name("/tmp/none-"), std::string(), std::string("/"),
                                  std::string("vsock:2:1"), too_long})
    BOOST_TEST(!tell_manager(name, "READY=1"), name);
}

BOOST_AUTO_TEST_CASE(the_longest_name_that_fits_is_taken) {
  auto name = own_name("@") + "-";
  name.append(sizeof sockaddr_un::sun_path - 1 - name.size(), 'x');
  const listener manager(name);
  BOOST_TEST(tell_manager(name, "READY=1"));
  BOOST_TEST(!tell_manager(name + "x", "READY=1"));
}

BOOST_AUTO_TEST_CASE(the_socket_is_taken_out_of_the_environment) {
  ::setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
  BOOST_TEST(take_notify_socket() == "/run/systemd/notify");
  BOOST_TEST(std::getenv("NOTIFY_SOCKET") == nullptr);
  BOOST_TEST(take_notify_socket().empty());
}

BOOST_AUTO_TEST_SUITE_END()
