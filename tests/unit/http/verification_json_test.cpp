// How verifications, mappings and conflicts are shown.
#include "http/verification_json.hpp"

#include <boost/test/unit_test.hpp>

#include "../crypto/seeded_random.hpp"
#include "http/api.hpp"

using namespace glados;
using namespace glados::http;

namespace {

constexpr instant noon{1'795'435'200'123'000};  // 2026-11-23T12:00:00.123Z

verification_view some_view() {
  return {"vaaXXXXXXXXXXXXXXXXXXXXXX",
          verification_state::pending,
          channel::email,
          noon + std::chrono::minutes(10),
          5,
          noon,
          3,
          noon + std::chrono::seconds(60)};
}

struct keys_and_names {
  crypto::test::seeded_random random{1};
  crypto::key_ring keys{crypto::random_keys(random)};
  actors::session_directory names;
  sii_key key{{1, 2, 3}};

  std::string sealed(std::string_view user, std::string_view provider, shard_id shard = 7) const {
    return keys.shard_sealer(shard, key.layers).seal_deterministic(user, user_aad(key, provider));
  }
  actors::verification_answer verified() const {
    actors::verification_answer out;
    out.view = some_view();
    out.view.state = verification_state::verified;
    out.key = key;
    out.has_mapping = true;
    out.mapping = {42,
                   sealed("alice", "alpha"),
                   proof_method::sms,
                   noon,
                   false,
                   noon + std::chrono::minutes(15),
                   {}};
    return out;
  }
};

const std::string view_text =
    R"("id":"vaaXXXXXXXXXXXXXXXXXXXXXX","state":"pending","channel":"email",)"
    R"("expires_at":"2026-11-23T12:10:00.123Z","checks_left":5,)"
    R"("next_check_at":"2026-11-23T12:00:00.123Z","sends_left":3,)"
    R"("next_send_at":"2026-11-23T12:01:00.123Z")";

}  // namespace

BOOST_AUTO_TEST_CASE(a_verification_has_the_eight_members) {
  BOOST_TEST(verification_json(some_view()) == "{" + view_text + "}");
  BOOST_TEST(verification_members(some_view()) == "," + view_text);
}

BOOST_AUTO_TEST_CASE(a_first_mapping_meets_no_conflict) {
  const shown_mapping mapping{"m1", "alice", proof_method::sms, noon, true, {}, {}};
  BOOST_TEST(verified_json(some_view(), mapping) ==
             "{" + view_text +
                 R"(,"mapping":{"id":"m1","user_id":"alice","method":"sms",)"
                 R"("verified_at":"2026-11-23T12:00:00.123Z","preferred":true},"conflict":null})");
}

BOOST_AUTO_TEST_CASE(a_conflict_names_the_user_of_own_claims_only) {
  const shown_mapping mapping{"m1",
                              "alice",
                              proof_method::voice,
                              noon,
                              false,
                              noon,
                              {{"beta", "Beta Chat", true, ""}, {"alpha", "Alpha", false, "bob"}}};
  const auto text = verified_json(some_view(), mapping);
  BOOST_TEST(text.ends_with(
      R"("conflict":{"existing":[)"
      R"({"provider_id":"beta","provider_name":"Beta Chat","preferred":true},)"
      R"({"provider_id":"alpha","provider_name":"Alpha","preferred":false,"user_id":"bob"}],)"
      R"("decide_by":"2026-11-23T12:00:00.123Z"}})"));
}

BOOST_FIXTURE_TEST_CASE(a_mapping_is_opened_for_its_owner, keys_and_names) {
  const auto shown = open_mapping(keys, names, 7, "alpha", verified());
  BOOST_REQUIRE(shown);
  BOOST_TEST(shown->user_id == "alice");
  const auto parts = keys.parse_mapping_id(shown->id);
  BOOST_REQUIRE(parts);
  BOOST_TEST(parts->shard == 7);
  BOOST_TEST(parts->salt == 42u);
  BOOST_TEST(parts->version == keys.newest_index());
  BOOST_TEST((parts->key == key.value));
}

BOOST_FIXTURE_TEST_CASE(no_other_seal_fits, keys_and_names) {
  BOOST_TEST(!open_mapping(keys, names, 8, "alpha", verified()).has_value());
  BOOST_TEST(!open_mapping(keys, names, 7, "beta", verified()).has_value());
  auto broken = verified();
  broken.mapping.existing = {{"alpha", false, "not sealed"}};
  BOOST_TEST(!open_mapping(keys, names, 7, "alpha", broken).has_value());
}

BOOST_FIXTURE_TEST_CASE(users_of_others_are_not_shown, keys_and_names) {
  auto met = verified();
  met.mapping.existing = {{"beta", true, sealed("carol", "beta")},
                          {"alpha", false, sealed("bob", "alpha")}};
  const auto shown = open_mapping(keys, names, 7, "alpha", met);
  BOOST_REQUIRE(shown);
  BOOST_REQUIRE(shown->existing.size() == 2u);
  BOOST_TEST(shown->existing[0].user_id == "");
  BOOST_TEST(shown->existing[0].provider_name == "beta");
  BOOST_TEST(shown->existing[1].user_id == "bob");
}

BOOST_FIXTURE_TEST_CASE(a_record_renamed_since_is_shown_under_the_name_asked, keys_and_names) {
  crypto::test::seeded_random same{1};
  auto all = crypto::random_keys(same);
  for (int i = 0; i < 2; ++i) same.fill(all.index.emplace_back().writable());
  const crypto::key_ring ring(std::move(all));
  const sii_key now{ring.advance(key.value, 1, 3), 3};
  auto got = verified();
  got.mapping.user = ring.shard_sealer(7, 1).seal_deterministic("alice", user_aad(now, "alpha"));
  got.mapping.existing.clear();
  const auto shown = open_mapping(ring, names, 7, "alpha", got);
  BOOST_REQUIRE(shown);
  BOOST_TEST(shown->user_id == "alice");
  BOOST_TEST(ring.parse_mapping_id(shown->id)->version == 1);
  BOOST_TEST(!open_user(ring, 7, key, "beta", got.mapping.user));
  // Nobody goes back: a seal for an older name is none for this one.
  const auto old = ring.shard_sealer(7, 1).seal_deterministic("alice", user_aad(key, "alpha"));
  BOOST_TEST(!open_user(ring, 7, now, "alpha", old));
}
