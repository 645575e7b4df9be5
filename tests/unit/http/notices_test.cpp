// The feed and the webhook as a provider sees them.
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "crypto/encoding.hpp"
#include "http/event_json.hpp"
#include "http/webhook_signature.hpp"
#include "stage.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

/// A provider that may read events.
struct notice_stage : stage {
  notice_stage() {
    alpha.scopes = {"lookup", "map", "events"};
    update(alpha);
    allow(alpha.scopes);
  }
  event mapping_event() const {
    event out;
    out.id = "1800000000000-1";
    out.type = event_type::mapping_demoted;
    out.provider_id = "alpha";
    out.created_at = clock.at;
    out.mapping.emplace();
    auto& about = *out.mapping;
    about.change_id = "change-1";
    about.shard = 7;
    about.key.value = {9, 8, 7};
    about.salt = 3;
    about.user =
        keys.shard_sealer(7, 1).seal_deterministic("alice", http::user_aad(about.key, "alpha"));
    about.by_provider = "alpha";
    about.restore_until = clock.at + std::chrono::hours(168);
    about.sequence = 5;
    return out;
  }
};

std::string pointer_of(const http::response& reply) {
  const auto at = reply.body.find("\"pointer\":\"");
  return at == std::string::npos
             ? std::string()
             : reply.body.substr(at + 11, reply.body.find('"', at + 11) - at - 11);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notices)

BOOST_AUTO_TEST_CASE(an_event_shows_the_receivers_own_user_and_no_identifier) {
  notice_stage s;
  s.script_.events.events = {s.mapping_event()};
  s.script_.events.next = "1800000000000-1";
  const auto reply = s.get("/v1/events");
  BOOST_TEST(reply.status == 200);
  const auto id = s.keys.mapping_id({7, s.keys.newest_index(), {9, 8, 7}, 3});
  BOOST_TEST(reply.body ==
             R"({"events":[{"id":"1800000000000-1","type":"mapping.demoted",)"
             R"("created_at":"2026-11-23T12:00:00.123Z","data":{"change_id":"change-1",)"
             R"("mapping_id":")" +
                 id +
                 R"(","user_id":"alice","by":{"provider_id":"alpha",)"
                 R"("provider_name":"Alpha Chat"},"restore_until":"2026-11-30T12:00:00.123Z",)"
                 R"("sequence":5}}],"next":"1800000000000-1"})");
  BOOST_TEST((s.script_.read->after.empty() && s.script_.read->limit == 100u));
  BOOST_TEST(s.script_.read->wait.count() == 0);
}

