#include "delivery/verdict.hpp"

#include <boost/test/unit_test.hpp>

#include "delivery/twilio.hpp"

using namespace glados::delivery;

namespace {

constexpr verdict accepted{outcome::accepted, false};
constexpr verdict temporary{outcome::temporary, false};
constexpr verdict refused{outcome::permanent, false};
constexpr verdict bad_recipient{outcome::permanent, true};

transfer_reply http(long status, std::string body = {}) {
  return {transfer_failure::none, status, std::move(body)};
}

transfer_reply smtp(long status, std::string line = {}) {
  return {transfer_failure::broken, status, std::move(line)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_verdict)

BOOST_AUTO_TEST_CASE(broken_transfers_are_temporary_everywhere) {
  using enum transfer_failure;
  for (auto why : {overloaded, stopped, timeout, connect, tls, too_large}) {
    const transfer_reply reply{why, 0, {}};
    BOOST_TEST((classify_smtp(reply) == temporary));
    BOOST_TEST((classify_kannel(reply) == temporary));
    BOOST_TEST((classify_twilio(reply) == temporary));
  }
  BOOST_TEST((classify_kannel({refused_here, 0, {}}) == refused));
  BOOST_TEST((classify_smtp({refused_here, 0, {}}) == refused));
}

BOOST_AUTO_TEST_CASE(smtp_replies) {
  BOOST_TEST((classify_smtp(http(250)) == accepted));
  BOOST_TEST((classify_smtp(smtp(421)) == temporary));
  BOOST_TEST((classify_smtp(smtp(451, "451 4.7.1 greylisted")) == temporary));
  BOOST_TEST((classify_smtp(smtp(354)) == temporary));  // the connection broke in DATA
  BOOST_TEST((classify_smtp(smtp(550, "550 no such user")) == bad_recipient));
  BOOST_TEST((classify_smtp(smtp(550, "550 5.1.1 unknown")) == bad_recipient));
  BOOST_TEST((classify_smtp(smtp(554, "554-5.2.1 disabled")) == bad_recipient));
  BOOST_TEST((classify_smtp(smtp(550, "550 5.7.1 blocked")) == refused));
  BOOST_TEST((classify_smtp(smtp(550, "550 5.1.8 sender")) == refused));
  BOOST_TEST((classify_smtp(smtp(554, "554 policy")) == refused));
  BOOST_TEST((classify_smtp(smtp(552, "552 5.2.3 too long")) == refused));
  BOOST_TEST((classify_smtp({transfer_failure::login, 535, "535 5.7.8 no"}) == refused));
  BOOST_TEST((classify_smtp({transfer_failure::login, 454, "454 4.7.0 later"}) == temporary));
}

BOOST_AUTO_TEST_CASE(kannel_replies) {
  BOOST_TEST((classify_kannel(http(202, "0: Accepted for delivery")) == accepted));
  BOOST_TEST((classify_kannel(http(202, "3: Queued for later delivery")) == accepted));
  BOOST_TEST((classify_kannel(http(503, "Temporal failure, try again later.")) == temporary));
  BOOST_TEST((classify_kannel(http(500, "Sending failed.")) == temporary));
  BOOST_TEST((classify_kannel(http(429)) == temporary));
  BOOST_TEST((classify_kannel(http(302)) == temporary));
  BOOST_TEST((classify_kannel(http(403, "Authorization failed for sendsms")) == refused));
  BOOST_TEST((classify_kannel(http(403, "Not routable. Do not try again.")) == refused));
  BOOST_TEST(
      (classify_kannel(http(400, "Number(s) has/have been denied by white- and/or black-lists.")) ==
       bad_recipient));
}

BOOST_AUTO_TEST_CASE(twilio_replies) {
  for (auto word : {"queued", "accepted", "sent", "sending"})
    BOOST_TEST(
        (classify_twilio(http(201, std::string{R"({"status":")"} + word + R"("})")) == accepted),
        word);
  BOOST_TEST(
      (classify_twilio(http(201, R"({"status":"failed","error_code":30006})")) == bad_recipient));
  BOOST_TEST((classify_twilio(http(201, R"({"status":"failed","error_code":null})")) == temporary));
  BOOST_TEST((classify_twilio(http(200, "<html>hello</html>")) == temporary));
  BOOST_TEST((classify_twilio(http(200, "[]")) == temporary));
  BOOST_TEST((classify_twilio(http(200, R"({"status":7})")) == temporary));
  BOOST_TEST((classify_twilio(http(400, R"({"code":21211,"message":"…"})")) == bad_recipient));
  BOOST_TEST((classify_twilio(http(400, R"({"code":21606})")) == refused));
  BOOST_TEST((classify_twilio(http(401, R"({"code":20003})")) == refused));
  BOOST_TEST((classify_twilio(http(404, "nothing")) == refused));
  BOOST_TEST((classify_twilio(http(429, R"({"code":20429})")) == temporary));
  BOOST_TEST((classify_twilio(http(500, R"({"code":21211})")) == temporary));
  BOOST_TEST((classify_twilio(http(400, std::string(60'000, '['))) == refused));
}

BOOST_AUTO_TEST_CASE(forms_are_escaped) {
  BOOST_TEST(encode_form({{"To", "+1415"}, {"Body", "a b&c=é\n"}}) ==
             "To=%2B1415&Body=a+b%26c%3D%C3%A9%0A");
}

BOOST_AUTO_TEST_SUITE_END()
