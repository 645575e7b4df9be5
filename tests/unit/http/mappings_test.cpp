// Own mappings (section 5 of the contract): the decision over a conflict, reading, finding,
// removing.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "stage.hpp"

using namespace glados;
using namespace glados::testing;
namespace data = boost::unit_test::data;

namespace {

using kind = storage::call_state::kind;

struct own : stage {
  sii_key key{{1, 2, 3}};
  std::string id = keys.mapping_id({7, keys.newest_index(), key.value, 42});
  std::string path = "/v1/mappings/" + id;

  own() {
    script_.decide.mapping = script_.own.mapping = view();
    script_.decide.change_id = "c1";
  }
  mapping_view view() const {
    return {42, seal("alice", "alpha"), proof_method::sms, clock.at, true, {}, {}};
  }
  std::string seal(std::string_view user, std::string_view provider) const {
    return keys.shard_sealer(7, 1).seal_deterministic(user, http::user_aad(key, provider));
  }
  http::response decide(const std::string& action = "replace") {
    return post(path + "/decision", R"({"action":")" + action + R"("})", "key-1");
  }
  std::string mapping_text() const {
    return R"({"id":")" + id +
           R"(","user_id":"alice","method":"sms","verified_at":"2026-11-23T12:00:00.123Z",)"
           R"("preferred":true})";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mappings, own)

BOOST_AUTO_TEST_CASE(a_decision_keeps_its_key_before_the_answer) {
  const auto reply = decide();
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(script_.order() == "begin decide keep");
  BOOST_TEST(reply.body == R"({"mapping":)" + mapping_text() + R"(,"change_id":"c1"})");
  const auto& asked = *script_.decided;
  BOOST_TEST((asked.what == decision::replace));
  BOOST_TEST((asked.key == key && asked.salt == 42u && asked.via.shard == 7));
  BOOST_TEST(asked.provider_id == "alpha");
  BOOST_TEST(asked.change_id.starts_with("c"));
  BOOST_TEST((crypto::shard_of_id(asked.change_id) == 7));
  BOOST_TEST(asked.key.layers == keys.newest_index());
  const auto& call = script_.begun->call;
  BOOST_TEST((call.key_tag == asked.key_tag && call.shard == 7));
  BOOST_TEST((call.fingerprint ==
              keys.request_fingerprint("POST", path + "/decision", R"({"action":"replace"})")));
}

BOOST_AUTO_TEST_CASE(each_action_is_passed_on_and_keep_has_no_change) {
  script_.decide.change_id.clear();
  BOOST_TEST(holds(decide("keep"), R"("change_id":null)"));
  BOOST_TEST((script_.decided->what == decision::keep));
  decide("prefer");
  BOOST_TEST((script_.decided->what == decision::prefer));
}

BOOST_AUTO_TEST_CASE(a_repeat_answers_what_is_stored) {
  for (const auto what : {kind::replay, kind::look}) {
    script_.begin.state = {what, 7};
    script_.found.mapping = view();
    script_.found.change_id = "c9";
    const auto reply = decide();
    BOOST_TEST(script_.order() == "begin look keep");
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(holds(reply, R"("change_id":"c9")"));
    BOOST_TEST(has_header(reply, "Idempotent-Replayed: true"));
  }
  script_.found = {errc::not_found, {}, {}, {}};
  BOOST_TEST(decide().status == 200);
  BOOST_TEST(script_.order() == "begin look decide keep");
}

BOOST_AUTO_TEST_CASE(what_the_shard_had_stored_is_a_replay_too) {
  script_.decide.replayed = true;
  BOOST_TEST(has_header(decide(), "Idempotent-Replayed: true"));
}

struct refusal {
  errc code;
  int status;
  std::string name, order;
};
std::ostream& operator<<(std::ostream& out, const refusal& of) { return out << of.name; }

