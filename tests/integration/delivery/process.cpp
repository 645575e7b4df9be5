#include "process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

namespace glados::delivery {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

namespace {

int left_ms(steady::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - steady::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

[[noreturn]] void become(const std::vector<char*>& argv, const char* directory, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::chdir(directory) == 0 && ::dup2(output, 1) == 1 && ::dup2(output, 2) == 2)
    ::execv(argv[0], argv.data());
  ::_exit(127);
}

std::vector<std::string> python(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/usr/bin/python3", GLADOS_SOURCE_DIR
                                       "/tests/integration/delivery/gateways.py"});
  return arguments;
}

}  // namespace

temp_dir::temp_dir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "glados-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"no temporary directory"};
  path_ = pattern;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

process::process(const std::vector<std::string>& argv, const std::filesystem::path& directory) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  std::vector<char*> raw;
  for (const std::string& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0)
    become(raw, directory.c_str(), ends[1]);
  ::close(ends[1]);
  output_ = ends[0];
  if (pid_ < 0)
    throw std::runtime_error{"no process"};
}

process::~process() {
  ::close(output_);
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGTERM);
  if (!ended_within(std::chrono::seconds{5}))
    ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool process::ended_within(milliseconds time) const {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (fd < 0)
    return false;
  pollfd end{fd, POLLIN, 0};
  const bool ended = ::poll(&end, 1, static_cast<int>(time.count())) == 1;
  ::close(fd);
  return ended;
}

bool process::succeeded() {
  while (read_some(steady::now() + patience)) {
  }
  if (!ended_within(patience))
    return false;
  int status = -1;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool process::read_some(steady::time_point until) {
  pollfd ready{output_, POLLIN, 0};
  if (::poll(&ready, 1, left_ms(until)) != 1)
    return false;
  std::array<char, 4096> chunk{};
  const ssize_t count = ::read(output_, chunk.data(), chunk.size());
  if (count <= 0)
    return false;
  seen_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> process::read_past(const std::string& needle, milliseconds within) {
  const auto until = steady::now() + within;
  for (;;) {
    const auto at = seen_.find(needle);
    const auto end = at == std::string::npos ? at : seen_.find('\n', at);
    if (end != std::string::npos) {
      const auto begin = at + needle.size();
      std::string rest = seen_.substr(begin, end - begin);
      seen_.erase(0, end + 1);
      return rest;
    }
    if (!read_some(until)) {
      BOOST_TEST_MESSAGE("waited for \"" << needle << "\", saw:\n" << seen_);
      return std::nullopt;
    }
  }
}

toy_gateway::toy_gateway(std::vector<std::string> arguments)
    : run(python(std::move(arguments)), std::filesystem::temp_directory_path()), port(0) {
  const auto line = run.read_past("port ");
  BOOST_REQUIRE(line.has_value());
  port = static_cast<std::uint16_t>(std::stoi(*line));
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> open;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, raw, size) != 0 || ::getsockname(fd, raw, &size) != 0)
      throw std::runtime_error{"no free port"};
    open.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (int fd : open) ::close(fd);
  return ports;
}

std::string http_url(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

outgoing sms(std::string address, std::string text) {
  return {.ch = channel::sms,
          .address = std::move(address),
          .subject = {},
          .text = std::move(text),
          .message_id = "5e4d"};
}

outgoing mail(std::string address, std::string subject, std::string text) {
  return {.ch = channel::email,
          .address = std::move(address),
          .subject = std::move(subject),
          .text = std::move(text),
          .message_id = "5e4d"};
}

send_result ask(sender& via, outgoing message, milliseconds deadline) {
  auto told = std::make_shared<std::promise<send_result>>();
  auto result = told->get_future();
  via.send(std::move(message), deadline, [told](send_result r) { told->set_value(r); });
  BOOST_REQUIRE((result.wait_for(deadline + patience) == std::future_status::ready));
  return result.get();
}

}  // namespace glados::delivery
