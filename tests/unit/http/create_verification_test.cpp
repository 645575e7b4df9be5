// POST /v1/verifications (section 5 of the contract): what it asks of the actors, in which order,
// and what it answers for each answer of theirs.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "domain/code_message.hpp"
#include "stage.hpp"

using namespace glados;
using namespace glados::testing;
using namespace std::string_literals;
namespace data = boost::unit_test::data;

namespace {

const std::string path = "/v1/verifications";
const std::string wish = R"({"sii":"tel:+1-415-555-0123","user_id":"alice"})";
using kind = storage::call_state::kind;

struct opening : stage {
  http::response create(const std::string& body = wish) { return post(path, body, "key-1"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(create_verification, opening)

BOOST_AUTO_TEST_CASE(a_code_is_sent_and_the_key_kept_before_the_answer) {
  script_.open.view = view();
  const auto reply = create();
  BOOST_TEST(reply.status == 202);
  BOOST_TEST(script_.order() == "begin debit open keep");
  const auto& id = script_.opened->record.id;
  BOOST_TEST(reply.body.starts_with(R"({"id":")" + id + R"(","state":"pending","channel":"sms")"));
  BOOST_TEST(has_header(reply, "Location: /v1/verifications/" + id));
  BOOST_TEST(!holds(reply, "mapping"));
  BOOST_TEST(reply.header_lines.find("Idempotent-Replayed") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_record_holds_nothing_in_clear) {
  create();
  const auto& asked = *script_.opened;
  const auto& record = asked.record;
  const auto place = keys.place("tel:+14155550123");
  BOOST_TEST(asked.via.shard == place.shard);
  BOOST_TEST((record.key.value == place.key));
  BOOST_TEST(*crypto::shard_of_id(record.id) == place.shard);
  const auto& seals = keys.shard_sealer(place.shard, place.index_version);
  BOOST_TEST(*seals.open(record.user, http::user_aad(record.key, "alpha")) == "alice");
  BOOST_TEST((record.user_tag == keys.user_tag(record.id, "alice")));
  const auto message = decode_code_message(*seals.open(record.message, message_aad(record.id)));
  BOOST_REQUIRE(message);
  BOOST_TEST(message->sii == "tel:+14155550123");
  BOOST_TEST(message->code.size() == 6u);
  BOOST_TEST(message->locale == "en");
  BOOST_TEST(message->provider_name == "Alpha Chat");
  BOOST_TEST((record.code_tag == keys.code_tag(record.id, message->code)));
  BOOST_TEST(record.to.region == "US");
  BOOST_TEST(record.to.prefix_tag == keys.prefix_tag("1415"));
  for (const auto* clear : {"4155550123", "alice"})
    BOOST_TEST((record.user + record.message).find(clear) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_reservation_is_tagged_and_names_the_shard) {
  create();
  const auto& call = script_.begun->call;
  BOOST_TEST(call.provider_id == "alpha");
  BOOST_TEST((call.key_tag == keys.idempotency_tag("alpha", "key-1")));
  BOOST_TEST((call.fingerprint == keys.request_fingerprint("POST", path, wish)));
  BOOST_TEST((script_.opened->key_tag == call.key_tag));
  BOOST_TEST(call.shard == script_.opened->via.shard);
}

BOOST_AUTO_TEST_CASE(mail_goes_by_mail) {
  create(R"({"sii":"mailto:Alice@Example.org","user_id":"alice","locale":"pt-BR"})");
  const auto& record = script_.opened->record;
  BOOST_TEST((record.way == channel::email));
  BOOST_TEST(record.to.region == "email");
  BOOST_TEST(record.to.prefix_tag == 0u);
  BOOST_TEST(record.mail_domain == keys.mail_domain_tag("example.org"));
}

BOOST_AUTO_TEST_CASE(a_mail_user_counts_by_registered_domain_and_a_sub_address_does_not) {
  create(R"({"sii":"mailto:alice@mail.sub.example.co.uk","user_id":"alice"})");
  BOOST_TEST(script_.opened->record.mail_domain == keys.mail_domain_tag("example.co.uk"));
  create(R"({"sii":"mailto:alice+shop@example.org","user_id":"alice"})");
  BOOST_TEST(script_.opened->record.mail_domain == 0u);
  create();
  BOOST_TEST(script_.opened->record.mail_domain == 0u);
}

BOOST_AUTO_TEST_CASE(a_key_is_required) {
  BOOST_TEST(problem_name(post(path, wish)) == "idempotency-key-missing");
  BOOST_TEST(problem_name(post(path, wish, std::string(65, 'k'))) == "idempotency-key-missing");
}

struct bad_body {
  std::string body, problem;
};
std::ostream& operator<<(std::ostream& out, const bad_body& of) { return out << of.body; }

const std::vector<bad_body> bad_bodies{
    {R"({"sii":"tel:+14155550123"})", "malformed-request"},
    {R"({"user_id":"alice"})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":""})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":"a\nb"})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":")" + std::string(129, 'u') + "\"}",
     "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":"a","channel":"pigeon"})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":"a","locale":"en_US"})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":"a","locale":""})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":"a","ip":"x"})", "malformed-request"},
    {R"({"sii":"tel:+14155550123","user_id":"a","sii":"tel:+14155550124"})", "malformed-request"},
    {R"({"sii":"","user_id":"a"})", "identifier-invalid"},
    {R"({"sii":"sip:a@b.example","user_id":"a"})", "identifier-invalid"},
    {R"({"sii":")" + std::string(2000, 'x') + R"(","user_id":"a"})", "identifier-invalid"},
    {R"({"sii":"tel:+18005550123","user_id":"a"})", "identifier-unsupported"},
    {R"({"sii":"tel:+14155550123","user_id":"a","channel":"email"})", "identifier-unsupported"},
    {R"({"sii":"tel:+14155550123","user_id":"a","channel":"voice"})", "identifier-unsupported"},
    {R"({"sii":"mailto:a@b.example","user_id":"a","channel":"sms"})", "identifier-unsupported"},
};