const std::vector<refusal> refusals{
    {errc::not_found, 404, "not-found", "begin decide free"},
    {errc::decision_already_made, 409, "decision-already-made", "begin decide free"},
    {errc::decision_window_closed, 410, "decision-window-closed", "begin decide free"},
    {errc::storage_unavailable, 503, "storage-unavailable", "begin decide free"},
    {errc::overloaded, 503, "overloaded", "begin decide free"},
    {errc::outcome_unknown, 503, "outcome-unknown", "begin decide keep"},
    {errc::deadline, 503, "outcome-unknown", "begin decide keep"},
};

BOOST_DATA_TEST_CASE_F(own, a_refusal_frees_the_key_unless_it_may_have_happened,
                       data::make(refusals), what) {
  script_.decide = {what.code, {}, {}, false};
  const auto reply = decide();
  BOOST_TEST(reply.status == what.status);
  BOOST_TEST(problem_name(reply) == what.name);
  BOOST_TEST(script_.order() == what.order);
}

BOOST_AUTO_TEST_CASE(a_conflict_that_changed_is_shown) {
  script_.decide.code = errc::conflict;
  script_.decide.mapping.preferred = false;
  script_.decide.mapping.decide_by = clock.at;
  script_.decide.mapping.existing = {{"beta", true, ""}, {"alpha", false, seal("bob", "alpha")}};
  const auto reply = decide();
  BOOST_TEST(reply.status == 409);
  BOOST_TEST(problem_name(reply) == "conflict");
  BOOST_TEST(script_.order() == "begin decide free");
  BOOST_TEST(reply.body.ends_with(
      R"("conflict":{"existing":[{"provider_id":"beta","provider_name":"beta","preferred":true},)"
      R"({"provider_id":"alpha","provider_name":"Alpha Chat","preferred":false,"user_id":"bob"}],)"
      R"("decide_by":"2026-11-23T12:00:00.123Z"}})"));
  script_.decide.mapping.existing.clear();
  BOOST_TEST(decide().body.ends_with(R"("conflict":null})"));
}

BOOST_AUTO_TEST_CASE(a_bad_decision_reserves_nothing) {
  for (const std::string body :
       {R"({"action":"Replace"})", R"({"action":""})", R"({})", R"({"action":"keep","x":1})"}) {
    BOOST_TEST(problem_name(post(path + "/decision", body, "key-1")) == "malformed-request");
    BOOST_TEST(script_.order() == "");
  }
  BOOST_TEST(problem_name(post(path + "/decision", R"({"action":"keep"})")) ==
             "idempotency-key-missing");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_none_is_not_found) {
  auto forged = id;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const std::string& other :
       {std::string("m"), std::string("find"), forged, verification_id}) {
    const auto at = "/v1/mappings/" + other;
    BOOST_TEST(problem_name(post(at + "/decision", R"({"action":"keep"})", "key-1")) ==
               "not-found");
    BOOST_TEST(script_.order() == "");
    if (other == "find")
      continue;
    BOOST_TEST(problem_name(get(at)) == "not-found");
    BOOST_TEST(problem_name(remove(at)) == "not-found");
    BOOST_TEST(script_.order() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_mapping_is_shown_with_its_tag) {
  const auto reply = get(path);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == mapping_text());
  BOOST_TEST(has_header(reply, "ETag: \"" + std::to_string(revision_of(view())) + "\""));
  BOOST_TEST((script_.got->key == key && script_.got->salt == 42u));
  BOOST_TEST(script_.got->provider_id == "alpha");
  script_.own.code = errc::not_found;
  BOOST_TEST(problem_name(get(path)) == "not-found");
}

struct condition {
  std::string header;
  std::vector<std::uint64_t> wanted;
};
std::ostream& operator<<(std::ostream& out, const condition& of) { return out << of.header; }

const std::vector<condition> conditions{
    {"", {}},
    {"*", {}},
    {"\"17\"", {17}},
    {"\"17\", \"18\"", {17, 18}},
    {" \"17\" ,W/\"18\",\"x\",\"\",17", {17, 0, 0, 0, 0}},
    {"\"99999999999999999999999\"", {0}},
};

