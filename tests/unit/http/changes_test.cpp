// Restores and reports (section 6 of the contract): who may, of what, and what a refusal leaves
// behind.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "stage.hpp"

using namespace glados;
using namespace glados::testing;
namespace data = boost::unit_test::data;

namespace {

using kind = storage::call_state::kind;

struct changes : stage {
  crypto::sii_place place = keys.place("tel:+14155550123");
  sii_key key{place.key};
  std::string id = crypto::new_change_id(place.shard, random);
  std::string path = "/v1/changes/" + id;
  std::string body = R"({"sii":"tel:+1-415-555-0123"})";

  changes() {
    alpha.scopes.push_back("events");
    update(alpha);
    allow({"events"});
    script_.change.key = key;
    script_.change.user = keys.shard_sealer(place.shard, place.index_version)
                              .seal_deterministic("alice", http::user_aad(key, "alpha"));
    script_.open.view = view();
  }
  http::response restore() { return post(path + "/restore", body, "key-1"); }
  http::response report(const std::string& what = R"({"reason":"malicious","note":"not ours"})") {
    return post(path + "/reports", what);
  }
};

struct refusal {
  errc code;
  int status;
  std::string name;
};
std::ostream& operator<<(std::ostream& out, const refusal& of) { return out << of.name; }

const std::vector<refusal> of_restores{
    {errc::not_found, 404, "not-found"},
    {errc::restore_window_closed, 410, "restore-window-closed"},
    {errc::conflict, 409, "conflict"},
    {errc::storage_unavailable, 503, "storage-unavailable"},
    {errc::overloaded, 503, "overloaded"},
};
const std::vector<refusal> of_reports{
    {errc::not_found, 404, "not-found"},
    {errc::conflict, 409, "conflict"},
    {errc::storage_unavailable, 503, "storage-unavailable"},
    {errc::deadline, 503, "outcome-unknown"},
};

const std::vector<std::string> bad_reports{
    "{}",
    R"({"reason":"malicious"})",
    R"({"note":"x"})",
    R"({"reason":"spite","note":"x"})",
    R"({"reason":1,"note":"x"})",
    R"({"reason":"mistake","note":"a\u0007b"})",
    R"({"reason":"mistake","note":"x","more":1})",
    R"({"reason":"mistake","note":")" + std::string(2001, 'x') + R"("})",
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(changes_of_others, changes)

BOOST_AUTO_TEST_CASE(a_restore_opens_a_session_for_the_user_of_the_lost_mapping) {
  const auto reply = restore();
  BOOST_TEST(reply.status == 202);
  BOOST_TEST(script_.order() == "begin change debit open keep");
  BOOST_TEST((script_.sought_change->id == id && script_.sought_change->provider_id == "alpha"));
  BOOST_TEST(script_.sought_change->via.shard == place.shard);
  const auto& record = script_.opened->record;
  BOOST_TEST((record.key == key && record.provider_id == "alpha"));
  BOOST_TEST((record.way == channel::sms));
  BOOST_TEST((record.user_tag == keys.user_tag(record.id, "alice")));
  BOOST_TEST(record.restores.change_id == id);
  BOOST_TEST(record.restores.new_change_id != id);
  BOOST_TEST((crypto::shard_of_id(record.restores.new_change_id) == place.shard));
  BOOST_TEST(has_header(reply, "Location: /v1/verifications/" + record.id));
  const auto& call = script_.begun->call;
  BOOST_TEST((call.fingerprint == keys.request_fingerprint("POST", path + "/restore", body)));
}

BOOST_DATA_TEST_CASE_F(changes, a_restore_that_is_refused_frees_its_key, data::make(of_restores)) {
  script_.change.code = sample.code;
  const auto reply = restore();
  BOOST_TEST(reply.status == sample.status);
  BOOST_TEST(problem_name(reply) == sample.name);
  // A question that changes nothing is asked once more where no answer came.
  const auto* asked = sample.code == errc::deadline ? "change change" : "change";
  BOOST_TEST(script_.order() == std::string("begin ") + asked + " free");
}

BOOST_AUTO_TEST_CASE(a_change_whose_owner_was_lost_is_asked_for_once_more) {
  script_.change.code = errc::deadline;
  BOOST_TEST(problem_name(restore()) == "overloaded");
  BOOST_TEST(script_.order() == "begin change change free");
}

BOOST_AUTO_TEST_CASE(the_identifier_must_be_the_one_that_was_changed) {
  body = R"({"sii":"tel:+14155550124"})";
  const auto reply = restore();
  BOOST_TEST(reply.status == 422);
  BOOST_TEST(problem_name(reply) == "identifier-mismatch");
  BOOST_TEST(script_.order() == "begin change free");
}

BOOST_AUTO_TEST_CASE(a_send_that_is_refused_frees_the_key) {
  script_.debit = {errc::rate_limited, {"country", std::chrono::seconds(60)}};
  const auto reply = restore();
  BOOST_TEST(reply.status == 429);
  BOOST_TEST(holds(reply, R"("policy":"country")"));
  BOOST_TEST(script_.order() == "begin change debit free");
}

BOOST_AUTO_TEST_CASE(a_repeated_restore_answers_what_is_stored) {
  script_.begin.state = {kind::replay, place.shard};
  script_.found.view = view();
  const auto reply = restore();
  BOOST_TEST(reply.status == 202);
  BOOST_TEST(has_header(reply, "Idempotent-Replayed: true"));
  BOOST_TEST(script_.order() == "begin look keep");
}

BOOST_AUTO_TEST_CASE(the_form_of_a_restore_comes_before_everything) {
  for (const auto& [wrong, name] :
       {std::pair{R"({})", "malformed-request"},
        {R"({"sii":"tel:+14155550123","user_id":"bob"})", "malformed-request"},
        {R"({"sii":"tel:+14155550123","channel":"fax"})", "malformed-request"},
        {R"({"sii":"sip:alice"})", "identifier-invalid"},
        {R"({"sii":"tel:+14155550123","channel":"email"})", "identifier-unsupported"},
        {R"({"sii":"tel:+14155550123","channel":"voice"})", "identifier-unsupported"}}) {
    body = wrong;
    const auto reply = restore();
    BOOST_TEST(problem_name(reply) == name, wrong);
    BOOST_TEST(script_.order() == "");
  }
  body = R"({"sii":"tel:+14155550123","channel":"sms"})";
  BOOST_TEST(restore().status == 202);
  BOOST_TEST(problem_name(post(path + "/restore", body)) == "idempotency-key-missing");
}

BOOST_AUTO_TEST_CASE(an_id_that_no_change_has_is_not_found) {
  const auto shard_only = id.substr(0, 24), verification = "v" + id.substr(1);
  for (const auto& wrong : {std::string("c"), shard_only, verification, id + "x"}) {
    path = "/v1/changes/" + wrong;
    BOOST_TEST(restore().status == 404, wrong);
    BOOST_TEST(script_.order() == "");
    BOOST_TEST(report().status == 404, wrong);
    BOOST_TEST(script_.order() == "");
  }
}

BOOST_AUTO_TEST_CASE(both_need_the_scope_of_events) {
  allow({"lookup", "map"});
  for (const auto& reply : {restore(), report()}) {
    BOOST_TEST(reply.status == 403);
    BOOST_TEST(holds(reply, R"("required_scope":"events")"));
  }
}

BOOST_AUTO_TEST_CASE(who_may_make_no_mappings_restores_none_but_reports) {
  alpha.standing.level = standing_level::no_new_mappings;
  update(alpha);
  BOOST_TEST(problem_name(restore()) == "provider-suspended");
  BOOST_TEST(report().status == 202);
}

BOOST_AUTO_TEST_CASE(a_report_goes_to_the_shard_of_its_change_with_its_note_sealed) {
  for (const auto& [name, reason] : {std::pair{"malicious", report_reason::malicious},
                                     {"mistake", report_reason::mistake},
                                     {"recycled", report_reason::recycled}}) {
    const auto reply = report(R"({"reason":")" + std::string(name) + R"(","note":"not ours"})");
    BOOST_TEST(reply.status == 202);
    BOOST_TEST(script_.order() == "report");
    const auto& filed = *script_.filed;
    BOOST_TEST(reply.body == R"({"report_id":")" + filed.id + R"(","state":"open"})");
    BOOST_TEST((filed.change_id == id && filed.provider_id == "alpha"));
    BOOST_TEST((filed.reason == reason && filed.via.shard == place.shard));
    BOOST_TEST(filed.note.find("ours") == std::string::npos);
    BOOST_TEST(keys.open_for("alpha", filed.note, filed.id).value_or("") == "not ours");
  }
}

BOOST_AUTO_TEST_CASE(ids_of_reports_grow_with_time) {
  report();
  const auto first = script_.filed->id;
  clock.at = clock.at + std::chrono::microseconds(1);
  report();
  BOOST_TEST(first < script_.filed->id);
}

BOOST_DATA_TEST_CASE_F(changes, a_report_that_is_refused, data::make(of_reports)) {
  script_.report.code = sample.code;
  const auto reply = report();
  BOOST_TEST(reply.status == sample.status);
  BOOST_TEST(problem_name(reply) == sample.name);
}

BOOST_DATA_TEST_CASE_F(changes, a_report_of_a_wrong_form_asks_nobody, data::make(bad_reports)) {
  BOOST_TEST(problem_name(report(sample)) == "malformed-request");
  BOOST_TEST(script_.order() == "");
}

BOOST_AUTO_TEST_SUITE_END()
