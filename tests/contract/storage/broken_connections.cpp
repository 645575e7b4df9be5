// What becomes of commands whose connection ends before their answer came: the test plays Redis.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "storage/redis_client.hpp"
#include "storage/redis_reply.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;

/// A TCP port of the test's own, where nobody listens before `open`; one client at a time.
class played_redis {
 public:
  played_redis() : port_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(bind(port_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    getsockname(port_, reinterpret_cast<sockaddr*>(&address), &size);
    number_ = ntohs(address.sin_port);
  }
  ~played_redis() {
    hang_up();
    close(port_);
  }
  played_redis(const played_redis&) = delete;
  played_redis& operator=(const played_redis&) = delete;

  int port() const { return number_; }

  void open() { BOOST_REQUIRE(listen(port_, 8) == 0); }

  /// Takes the next connection and answers its greeting.
  void take() {
    connected();
    BOOST_REQUIRE(hear("PING"));
    say("+PONG\r\n");
  }

  /// Takes the next connection and resets it.
  void reset() {
    connected();
    const linger now{1, 0};
    setsockopt(client_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hang_up();
  }

  /// Reads until a command with that word came; false: the client was silent for so long.
  bool hear(const std::string& word, std::chrono::milliseconds patience = 20s) {
    while (true) {
      const auto at = heard_.find(word);
      if (at != std::string::npos) {
        heard_.erase(0, at + word.size());
        return true;
      }
      pollfd waiting{client_, POLLIN, 0};
      if (poll(&waiting, 1, static_cast<int>(patience.count())) != 1)
        return false;
      char some[4096];
      const auto size = recv(client_, some, sizeof some, 0);
      BOOST_REQUIRE(size > 0);
      heard_.append(some, static_cast<std::size_t>(size));
    }
  }

  void say(const std::string& text) {
    BOOST_REQUIRE(send(client_, text.data(), text.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(text.size()));
  }

  void hang_up() {
    if (client_ >= 0)
      close(client_);
    client_ = -1;
    heard_.clear();
  }

 private:
  void connected() {
    pollfd waiting{port_, POLLIN, 0};
    BOOST_REQUIRE(poll(&waiting, 1, 20'000) == 1);
    client_ = accept(port_, nullptr, nullptr);
  }

  int port_, client_ = -1, number_ = 0;
  std::string heard_;
};

struct ended {
  errc code;
  std::string text;
};

struct world {
  explicit world(std::size_t in_flight_limit = 100, bool replicated = false) {
    redis_options options;
    options.replicated = replicated;
    options.replica_wait = 1200ms;
    options.in_flight_limit = in_flight_limit;
    options.port = redis.port();
    options.command_timeout = 15s;
    options.ping_interval = 60s;
    options.backoff_most = 50ms;
    redis.open();
    client = std::make_unique<redis_client>(options);
    redis.take();
  }

  pending<ended> send(bool write, const std::vector<std::string_view>& words) {
    auto promise = std::make_shared<std::promise<ended>>();
    client->send(plain_command(write, words), [promise](const redis_answer& how) {
      promise->set_value(
          {how.code, how.reply == nullptr ? std::string() : std::string(text_of(*how.reply))});
    });
    return promise->get_future();
  }

  played_redis redis;
  std::unique_ptr<redis_client> client;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(broken_connections)

BOOST_AUTO_TEST_CASE(reads_are_asked_again_in_their_order_and_a_write_is_not) {
  world w;
  auto first = w.send(false, {"GET", "first"});
  auto write = w.send(true, {"SET", "between", "x"});
  auto second = w.send(false, {"GET", "second"});
  BOOST_TEST(w.redis.hear("second\r\n"));
  w.redis.hang_up();
  BOOST_TEST((finish(write).code == errc::outcome_unknown));
  w.redis.take();
  BOOST_TEST(w.redis.hear("first\r\n"));
  BOOST_TEST(w.redis.hear("second\r\n"));
  w.redis.say("$3\r\none\r\n$3\r\ntwo\r\n");
  BOOST_TEST(finish(first).text == "one");
  BOOST_TEST(finish(second).text == "two");
  BOOST_TEST(!w.redis.hear("between", 50ms));
  BOOST_TEST(w.client->queued() == 0u);
}

BOOST_AUTO_TEST_CASE(what_came_later_follows_a_read_that_is_asked_again) {
  world w(1);  // the write is not sent before the read was answered
  auto read = w.send(false, {"GET", "earlier"});
  auto write = w.send(true, {"SET", "later", "x"});
  BOOST_TEST(w.redis.hear("earlier\r\n"));
  w.redis.hang_up();
  w.redis.take();
  BOOST_TEST(w.redis.hear("earlier\r\n"));
  w.redis.say("$1\r\ny\r\n");
  BOOST_TEST(finish(read).text == "y");
  BOOST_TEST(w.redis.hear("later\r\n"));
  w.redis.say("+OK\r\n");
  BOOST_TEST((finish(write).code == errc::none));
}

BOOST_AUTO_TEST_CASE(a_read_is_asked_again_only_once) {
  world w;
  auto read = w.send(false, {"GET", "deadly"});
  for (int times = 0; times < 2; ++times) {
    BOOST_TEST(w.redis.hear("deadly\r\n"));
    w.redis.hang_up();
    w.redis.take();
  }
  BOOST_TEST((finish(read).code == errc::storage_unavailable));
}

BOOST_AUTO_TEST_CASE(a_read_that_is_to_be_asked_again_ends_with_the_client) {
  world w;
  auto read = w.send(false, {"GET", "open"});
  BOOST_TEST(w.redis.hear("open\r\n"));
  w.client.reset();
  BOOST_TEST((finish(read).code == errc::storage_unavailable));
}

BOOST_AUTO_TEST_CASE(the_first_wait_of_a_connection_has_all_of_its_time) {
  world w(100, true);
  for (int connections = 0; connections < 2; ++connections) {
    auto lone = w.send(true, {"SET", "lone", "x"});
    BOOST_TEST(w.redis.hear("WAIT\r\n$1\r\n1\r\n$4\r\n1200\r\n"));
    w.redis.say("+OK\r\n:0\r\n");
    BOOST_TEST((finish(lone).code == errc::outcome_unknown));
    // A replica is away: those that come now are not held up for so long each.
    auto next = w.send(true, {"SET", "next", "x"});
    BOOST_TEST(w.redis.hear("WAIT\r\n$1\r\n1\r\n$3\r\n400\r\n"));
    w.redis.hang_up();
    BOOST_TEST((finish(next).code == errc::outcome_unknown));
    w.redis.take();
  }
}

BOOST_AUTO_TEST_CASE(refused_and_reset_connections_are_tried_again) {
  played_redis redis;
  redis_options options;
  options.port = redis.port();
  options.command_timeout = 300ms;
  options.connect_timeout = 60s;  // must not be what ends the attempts
  const auto stores = open_redis(options);
  auto time = begin<instant>([&](auto done) { stores->membership().time(done); });
  BOOST_TEST((finish(time).error() == errc::storage_unavailable));
  redis.open();
  for (int attempt = 0; attempt < 3; ++attempt) redis.reset();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
