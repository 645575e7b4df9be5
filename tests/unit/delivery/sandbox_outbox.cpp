#include "delivery/sandbox_outbox.hpp"

#include <boost/test/unit_test.hpp>
#include <future>

using namespace glados;
using namespace glados::delivery;
using namespace std::chrono_literals;

namespace {

struct world {
  curl_loop loop;
  std::chrono::system_clock::time_point now{1h};
  sandbox_outbox box{loop, 3, [this] { return now; }};

  send_result send(channel ch, std::string address, std::string code) {
    std::promise<send_result> told;
    box.send({.ch = ch,
              .address = std::move(address),
              .subject = {},
              .text = "code " + code,
              .message_id = {},
              .note = sandbox_note{"p1", code}},
             1s, [&](send_result r) { told.set_value(r); });
    return told.get_future().get();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_sandbox_outbox, world)

BOOST_AUTO_TEST_CASE(keeps_what_was_sent) {
  const auto seen = send(channel::sms, "+14155550123", "111111");
  BOOST_TEST((seen.what == outcome::accepted));
  now += 1s;
  send(channel::email, "alice@example.org", "222222");
  send(channel::voice, "+14155550123", "333333");
  const auto found = box.find("tel:+14155550123");
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].code == "111111");
  BOOST_TEST(found[0].text == "code 111111");
  BOOST_TEST(found[0].provider_id == "p1");
  BOOST_TEST((found[0].at == std::chrono::system_clock::time_point{1h}));
  BOOST_TEST(found[1].code == "333333");
  BOOST_TEST((found[1].ch == channel::voice));
  BOOST_TEST(box.find("mailto:alice@example.org").size() == 1u);
  BOOST_TEST(box.find("tel:+14155550124").empty());
}

BOOST_AUTO_TEST_CASE(is_bounded_and_forgets_the_oldest) {
  for (auto code : {"1", "2", "3", "4"}) send(channel::sms, "+14155550123", code);
  const auto found = box.find("tel:+14155550123");
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST(found.front().code == "2");
  BOOST_TEST(found.back().code == "4");
}

BOOST_AUTO_TEST_CASE(reports_also_after_the_loop_ended) {
  loop.stop();
  BOOST_TEST((send(channel::sms, "+14155550123", "1").what == outcome::accepted));
}

BOOST_AUTO_TEST_SUITE_END()