BOOST_DATA_TEST_CASE_F(own, if_match_names_revisions, data::make(conditions), given) {
  sent_request what{.method = "DELETE", .path = path};
  if (!given.header.empty())
    what.headers.emplace_back("If-Match", given.header);
  const auto reply = send(what);
  BOOST_TEST(reply.status == 204);
  BOOST_TEST(reply.body == "");
  BOOST_TEST(script_.removed->wanted == given.wanted, boost::test_tools::per_element());
  BOOST_TEST((script_.removed->key == key && script_.removed->salt == 42u));
}

BOOST_AUTO_TEST_CASE(a_removal_that_is_refused_says_why) {
  for (const auto& [code, name] :
       std::vector<std::pair<errc, std::string>>{{errc::not_found, "not-found"},
                                                 {errc::precondition_failed, "precondition-failed"},
                                                 {errc::outcome_unknown, "outcome-unknown"},
                                                 {errc::deadline, "outcome-unknown"}}) {
    script_.remove.code = code;
    BOOST_TEST(problem_name(remove(path)) == name);
  }
}

BOOST_AUTO_TEST_CASE(a_find_costs_what_a_lookup_costs) {
  constexpr std::uint64_t budget = 100;
  lease(budget, budget);
  const auto left = [&](std::uint64_t spent) {
    return "RateLimit: \"lookup\";r=" + std::to_string(budget - spent) + ";t=";
  };
  const auto place = keys.place("tel:+14155550123");
  key.value = place.key;
  script_.own.mapping.user = keys.shard_sealer(place.shard, place.index_version)
                                 .seal_deterministic("alice", http::user_aad(key, "alpha"));
  const std::string body = R"({"sii":"tel:+1-415-555-0123"})";
  const auto hit = post("/v1/mappings/find", body);
  BOOST_TEST(hit.status == 200);
  BOOST_TEST(hit.body.starts_with(R"({"mapping":{"id":"m)"));
  BOOST_TEST(hit.header_lines.find(left(1)) != std::string::npos);
  BOOST_TEST((script_.sought->key == key && script_.sought->via.shard == place.shard));
  BOOST_TEST(script_.sought->provider_id == "alpha");
  script_.own.code = errc::not_found;
  const auto miss = post("/v1/mappings/find", body);
  BOOST_TEST(problem_name(miss) == "not-found");
  BOOST_TEST(miss.header_lines.find(left(3)) != std::string::npos);
  script_.own.code = errc::storage_unavailable;
  BOOST_TEST(post("/v1/mappings/find", body).header_lines.find(left(3)) != std::string::npos);
  const auto wrong = post("/v1/mappings/find", R"({"sii":"sip:a@b.example"})");
  BOOST_TEST(problem_name(wrong) == "identifier-invalid");
  BOOST_TEST(wrong.header_lines.find(left(3)) != std::string::npos);
  BOOST_TEST(problem_name(post("/v1/mappings/find", R"({"sii":1})")) == "malformed-request");
}

BOOST_AUTO_TEST_CASE(a_find_beyond_the_budget_asks_nobody) {
  script_.own.code = errc::not_found;
  lease(6, 6);
  script_.charge.code = errc::rate_limited;
  const std::string body = R"({"sii":"tel:+14155550123"})";
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(problem_name(post("/v1/mappings/find", body)) == "not-found");
  const auto last = post("/v1/mappings/find", body);
  BOOST_TEST(problem_name(last) == "rate-limited");
  BOOST_TEST(holds(last, R"("policy":"lookup")"));
  BOOST_TEST(script_.order() == "charge");  // the session may have leased more by now
  // The other way to learn of an identifier is closed as well.
  BOOST_TEST(problem_name(post("/v1/lookup", body)) == "rate-limited");
  sessions.by_id("alpha")->lookups().empty_until(clock.at + std::chrono::milliseconds(1));
  BOOST_TEST(problem_name(post("/v1/mappings/find", body)) == "rate-limited");
  BOOST_TEST(script_.order() == "");  // storage said so a moment ago
}

BOOST_AUTO_TEST_SUITE_END()