BOOST_AUTO_TEST_CASE(other_events_carry_their_detail) {
  stage s;
  event what;
  what.id = "1-0";
  what.type = event_type::webhook_disabled;
  what.detail = R"("reason":"gone")";
  BOOST_TEST(http::event_json(what, s.keys, s.sessions).ends_with(R"("data":{"reason":"gone"}})"));
  what.detail.clear();
  what.mapping.emplace();  // nothing to restore, by nobody, a user that cannot be opened
  const auto text = http::event_json(what, s.keys, s.sessions);
  BOOST_TEST(text.find(R"("user_id":null,"by":null,"restore_until":null,"sequence":0)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_feed_keeps_the_cursor_as_text) {
  notice_stage s;
  BOOST_TEST(s.get("/v1/events").body == R"({"events":[],"next":""})");
  s.script_.events.next = "5-5";
  BOOST_TEST(s.get("/v1/events?after=5-5&limit=500&wait=30").body ==
             R"({"events":[],"next":"5-5"})");
  BOOST_TEST((s.script_.read->after == "5-5" && s.script_.read->limit == 500u));
  BOOST_TEST(s.script_.read->wait.count() == 30);
}

BOOST_AUTO_TEST_CASE(questions_out_of_bounds) {
  notice_stage s;
  for (const auto& [query, pointer] :
       std::vector<std::pair<std::string, std::string>>{{"limit=0", "/limit"},
                                                        {"limit=501", "/limit"},
                                                        {"limit=", "/limit"},
                                                        {"limit=1x", "/limit"},
                                                        {"limit=-1", "/limit"},
                                                        {"wait=31", "/wait"},
                                                        {"wait=x", "/wait"},
                                                        {"after=x", "/after"},
                                                        {"after=1", "/after"},
                                                        {"after=01-1", "/after"}}) {
    const auto reply = s.get("/v1/events?" + query);
    BOOST_TEST(reply.status == 400, query);
    BOOST_TEST(pointer_of(reply) == pointer, query);
  }
}

BOOST_AUTO_TEST_CASE(the_scope_is_needed) {
  stage s;
  for (const auto* path : {"/v1/events", "/v1/webhook", "/v1/webhook/deliveries"}) {
    const auto reply = s.get(path);
    BOOST_TEST(problem_name(reply) == "insufficient-scope");
    BOOST_TEST(holds(reply, R"("required_scope":"events")"));
  }
}

BOOST_AUTO_TEST_CASE(a_webhook_gets_a_sealed_key_of_its_own) {
  notice_stage s;
  s.script_.webhook.settings.url = "https://receiver.example/in";
  s.script_.webhook.settings.state = webhook_state::active;
  s.script_.webhook.settings.types = {event_type::mapping_removed};
  s.script_.webhook.settings.keys = {{{7}, "", {}}, {{8}, "", s.clock.at}};
  const auto reply = s.send({.method = "PUT",
                             .path = "/v1/webhook",
                             .body = R"({"url":"https://receiver.example/in",)"
                                     R"("event_types":["mapping.removed","mapping.removed"]})"});
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == R"({"url":"https://receiver.example/in",)"
                           R"("event_types":["mapping.removed"],"state":"active",)"
                           R"("public_key":"whpk_BwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",)"
                           R"("previous_public_key":)"
                           R"("whpk_CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})");
  BOOST_REQUIRE(s.script_.put.has_value());
  BOOST_TEST((s.script_.put->types == std::vector{event_type::mapping_removed}));
  const auto& fresh = s.script_.put->fresh;
  const auto seed = s.keys.open_for("alpha", fresh.seed, http::webhook_key_aad);
  BOOST_REQUIRE((seed.has_value() && seed->size() == 32));
  std::array<std::uint8_t, 32> bytes{};
  std::copy(seed->begin(), seed->end(), bytes.begin());
  BOOST_TEST((crypto::signing_key(bytes).public_key() == fresh.public_key));
}

