// The loop's limits, its end, and that every submission is answered exactly once.
#include "delivery/curl_loop.hpp"

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <latch>
#include <thread>

#include "process.hpp"

using namespace glados::delivery;
using namespace std::chrono_literals;

namespace {

transfer post_to(std::uint16_t port) {
  transfer what;
  what.url = http_url(port) + "/x";
  what.body = "To=%2B14155550123&Body=x";
  return what;
}

/// Collects answers and lets the test wait for a number of them.
struct answers {
  explicit answers(std::ptrdiff_t expected) : all(expected) {}
  curl_loop::reply_handler handler() {
    return [this](transfer_reply reply) {
      ++by_reason[static_cast<std::size_t>(reply.why)];
      ++total;
      all.count_down();
    };
  }
  int of(transfer_failure why) const { return by_reason[static_cast<std::size_t>(why)]; }
  std::latch all;
  std::atomic<int> total{0};
  std::array<std::atomic<int>, 16> by_reason{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(integration_curl_loop)

BOOST_AUTO_TEST_CASE(over_the_bound_is_refused_at_once) {
  toy_gateway silent{{"twilio", "--mode", "hang"}};
  curl_loop loop{{.unfinished = 3, .active = 1}};
  answers kept{3};
  for (int i = 0; i < 3; ++i) loop.submit(post_to(silent.port), 60s, kept.handler());
  answers over{1};
  loop.submit(post_to(silent.port), 60s, over.handler());
  over.all.wait();
  BOOST_TEST(over.of(transfer_failure::overloaded) == 1);
  BOOST_TEST(kept.total == 0);
  loop.stop();
  BOOST_TEST(kept.of(transfer_failure::stopped) == 3);
}

BOOST_AUTO_TEST_CASE(waiting_counts_against_the_deadline) {
  toy_gateway silent{{"twilio", "--mode", "hang"}};
  curl_loop loop{{.unfinished = 10, .active = 1}};
  answers hanging{1};
  loop.submit(post_to(silent.port), 60s, hanging.handler());
  answers queued{2};
  const auto begin = std::chrono::steady_clock::now();
  loop.submit(post_to(silent.port), 200ms, queued.handler());
  loop.submit(post_to(silent.port), 300ms, queued.handler());
  queued.all.wait();
  BOOST_TEST(queued.of(transfer_failure::timeout) == 2);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
  BOOST_TEST(hanging.total == 0);
}

BOOST_AUTO_TEST_CASE(after_the_end_it_answers_right_here) {
  curl_loop loop;
  loop.stop();
  loop.stop();
  answers late{1};
  loop.submit(post_to(1), 1s, late.handler());
  BOOST_TEST(late.of(transfer_failure::stopped) == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_submit_again_even_while_the_loop_ends) {
  toy_gateway silent{{"twilio", "--mode", "hang"}};
  answers second{1};
  {
    curl_loop loop;
    loop.submit(post_to(silent.port), 60s,
                [&](transfer_reply) { loop.submit(post_to(silent.port), 60s, second.handler()); });
  }
  BOOST_TEST(second.of(transfer_failure::stopped) == 1);
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_never_sent) {
  toy_gateway gateway{{"twilio"}};
  curl_loop loop;
  for (auto url : {"ftp://127.0.0.1/x", "file:///etc/hostname", "http://user:pw@127.0.0.1/x"}) {
    transfer what = post_to(gateway.port);
    what.url = url;
    answers seen{1};
    loop.submit(std::move(what), 5s, seen.handler());
    seen.all.wait();
    BOOST_TEST(seen.of(transfer_failure::none) == 0, url);
  }
  transfer injected = post_to(gateway.port);
  injected.headers = {"X-A: b\r\nX-C: d"};
  answers seen{1};
  loop.submit(std::move(injected), 5s, seen.handler());
  seen.all.wait();
  BOOST_TEST(seen.of(transfer_failure::refused_here) == 1);
}

BOOST_AUTO_TEST_CASE(many_threads_each_get_each_answer_once) {
  toy_gateway gateway{{"twilio", "--mode", "500"}};
  const auto closed = free_ports(1)[0];
  constexpr int threads = 4;
  constexpr int each = 50;
  answers seen{threads * each};
  curl_loop loop{{.unfinished = threads * each, .active = 16}};
  {
    std::vector<std::jthread> senders;
    for (int t = 0; t < threads; ++t)
      senders.emplace_back([&] {
        for (int i = 0; i < each; ++i)
          loop.submit(post_to(i % 2 == 0 ? gateway.port : closed), 60s, seen.handler());
      });
    // The gateway's reports are read meanwhile, or its pipe fills up.
    for (int i = 0; i < threads * each / 2; ++i) gateway.next();
  }
  seen.all.wait();
  loop.stop();
  BOOST_TEST(seen.total == threads * each);
  BOOST_TEST(seen.of(transfer_failure::none) == threads * each / 2);
  BOOST_TEST(seen.of(transfer_failure::connect) == threads * each / 2);
}

BOOST_AUTO_TEST_SUITE_END()
