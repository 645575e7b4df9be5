// What can be done with an open verification (section 5 of the contract): what each call asks of
// the actors, in which order, and what it answers for each answer of theirs.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "stage.hpp"

using namespace glados;
using namespace glados::testing;
using namespace std::string_literals;
namespace data = boost::unit_test::data;

namespace {

const std::string path = "/v1/verifications";
const std::string right_guess = R"({"code":"123456","user_id":"alice"})";

struct opened : stage {
  std::string own = path + "/" + verification_id;
  http::response check(const std::string& body = right_guess) { return post(own + "/check", body); }
  http::response resend(const std::string& body = "") { return post(own + "/resend", body); }
};

/// A guess as a body.
std::string guess_of(const std::string& code) {
  std::string out = R"({"code":")";
  out.append(code).append(R"(","user_id":"alice"})");
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(one_verification, opened)

BOOST_AUTO_TEST_CASE(it_is_shown_as_it_stands) {
  script_.get.view = view(verification_state::exhausted);
  const auto reply = get(own);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(holds(reply, R"("state":"exhausted")"));
  BOOST_TEST(!holds(reply, "conflict"));
}

BOOST_AUTO_TEST_CASE(once_verified_it_has_mapping_and_conflict) {
  script_.get = verified();
  const auto reply = get(own);
  BOOST_TEST(holds(reply, R"("user_id":"alice","method":"sms")"));
  BOOST_TEST(holds(reply, R"("conflict":null)"));
}

BOOST_AUTO_TEST_CASE(a_seal_that_does_not_fit_tells_nothing) {
  script_.get = verified();
  script_.get.mapping.user = "broken";
  const auto reply = get(own);
  BOOST_TEST(problem_name(reply) == "internal");
  BOOST_TEST(!holds(reply, "broken"));
}

BOOST_AUTO_TEST_CASE(ids_of_a_wrong_form_are_not_found_anywhere) {
  for (const auto& id : {"x"s, "v"s + std::string(24, '!'), "m" + verification_id.substr(1),
                         verification_id + "A", "v11" + verification_id.substr(3)}) {
    const auto at = std::string(path).append("/").append(id);
    BOOST_TEST(problem_name(get(at)) == "not-found");
    BOOST_TEST(problem_name(remove(at)) == "not-found");
    BOOST_TEST(problem_name(post(at + "/check", right_guess)) == "not-found");
    BOOST_TEST(problem_name(post(at + "/resend", "")) == "not-found");
    BOOST_TEST(script_.order() == "");
  }
}

BOOST_AUTO_TEST_CASE(those_of_another_provider_are_not_found) {
  script_.get.code = script_.cancel.code = script_.plan.code = script_.check.code = errc::not_found;
  BOOST_TEST(problem_name(get(own)) == "not-found");
  BOOST_TEST(problem_name(remove(own)) == "not-found");
  BOOST_TEST(problem_name(resend()) == "not-found");
  BOOST_TEST(problem_name(check()) == "not-found");
}

BOOST_AUTO_TEST_CASE(it_can_be_cancelled) {
  const auto reply = remove(own);
  BOOST_TEST(reply.status == 204);
  BOOST_TEST(reply.body == "");
  script_.cancel.code = errc::conflict;
  BOOST_TEST(problem_name(remove(own)) == "conflict");
  script_.cancel.code = errc::deadline;
  BOOST_TEST(problem_name(remove(own)) == "outcome-unknown");
}

BOOST_AUTO_TEST_CASE(a_read_that_runs_out_of_time_is_an_overload) {
  script_.get.code = errc::deadline;
  BOOST_TEST(problem_name(get(own)) == "overloaded");
}

BOOST_AUTO_TEST_CASE(the_scope_map_is_needed) {
  alpha.scopes = {"lookup"};
  update(alpha);
  BOOST_TEST(holds(get(own), R"("required_scope":"map")"));
}

// --- resend ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_resend_is_planned_debited_and_sent) {
  script_.plan.to = {"US", 5};
  script_.resend.view = view();
  const auto reply = resend();
  BOOST_TEST(reply.status == 202);
  BOOST_TEST(script_.order() == "plan debit resend");
  BOOST_TEST(script_.resent->same_way);
}

BOOST_AUTO_TEST_CASE(a_resend_may_name_a_channel_that_fits) {
  script_.plan.to = {"US", 5};
  BOOST_TEST(resend(R"({"channel":"sms"})").status == 202);
  BOOST_TEST(!script_.resent->same_way);
  BOOST_TEST(problem_name(resend(R"({"channel":"email"})")) == "identifier-unsupported");
  BOOST_TEST(script_.order() == "plan");
  BOOST_TEST(problem_name(resend(R"({"channel":"voice"})")) == "identifier-unsupported");
  BOOST_TEST(problem_name(resend(R"({"channel":"fax"})")) == "malformed-request");
  BOOST_TEST(problem_name(resend(R"({"chanel":"sms"})")) == "malformed-request");
  script_.plan.to = {"email", 0};
  BOOST_TEST(resend(R"({"channel":"email"})").status == 202);
}

BOOST_AUTO_TEST_CASE(a_resend_before_its_time_waits) {
  script_.plan.code = errc::too_early;
  script_.plan.policy = "resends";
  script_.plan.retry_after = std::chrono::seconds(42);
  const auto reply = resend();
  BOOST_TEST(reply.status == 429);
  BOOST_TEST(problem_name(reply) == "too-early");
  BOOST_TEST(holds(reply, R"("policy":"resends")"));
  BOOST_TEST(has_header(reply, "Retry-After: 42"));
  BOOST_TEST(script_.order() == "plan");
}