BOOST_DATA_TEST_CASE_F(opening, a_bad_body_reserves_nothing, data::make(bad_bodies), bad) {
  BOOST_TEST(problem_name(create(bad.body)) == bad.problem);
  BOOST_TEST(script_.order() == "");
}

BOOST_AUTO_TEST_CASE(voice_works_once_there_is_a_gateway) {
  settings().voice_available = true;
  create(R"({"sii":"tel:+14155550123","user_id":"a","channel":"voice"})");
  BOOST_TEST((script_.opened->record.way == channel::voice));
  BOOST_TEST(
      problem_name(create(R"({"sii":"mailto:a@b.example","user_id":"a","channel":"voice"})")) ==
      "identifier-unsupported");
}

BOOST_AUTO_TEST_CASE(a_repeat_gets_the_stored_answer) {
  script_.begin.state = {kind::replay, 7};
  script_.found.view = view();
  const auto reply = create();
  BOOST_TEST(reply.status == 202);
  BOOST_TEST(script_.order() == "begin look keep");
  BOOST_TEST(has_header(reply, "Idempotent-Replayed: true"));
  BOOST_TEST(has_header(reply, "Location: /v1/verifications/" + verification_id));
}

BOOST_AUTO_TEST_CASE(a_repeat_after_a_crash_finds_out_what_happened) {
  script_.begin.state = {kind::look, 7};
  script_.found.view = view();
  BOOST_TEST(has_header(create(), "Idempotent-Replayed: true"));
  script_.found = {errc::not_found, {}};
  BOOST_TEST(create().status == 202);
  BOOST_TEST(script_.order() == "begin look debit open keep");
  script_.found = {errc::storage_unavailable, {}};
  BOOST_TEST(problem_name(create()) == "outcome-unknown");
}

BOOST_AUTO_TEST_CASE(the_shard_may_know_of_an_earlier_call_when_it_commits) {
  script_.open_as_asked = false;
  script_.open.view = view();
  const auto reply = create();
  BOOST_TEST(script_.order() == "begin debit open return keep");
  BOOST_TEST(has_header(reply, "Idempotent-Replayed: true"));
  BOOST_TEST(has_header(reply, "Location: /v1/verifications/" + verification_id));
}

