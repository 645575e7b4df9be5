// GET /v1/quota, and lookups whose node has nothing leased.
#include <boost/test/unit_test.hpp>

#include "stage.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

const std::string question = R"({"sii":"tel:+14155550123"})";

struct asking : stage {
  http::response look_up() { return post("/v1/lookup", question); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(quota, asking)

BOOST_AUTO_TEST_CASE(it_tells_policies_users_and_standing) {
  lease(300, 120);
  script_.quota.users = {2, 1, 30, 7, 0, 20, 0};
  script_.quota.weighted = 5;
  script_.quota.sends_limit = 1'005;
  script_.quota.guesses_limit = 52;
  script_.quota.day = {5, 3, 4, std::chrono::seconds(3'600)};
  const auto reply = get("/v1/quota");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body ==
             R"({"policies":[{"name":"lookup","quota":300,"window_seconds":86400,"remaining":120,)"
             R"("reset_seconds":86400},{"name":"sends","quota":1005,"window_seconds":86400,)"
             R"("remaining":1000,"reset_seconds":3600},{"name":"guesses","quota":52,)"
             R"("window_seconds":86400,"remaining":49,"reset_seconds":3600}],)"
             R"("users":{"sms":3,"email":30,"asserted":7,"weighted":5},)"
             R"("standing":{"level":"good","strikes":0}})");
}

BOOST_AUTO_TEST_CASE(any_token_will_do_and_more_used_than_there_is_shows_as_none) {
  allow({"events"});
  script_.quota.sends_limit = 10;
  script_.quota.day.sends = 12;
  const auto reply = get("/v1/quota");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(holds(reply, R"({"name":"sends","quota":10,"window_seconds":86400,"remaining":0,)"));
  BOOST_TEST(send({.method = "GET", .path = "/v1/quota", .with_token = false}).status == 401);
}

BOOST_AUTO_TEST_CASE(without_storage_there_is_no_quota_to_tell) {
  for (const auto code : {errc::storage_unavailable, errc::outcome_unknown}) {
    script_.quota.code = code;
    BOOST_TEST(problem_name(get("/v1/quota")) == "storage-unavailable");
  }
}

BOOST_AUTO_TEST_CASE(a_lookup_without_a_lease_waits_for_the_session) {
  lease(100, 1);
  const auto admitted = look_up();
  BOOST_TEST(problem_name(admitted) == "not-found");
  BOOST_TEST(script_.order() == "charge");
  for (const auto& [code, name] :
       std::vector<std::pair<errc, std::string>>{{errc::rate_limited, "rate-limited"},
                                                 {errc::storage_unavailable, "storage-unavailable"},
                                                 {errc::outcome_unknown, "storage-unavailable"},
                                                 {errc::overloaded, "overloaded"}}) {
    script_.charge.code = code;
    const auto refused = look_up();
    BOOST_TEST(problem_name(refused) == name);
    BOOST_TEST(has_header(refused, "RateLimit-Policy: \"lookup\";q=100;w=86400"));
    BOOST_TEST(has_header(refused, "RateLimit: \"lookup\";r=1;t=86400"));
  }
  // Two come back after 2 / 100 of a day.
  script_.charge.code = errc::rate_limited;
  BOOST_TEST(has_header(look_up(), "Retry-After: 1728"));
}

BOOST_AUTO_TEST_CASE(a_lookup_that_is_refused_early_shows_the_budget_too) {
  lease(1'000, 700);
  const sent_request whole{.method = "POST", .path = "/v1/lookup", .body = question};
  const auto shown = [&](const sent_request& what, int status) {
    const auto reply = send(what);
    BOOST_TEST(reply.status == status);
    BOOST_TEST(has_header(reply, "RateLimit-Policy: \"lookup\";q=1000;w=86400"));
    BOOST_TEST(has_header(reply, "RateLimit: \"lookup\";r=700;t=86400"));
  };
  auto changed = whole;
  changed.type = "text/plain";
  shown(changed, 415);
  changed = whole;
  changed.with_token = false;
  shown(changed, 401);
  changed.headers = {{"Authorization", "Bearer another"}};
  for (const auto& [code, status] :
       {std::pair{errc::not_found, 401}, {errc::storage_unavailable, 503}}) {
    script_.find.code = code;
    shown(changed, status);
  }
  allow({"map"});
  shown(whole, 403);
  allow({"lookup"});
  alpha.state = provider_state::suspended;
  update(alpha);
  shown(whole, 403);
  changed.path = "/v1/quota";
  changed.method = "GET";
  changed.body.clear();
  script_.find.code = errc::not_found;
  BOOST_TEST(send(changed).header_lines.find("RateLimit") == std::string::npos);
  certificate = {9};  // nobody's
  BOOST_TEST(send(whole).header_lines.find("RateLimit") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(units_of_an_earlier_era_do_not_come_back) {
  lease(1'000, 0);
  auto& lookups = sessions.by_id("alpha")->lookups();
  script_.charge.era = lookups.now_era();
  lookups.revoke();
  script_.own.code = errc::storage_unavailable;  // both units would come back
  post("/v1/mappings/find", question);
  BOOST_TEST(lookups.units() == 0u);
  script_.charge.era = lookups.now_era();
  post("/v1/mappings/find", question);
  BOOST_TEST(lookups.units() == 2u);
}

BOOST_AUTO_TEST_CASE(a_budget_that_shrinks_takes_the_lease_away_and_one_that_grows_does_not) {
  lease(1'000, 10);
  const auto view = sessions.by_id("alpha");
  view->lookup_product(1'001);
  BOOST_TEST(view->lookups().units() == 10u);
  view->lookup_product(1'000);
  BOOST_TEST((view->lookups().units() == 0u && view->lookups().take_revoked() == 10u));
  for (const std::optional<std::uint64_t> fixed :
       {std::optional<std::uint64_t>(5'000), std::optional<std::uint64_t>(20),
        std::optional<std::uint64_t>()}) {
    lease(1'000, 10);
    alpha.overrides.lookup_daily = fixed;
    update(alpha);
    BOOST_TEST(view->lookups().units() == 0u);
    BOOST_TEST(view->lookups().budget() == fixed.value_or(1'000));
  }
}

BOOST_AUTO_TEST_SUITE_END()