BOOST_AUTO_TEST_CASE(a_resend_over_budget_is_not_sent) {
  script_.debit = {errc::rate_limited, {"breaker", std::chrono::seconds(600)}};
  BOOST_TEST(holds(resend(), R"("policy":"breaker")"));
  BOOST_TEST(script_.order() == "plan debit");
}

BOOST_DATA_TEST_CASE_F(opened, a_resend_that_was_refused_gives_back,
                       data::make({errc::too_early, errc::delivery_failed, errc::overloaded,
                                   errc::storage_unavailable, errc::verification_expired}),
                       code) {
  script_.resend.code = code;
  BOOST_TEST(resend().status == row_of(code).status);
  BOOST_TEST(script_.order() == "plan debit resend return");
}

BOOST_DATA_TEST_CASE_F(opened, a_resend_that_may_have_gone_out_counts,
                       data::make({errc::outcome_unknown, errc::deadline}), code) {
  script_.resend.code = code;
  BOOST_TEST(problem_name(resend()) == "outcome-unknown");
  BOOST_TEST(script_.order() == "plan debit resend");
}

// --- check -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_right_code_makes_a_mapping) {
  script_.check = verified();
  script_.check.to = {"US", 5};
  const auto reply = check();
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(script_.order() == "reserve check right");
  BOOST_TEST(holds(reply, R"("state":"verified")"));
  BOOST_TEST(holds(reply, R"("mapping":{"id":"m)"));
  BOOST_TEST(script_.settled->to.prefix_tag == 5u);
  BOOST_TEST((script_.checked->code_tag == keys.code_tag(verification_id, "123456")));
  BOOST_TEST((script_.checked->user_tag == keys.user_tag(verification_id, "alice")));
}

BOOST_AUTO_TEST_CASE(a_wrong_code_shows_what_is_left) {
  script_.check.code = errc::code_incorrect;
  script_.check.compared = true;
  script_.check.view = view();
  const auto reply = check();
  BOOST_TEST(reply.status == 422);
  BOOST_TEST(problem_name(reply) == "code-incorrect");
  BOOST_TEST(holds(reply, R"("id":")" + verification_id + R"(","state":"pending")"));
  BOOST_TEST(holds(reply, R"("checks_left":4)"));
  BOOST_TEST(script_.order() == "reserve check wrong");
}

BOOST_AUTO_TEST_CASE(another_user_is_a_mismatch_that_counts) {
  script_.check.code = errc::identifier_mismatch;
  script_.check.compared = true;
  BOOST_TEST(problem_name(check()) == "identifier-mismatch");
  BOOST_TEST(script_.order() == "reserve check wrong");
}

BOOST_AUTO_TEST_CASE(a_check_before_its_time_costs_nothing) {
  script_.check.code = errc::too_early;
  script_.check.policy = "checks";
  script_.check.retry_after = std::chrono::seconds(60);
  const auto reply = check();
  BOOST_TEST(problem_name(reply) == "too-early");
  BOOST_TEST(has_header(reply, "Retry-After: 60"));
  BOOST_TEST(script_.order() == "reserve check not_compared");
}

BOOST_DATA_TEST_CASE_F(opened, an_ended_verification_costs_nothing,
                       data::make({errc::conflict, errc::verification_expired,
                                   errc::attempts_exhausted, errc::not_found, errc::overloaded,
                                   errc::storage_unavailable, errc::outcome_unknown}),
                       code) {
  script_.check.code = code;
  BOOST_TEST(problem_name(check()) == row_of(code).problem);
  BOOST_TEST(script_.order() == "reserve check not_compared");
}

BOOST_AUTO_TEST_CASE(a_check_without_an_answer_stays_counted) {
  script_.check.code = errc::deadline;
  BOOST_TEST(problem_name(check()) == "outcome-unknown");
  BOOST_TEST(script_.order() == "reserve check wrong");
}

BOOST_AUTO_TEST_CASE(a_provider_that_guesses_is_stopped) {
  script_.reserve = {errc::rate_limited, {"guesses", std::chrono::seconds(1000)}};
  const auto reply = check();
  BOOST_TEST(reply.status == 429);
  BOOST_TEST(holds(reply, R"("policy":"guesses")"));
  BOOST_TEST(script_.order() == "reserve");
  script_.reserve = {errc::storage_unavailable, {}};
  BOOST_TEST(problem_name(check()) == "storage-unavailable");
}

BOOST_AUTO_TEST_CASE(a_code_of_a_wrong_form_is_an_attempt) {
  for (const auto* code : {"1", "12345", "1234567", "abcdef", "12 456"})
    BOOST_TEST(check(guess_of(code)).status == 200);
  for (const auto* body :
       {R"({"code":123456,"user_id":"alice"})", R"({"code":"","user_id":"alice"})",
        R"({"code":"12345678901234567","user_id":"alice"})", R"({"code":"123456"})",
        R"({"code":"123456","user_id":""})", R"({"code":"123456","user_id":"a","x":1})"}) {
    BOOST_TEST(problem_name(check(body)) == "malformed-request");
    BOOST_TEST(script_.order() == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