BOOST_AUTO_TEST_CASE(urls_and_types_are_checked) {
  notice_stage s;
  const auto put = [&](const std::string& url, const std::string& types = "[]") {
    return s.send({.method = "PUT",
                   .path = "/v1/webhook",
                   .body = R"({"url":")" + url + R"(","event_types":)" + types + "}"});
  };
  for (const auto* url :
       {"http://receiver.example/", "https://user@receiver.example/", "https://127.0.0.1/",
        "https://[::1]/", "https://169.254.169.254/", "ftp://receiver.example/", ""}) {
    const auto reply = put(url);
    BOOST_TEST(reply.status == 400, url);
    BOOST_TEST(pointer_of(reply) == "/url", url);
  }
  BOOST_TEST(!s.script_.put.has_value());
  BOOST_TEST(pointer_of(put("https://a.example/", R"(["mapping.stolen"])")) == "/event_types");
  BOOST_TEST(pointer_of(put("https://a.example/", R"("all")")) == "/event_types");
  BOOST_TEST(pointer_of(s.send({.method = "PUT",
                                .path = "/v1/webhook",
                                .body = R"({"url":"https://a.example/"})"})) == "/event_types");
  s.settings().webhook_guard = address_guard::allowing({"127.0.0.0/8"});
  BOOST_TEST(put("https://127.0.0.1:9000/in").status == 200);
}

BOOST_AUTO_TEST_CASE(what_the_courier_says_is_passed_on) {
  notice_stage s;
  s.script_.webhook.event_id = "1-2";
  const auto tested = s.post("/v1/webhook/test", "");
  BOOST_TEST((tested.status == 202 && tested.body == R"({"event_id":"1-2"})"));
  BOOST_TEST(s.post("/v1/webhook/deliveries/5-5/redeliver", "{}").status == 202);
  BOOST_TEST(s.script_.redelivered->attempt_id == "5-5");
  BOOST_TEST(s.post("/v1/webhook/deliveries/x/redeliver", "").status == 404);
  BOOST_TEST(s.remove("/v1/webhook").status == 204);
  s.script_.webhook.code = errc::not_found;
  BOOST_TEST(s.get("/v1/webhook").status == 404);
  BOOST_TEST(s.remove("/v1/webhook").status == 404);
  s.script_.webhook.code = errc::conflict;
  BOOST_TEST(s.post("/v1/webhook/test", "").status == 409);
  s.script_.webhook.code = errc::storage_unavailable;
  BOOST_TEST(s.get("/v1/webhook").status == 503);
}

BOOST_AUTO_TEST_CASE(deliveries_tell_what_was_tried) {
  notice_stage s;
  delivery_attempt made;
  made.id = "5-5";
  made.event_id = "4-4";
  made.type = event_type::mapping_removed;
  made.at = s.clock.at;
  made.tries = 2;
  made.latency_ms = 15'000;
  made.what = attempt_outcome::will_retry;
  made.next_try = s.clock.at + std::chrono::minutes(5);
  s.script_.attempts.attempts = {made};
  s.script_.attempts.next = "5-5";
  BOOST_TEST(s.get("/v1/webhook/deliveries?after=3-3").body ==
             R"({"deliveries":[{"id":"5-5","event_id":"4-4","type":"mapping.removed",)"
             R"("at":"2026-11-23T12:00:00.123Z","attempt":2,"status":null,"latency_ms":15000,)"
             R"("outcome":"will_retry","next_try":"2026-11-23T12:05:00.123Z"}],"next":"5-5"})");
  BOOST_TEST(pointer_of(s.get("/v1/webhook/deliveries?after=3")) == "/after");
}

/// The expected signature was made by another implementation (Python's cryptography).
BOOST_AUTO_TEST_CASE(signatures_are_those_of_standard_webhooks) {
  std::array<std::uint8_t, 32> seed{};
  std::iota(seed.begin(), seed.end(), std::uint8_t{0});
  std::vector<crypto::signing_key> keys;
  keys.emplace_back(seed);
  const std::string body = R"({"id":"1800000000000-0"})";
  const std::string expected =
      "v1a,DjfgaM5x2rJ7+MkxpoA/"
      "4gI7FJvmucjIQ4ECjniBZbkQZGicnSQjuitvHfC23dR2KFfbeFwPaIwFILCnT1kjBw==";
  auto lines = http::webhook_headers("1800000000000-0", 1'800'000'005, body, keys);
  BOOST_REQUIRE_EQUAL(lines.size(), 3u);
  BOOST_TEST(lines[0] == "webhook-id: 1800000000000-0");
  BOOST_TEST(lines[1] == "webhook-timestamp: 1800000005");
  BOOST_TEST(lines[2] == "webhook-signature: " + expected);
  BOOST_TEST(http::public_key_text(keys[0].public_key()) ==
             "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
  seed[0] = 1;
  keys.emplace_back(seed);
  lines = http::webhook_headers("1800000000000-0", 1'800'000'005, body, keys);
  BOOST_TEST(lines[2].starts_with("webhook-signature: " + expected + " v1a,"));
}

BOOST_AUTO_TEST_CASE(base64_pads) {
  const auto text = [](std::string_view bytes) { return crypto::base64(crypto::as_bytes(bytes)); };
  BOOST_TEST((text("") == "" && text("f") == "Zg==" && text("fo") == "Zm8=" &&
              text("foo") == "Zm9v" && text("\xff\xfe") == "//4="));
}

BOOST_AUTO_TEST_SUITE_END()