BOOST_AUTO_TEST_CASE(a_key_in_use_or_reused_is_refused) {
  script_.begin.state = {kind::in_progress, 7};
  BOOST_TEST(problem_name(create()) == "idempotency-in-progress");
  script_.begin.state = {kind::reused, 7};
  BOOST_TEST(problem_name(create()) == "idempotency-key-reused");
  BOOST_TEST(script_.order() == "begin");
}

BOOST_AUTO_TEST_CASE(a_refused_send_frees_the_key) {
  script_.debit = {errc::rate_limited, {"country", std::chrono::seconds(50)}};
  const auto reply = create();
  BOOST_TEST(script_.order() == "begin debit free");
  BOOST_TEST(problem_name(reply) == "rate-limited");
  BOOST_TEST(holds(reply, R"("policy":"country")"));
  BOOST_TEST(has_header(reply, "Retry-After: 50"));
}

BOOST_AUTO_TEST_CASE(a_debit_of_unknown_outcome_is_given_back) {
  script_.debit.code = errc::outcome_unknown;
  BOOST_TEST(problem_name(create()) == "storage-unavailable");
  BOOST_TEST(script_.order() == "begin debit return free");
}

BOOST_AUTO_TEST_CASE(too_many_sessions_give_the_send_back) {
  script_.open = {errc::rate_limited};
  script_.open.policy = "sessions";
  script_.open.retry_after = std::chrono::seconds(3600);
  const auto reply = create();
  BOOST_TEST(script_.order() == "begin debit open return free");
  BOOST_TEST(holds(reply, R"("policy":"sessions")"));
  BOOST_TEST(has_header(reply, "Retry-After: 3600"));
}

BOOST_AUTO_TEST_CASE(a_failed_delivery_counts_nothing) {
  script_.open = {errc::delivery_failed};
  auto reply = create();
  BOOST_TEST(reply.status == 502);
  BOOST_TEST(holds(reply, R"("failure":"temporary")"));
  script_.open.permanent = true;
  reply = create();
  BOOST_TEST(holds(reply, R"("failure":"permanent")"));
  BOOST_TEST(script_.order() == "begin debit open return free");
}

BOOST_DATA_TEST_CASE_F(opening, what_may_have_happened_keeps_the_key,
                       data::make({errc::outcome_unknown, errc::deadline}), code) {
  script_.open = {code};
  const auto reply = create();
  BOOST_TEST(reply.status == 503);
  BOOST_TEST(problem_name(reply) == "outcome-unknown");
  BOOST_TEST(script_.order() == "begin debit open keep");
}

BOOST_DATA_TEST_CASE_F(opening, what_did_not_happen_frees_the_key,
                       data::make({errc::overloaded, errc::storage_unavailable, errc::fenced,
                                   errc::stale_version}),
                       code) {
  script_.open = {code};
  BOOST_TEST(create().status == 503);
  BOOST_TEST(script_.order() == "begin debit open return free");
}

BOOST_AUTO_TEST_CASE(a_shard_that_moved_is_asked_for_twice_more) {
  script_.open = {errc::moved};
  BOOST_TEST(create().status == 503);
  BOOST_TEST(script_.order() == "begin debit open open open return free");
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_reserved_begins_nothing) {
  for (const auto& [code, name] : {std::pair{errc::overloaded, "overloaded"},
                                   {errc::storage_unavailable, "storage-unavailable"},
                                   {errc::deadline, "outcome-unknown"},
                                   {errc::outcome_unknown, "outcome-unknown"}}) {
    script_.begin.code = code;
    BOOST_TEST(problem_name(create()) == name);
    BOOST_TEST(script_.order() == "begin");
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_settled_changes_nothing_for_the_caller) {
  script_.end.code = errc::storage_unavailable;
  BOOST_TEST(create().status == 202);
}

BOOST_AUTO_TEST_SUITE_END()
