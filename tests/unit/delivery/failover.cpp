#include "delivery/failover.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;
using namespace glados::delivery;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

struct fake_time {
  std::chrono::steady_clock::time_point now{};
};

/// Answers at once as told, after `takes` of fake time, and remembers what it was given.
struct scripted : sender {
  scripted(fake_time& t, send_result a, milliseconds l = 0ms) : time(t), answer(a), takes(l) {}
  void send(outgoing message, milliseconds deadline,
            std::function<void(send_result)> done) override {
    ++calls;
    deadlines.push_back(deadline);
    last_text = message.text;
    time.now += std::min(takes, deadline);
    done(answer);
  }
  fake_time& time;
  send_result answer;
  milliseconds takes;
  int calls = 0;
  std::vector<milliseconds> deadlines;
  std::string last_text;
};

struct world {
  fake_time time;
  std::shared_ptr<scripted> a = std::make_shared<scripted>(time, send_result{});
  std::shared_ptr<scripted> b = std::make_shared<scripted>(time, send_result{outcome::accepted});
  failover both{{{"a", a}, {"b", b}}, {}, [this] { return time.now; }};

  send_result send(milliseconds deadline = 3s) {
    int called = 0;
    send_result seen;
    both.send({.ch = channel::sms,
               .address = "+14155550123",
               .subject = {},
               .text = "hello",
               .message_id = {}},
              deadline, [&](send_result r) {
                ++called;
                seen = r;
              });
    BOOST_TEST(called == 1);
    return seen;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_failover, world)

BOOST_AUTO_TEST_CASE(a_temporary_failure_goes_to_the_next) {
  const auto seen = send();
  BOOST_TEST((seen.what == outcome::accepted));
  BOOST_TEST(seen.gateway_name == "b");
  BOOST_TEST(seen.tries == 2);
  BOOST_TEST(b->last_text == "hello");
}

BOOST_AUTO_TEST_CASE(the_first_that_accepts_ends_it) {
  a->answer = {outcome::accepted};
  const auto seen = send();
  BOOST_TEST(seen.gateway_name == "a");
  BOOST_TEST(seen.tries == 1);
  BOOST_TEST(b->calls == 0);
}

BOOST_AUTO_TEST_CASE(a_bad_address_stops) {
  a->answer = {outcome::permanent, "inner", 1, true};
  const auto seen = send();
  BOOST_TEST((seen.what == outcome::permanent));
  BOOST_TEST(seen.about_recipient);
  BOOST_TEST(seen.gateway_name == "a");
  BOOST_TEST(b->calls == 0);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_one_gateway_goes_on) {
  a->answer = {outcome::permanent, "inner", 1, false};
  BOOST_TEST((send().what == outcome::accepted));
  b->answer = {outcome::permanent, "inner", 1, false};
  BOOST_TEST((send().what == outcome::temporary));
}

BOOST_AUTO_TEST_CASE(the_time_is_shared_and_the_last_gets_the_rest) {
  a->takes = 10s;
  BOOST_TEST((send(3s).what == outcome::accepted));
  BOOST_TEST((a->deadlines.back() == 1500ms));
  BOOST_TEST((b->deadlines.back() == 1500ms));
  a->takes = 100ms;
  send(3s);
  BOOST_TEST((b->deadlines.back() == 2900ms));
}

BOOST_AUTO_TEST_CASE(no_time_no_further_try) {
  a->takes = 10s;
  const auto seen = send(90ms);
  BOOST_TEST((seen.what == outcome::temporary));
  BOOST_TEST(seen.tries == 1);
  BOOST_TEST(b->calls == 0);
}

BOOST_AUTO_TEST_CASE(a_gateway_that_keeps_failing_is_asked_last_for_a_while) {
  for (int i = 0; i < 3; ++i) send();
  BOOST_TEST(a->calls == 3);
  BOOST_TEST(send().tries == 1);
  BOOST_TEST(a->calls == 3);
  b->answer = {outcome::temporary};
  BOOST_TEST(send().tries == 2);  // still asked, but last
  BOOST_TEST(a->calls == 4);
}

BOOST_AUTO_TEST_CASE(after_the_pause_one_failure_is_enough_and_one_success_heals) {
  for (int i = 0; i < 3; ++i) send();
  time.now += 30s;
  send();
  BOOST_TEST(a->calls == 4);
  send();
  BOOST_TEST(a->calls == 4);  // skipped again at once
  time.now += 30s;
  a->answer = {outcome::accepted};
  BOOST_TEST(send().gateway_name == "a");
  a->answer = {outcome::temporary};
  send();
  send();
  BOOST_TEST(a->calls == 7);  // two failures after a success do not skip it
}

BOOST_AUTO_TEST_CASE(refusals_do_not_make_a_gateway_look_broken) {
  a->answer = {outcome::permanent, "inner", 1, false};
  for (int i = 0; i < 10; ++i) send();
  BOOST_TEST(a->calls == 10);
}

BOOST_AUTO_TEST_CASE(needs_a_gateway) {
  BOOST_CHECK_THROW(failover{std::vector<gateway>{}}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
