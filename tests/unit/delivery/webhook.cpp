// Where a post may go, against listeners of this machine: an answer that never comes from a socket
// that must not be opened is seen by the listener's silence.
#include "delivery/webhook.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>

using namespace glados;
using namespace glados::delivery;
using namespace std::chrono_literals;

namespace {

/// A socket that counts who connects; it never answers.
class listener {
 public:
  explicit listener(bool v6 = false) : fd_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
    if (v6) {
      sockaddr_in6 at{};
      at.sin6_family = AF_INET6;
      at.sin6_addr = in6addr_loopback;
      good_ = bind_to(reinterpret_cast<sockaddr*>(&at), sizeof at);
    } else {
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      good_ = bind_to(reinterpret_cast<sockaddr*>(&at), sizeof at);
    }
  }
  ~listener() { ::close(fd_); }
  bool good() const { return good_; }
  std::string port() const { return std::to_string(port_); }
  /// Whether anybody has connected since.
  bool touched() {
    const int got = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK);
    if (got >= 0)
      ::close(got);
    return got >= 0;
  }

 private:
  bool bind_to(sockaddr* at, socklen_t size) {
    if (fd_ < 0 || ::bind(fd_, at, size) != 0 || ::listen(fd_, 8) != 0)
      return false;
    ::getsockname(fd_, at, &size);
    port_ = ntohs(reinterpret_cast<sockaddr_in*>(at)->sin_port);  // at one place in both families
    return ::fcntl(fd_, F_SETFL, O_NONBLOCK) == 0;
  }
  int fd_;
  int port_ = 0;
  bool good_ = false;
};

webhook_reply post(webhook_poster& poster, const std::string& url) {
  std::promise<webhook_reply> told;
  poster.post(url, {"webhook-id: 1-0"}, "{}",
              [&](const webhook_reply& got) { told.set_value(got); });
  return told.get_future().get();
}

/// Says what it is told to say about "receiver.example", each time the next thing.
std::function<std::vector<std::string>(const std::string&)> lies(std::vector<std::string> answers,
                                                                 std::string port) {
  auto next = std::make_shared<std::size_t>(0);
  return [=](const std::string&) {
    const auto& address = answers[std::min((*next)++, answers.size() - 1)];
    return std::vector{"+receiver.example:" + port + ":" + address};
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webhooks)

BOOST_AUTO_TEST_CASE(nothing_within_the_walls_is_even_connected_to) {
  listener inside;
  listener inside6(true);
  BOOST_REQUIRE(inside.good());
  curl_loop loop;
  webhook_options options;
  options.timeout = 3s;
  webhook_poster poster(loop, options);
  for (const auto* host : {"127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost", "127.1", "2130706433",
                           "0x7f000001", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"}) {
    const auto got = post(poster, "https://" + std::string(host) + ":" + inside.port() + "/");
    BOOST_TEST(got.status == 0, host);
    BOOST_TEST(!got.stopped, host);
    BOOST_TEST(!inside.touched(), host);
  }
  if (inside6.good()) {
    post(poster, "https://[::1]:" + inside6.port() + "/");
    BOOST_TEST(!inside6.touched());
  }
}

BOOST_AUTO_TEST_CASE(a_resolver_that_lies_gets_nowhere) {
  listener inside;
  curl_loop loop;
  webhook_options options;
  options.timeout = 3s;
  const auto url = "https://receiver.example:" + inside.port() + "/";
  // Public first, then not; the other way round; several at once; in IPv6 clothes.
  for (const auto& answers :
       std::vector<std::vector<std::string>>{{"127.0.0.1"},
                                             {"127.0.0.1,127.0.0.2"},
                                             {"[::ffff:127.0.0.1]"},
                                             {"10.0.0.1", "127.0.0.1"},
                                             {"169.254.169.254", "127.0.0.1,10.0.0.1"}}) {
    options.resolver = lies(answers, inside.port());
    webhook_poster poster(loop, options);
    for (std::size_t i = 0; i <= answers.size(); ++i) {
      BOOST_TEST(post(poster, url).status == 0);
      BOOST_TEST(!inside.touched());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_allowed_network_is_reached_and_no_other) {
  listener inside;
  curl_loop loop;
  webhook_options options;
  options.timeout = 300ms;  // the listener never says a word
  options.guard = address_guard::allowing({"127.0.0.1/32"});
  webhook_poster poster(loop, options);
  BOOST_TEST(post(poster, "https://127.0.0.1:" + inside.port() + "/").status == 0);
  BOOST_TEST(inside.touched());
  BOOST_TEST(post(poster, "https://127.0.0.2:" + inside.port() + "/").status == 0);
  BOOST_TEST(!inside.touched());
}

BOOST_AUTO_TEST_CASE(only_https) {
  listener inside;
  curl_loop loop;
  webhook_options options;
  options.timeout = 300ms;
  options.guard = address_guard::allowing({"127.0.0.0/8"});
  webhook_poster poster(loop, options);
  for (const auto* scheme : {"http", "ftp", "gopher", "file"})
    BOOST_TEST(post(poster, std::string(scheme) + "://127.0.0.1:" + inside.port() + "/").status ==
               0);
  BOOST_TEST(post(poster, "https://user:pass@127.0.0.1:" + inside.port() + "/").status == 0);
  BOOST_TEST(!inside.touched());
}

BOOST_AUTO_TEST_CASE(a_loop_that_ends_is_no_try) {
  curl_loop loop;
  webhook_poster poster(loop, {});
  loop.stop();
  BOOST_TEST(post(poster, "https://receiver.example/").stopped);
}

BOOST_AUTO_TEST_SUITE_END()
