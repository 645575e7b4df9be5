#include "crypto/key_ring.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <type_traits>

#include "tests/unit/crypto/seeded_random.hpp"

using namespace glados::crypto;
using glados::crypto::test::seeded_random;

namespace {

key_material keys_of(unsigned seed, std::size_t versions = 1) {
  seeded_random random(seed);
  auto keys = random_keys(random);
  while (keys.index.size() < versions) random.fill(keys.index.emplace_back().writable());
  return keys;
}

/// A later seal key beside its newest index key.
key_material resealed_keys(unsigned seed, std::size_t versions) {
  auto keys = keys_of(seed, versions);
  seeded_random random(seed + 1000);
  secret32 seal;
  random.fill(seal.writable());
  keys.later_seals.emplace_back(static_cast<std::uint8_t>(versions), std::move(seal));
  return keys;
}

key_ring ring_of(unsigned seed, std::size_t versions = 1) {
  return key_ring(keys_of(seed, versions));
}

}  // namespace

static_assert(!std::is_copy_constructible_v<key_ring> && !std::is_copy_constructible_v<sealer> &&
              !std::is_copy_constructible_v<hmac_key> && !std::is_copy_constructible_v<secret32> &&
              !std::is_copy_constructible_v<signing_key> &&
              !std::is_copy_constructible_v<key_material>);

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(are_what_the_design_says) {
  const auto keys = keys_of(1);
  const hmac_key placement(keys.placement.bytes());
  const hmac_key index(keys.index[0].bytes());
  const auto inner = placement({"tel:+14155550123"});
  const std::string_view inner_text(reinterpret_cast<const char*>(inner.data()), inner.size());
  const auto place = ring_of(1).place("tel:+14155550123");
  BOOST_TEST(place.shard == (inner[0] * 256 + inner[1]) / 64);
  BOOST_TEST(place.index_version == 1);
  BOOST_TEST((place.key == truncate(index({inner_text}))));
}

BOOST_AUTO_TEST_CASE(depend_on_identifier_and_keys) {
  const auto ring = ring_of(1);
  BOOST_TEST((ring.place("tel:+14155550123") == ring.place("tel:+14155550123")));
  BOOST_TEST((ring.place("tel:+14155550123").key != ring.place("tel:+14155550124").key));
  BOOST_TEST((ring.place("tel:+14155550123").key != ring_of(2).place("tel:+14155550123").key));
}

BOOST_AUTO_TEST_CASE(spread_over_all_shards) {
  const auto ring = ring_of(1);
  std::array<int, shard_count> count{};
  for (int i = 0; i < 20'480; ++i)
    ++count.at(ring.place("tel:+1415" + std::to_string(5'550'000 + i)).shard);
  for (const int n : count) BOOST_TEST((n > 0 && n < 60), n);
}

BOOST_AUTO_TEST_CASE(a_rotation_renames_without_the_identifier) {
  const auto before = ring_of(1, 1);
  auto after = ring_of(1, 3);
  BOOST_TEST((after.place("mailto:a@example.org") == before.place("mailto:a@example.org")));
  after.use_index(3);
  const auto old_place = before.place("mailto:a@example.org");
  const auto new_place = after.place("mailto:a@example.org");
  BOOST_TEST(new_place.shard == old_place.shard);
  BOOST_TEST(new_place.index_version == 3);
  BOOST_TEST((new_place.key != old_place.key));
  BOOST_TEST((after.advance(old_place.key, 1) == new_place.key));
  BOOST_TEST((after.advance(new_place.key, 3) == new_place.key));
  BOOST_TEST((after.place_at("mailto:a@example.org", 1) == old_place));
  const auto middle = after.place_at("mailto:a@example.org", 2);
  BOOST_TEST((after.advance(middle.key, 2) == new_place.key));
  BOOST_CHECK_THROW(after.place_at("mailto:a@example.org", 0), std::out_of_range);
  BOOST_TEST((after.advance(old_place.key, 1, 2) == middle.key));
  BOOST_TEST((after.advance(middle.key, 2, 1) == middle.key));
  BOOST_CHECK_THROW(after.place_at("mailto:a@example.org", 4), std::out_of_range);
  BOOST_CHECK_THROW(after.advance(old_place.key, 1, 4), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(the_version_in_use_never_falls) {
  auto ring = ring_of(1, 3);
  BOOST_TEST(ring.index_in_use() == 1);
  ring.use_index(2);
  ring.use_index(1);
  BOOST_TEST(ring.index_in_use() == 2);
  BOOST_TEST(ring.place("tel:+14155550123").index_version == 2);
  BOOST_CHECK_THROW(ring.use_index(4), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_ring_takes_further_index_keys) {
  auto ring = ring_of(1, 1);
  std::string why;
  BOOST_TEST(ring.extend_index(ring_of(1, 3), why));
  BOOST_TEST(ring.newest_index() == 3);
  BOOST_TEST(ring.index_in_use() == 1);
  const auto same = ring_of(1, 3);
  BOOST_TEST((ring.place_at("tel:+1", 3) == same.place_at("tel:+1", 3)));
  BOOST_TEST((ring.index_checks() == same.index_checks()));
  BOOST_TEST(ring.extend_index(ring_of(1, 3), why));
  BOOST_TEST(ring.newest_index() == 3);
}

BOOST_AUTO_TEST_CASE(a_ring_takes_no_other_keys) {
  auto ring = ring_of(1, 2);
  std::string why;
  BOOST_TEST(!ring.extend_index(ring_of(1, 1), why));
  BOOST_TEST(why == "index key 2 is missing");
  BOOST_TEST(!ring.extend_index(ring_of(2, 3), why));
  BOOST_TEST(why == "index key 1, or the seal key that goes with it, is not the one in use");
  auto keys = keys_of(1, 3);
  keys.index[1].writable()[0] ^= 1;
  bool taken = ring.extend_index(key_ring(std::move(keys)), why);
  BOOST_TEST(!taken);
  BOOST_TEST(why == "index key 2, or the seal key that goes with it, is not the one in use");
  auto elsewhere = keys_of(1, 3);
  elsewhere.placement.writable()[0] ^= 1;
  taken = ring.extend_index(key_ring(std::move(elsewhere)), why);
  BOOST_TEST(!taken);
  BOOST_TEST(!ring.extend_index(key_ring(resealed_keys(1, 2)), why));  // it came too late
  BOOST_TEST(why == "index key 2, or the seal key that goes with it, is not the one in use");
  BOOST_TEST(ring.newest_index() == 2);
}

BOOST_AUTO_TEST_CASE(a_ring_takes_a_seal_key_with_its_index_key) {
  auto ring = ring_of(1, 1);
  const auto user = ring.shard_sealer(7, 1).seal_deterministic("user", "place");
  const auto note = ring.seal_for("alpha", "note", "place", system_random());
  std::string why;
  BOOST_TEST(ring.extend_index(key_ring(resealed_keys(1, 2)), why));
  BOOST_TEST((ring.index_checks() == key_ring(resealed_keys(1, 2)).index_checks()));
  BOOST_TEST((ring.index_checks()[1] != ring_of(1, 2).index_checks()[1]));

  BOOST_TEST(ring.shard_sealer(7, 1).open(user, "place").value_or("") == "user");
  BOOST_TEST(!ring.shard_sealer(7, 2).open(user, "place"));
  const auto anew = ring.shard_sealer(7, 2).seal_deterministic("user", "place");
  BOOST_TEST(!ring.shard_sealer(7, 1).open(anew, "place"));
  BOOST_TEST(!ring_of(1, 2).shard_sealer(7, 2).open(anew, "place"));
  for (const auto& sealed : {user, anew})
    BOOST_TEST(ring.open_in_shard(7, sealed, "place").value_or("") == "user");
  BOOST_TEST(!ring.open_in_shard(8, anew, "place"));

  const auto before = ring.seal_for("alpha", "note", "place", system_random());
  BOOST_TEST(ring_of(1).open_for("alpha", before, "place").has_value());  // not in use yet
  ring.use_index(2);
  const auto after = ring.seal_for("alpha", "note", "place", system_random());
  BOOST_TEST(!ring_of(1, 2).open_for("alpha", after, "place"));
  for (const auto& sealed : {note, before, after})
    BOOST_TEST(ring.open_for("alpha", sealed, "place").value_or("") == "note");
}

BOOST_AUTO_TEST_CASE(a_seal_key_counts_until_the_next_one) {
  auto keys = resealed_keys(1, 3);
  keys.index.pop_back();  // seal-3 of the next ring is this one's seal-2, index-3 has none
  keys.later_seals[0].first = 2;
  auto more = keys_of(1, 3);
  more.later_seals.emplace_back(std::uint8_t{2}, secret32(keys.later_seals[0].second.bytes()));
  const key_ring two(std::move(keys));
  const key_ring three(std::move(more));
  const auto sealed = two.shard_sealer(1, 2).seal_deterministic("user", "place");
  BOOST_TEST(three.shard_sealer(1, 3).open(sealed, "place").value_or("") == "user");
  BOOST_TEST((two.index_checks()[1] == three.index_checks()[1]));
  BOOST_TEST((three.index_checks()[2] != ring_of(1, 3).index_checks()[2]));
  const mapping_id_parts parts{1, 1, {}, 9};
  BOOST_TEST(three.mapping_id(parts) == ring_of(1).mapping_id(parts));
}

BOOST_AUTO_TEST_CASE(checks_tell_how_many_keys_are_equal) {
  const auto one = ring_of(1, 1).index_checks();
  const auto three = ring_of(1, 3).index_checks();
  BOOST_TEST(one.size() == 1u);
  BOOST_TEST(three.size() == 3u);
  BOOST_TEST((one[0] == three[0]));
  BOOST_TEST((three[0] != three[1]));
  auto keys = keys_of(1, 3);
  keys.index[1].writable()[0] ^= 1;
  const auto other = key_ring(std::move(keys)).index_checks();
  BOOST_TEST((other[0] == three[0]));
  BOOST_TEST((other[1] != three[1]));
  BOOST_TEST((other[2] != three[2]));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(names_and_tags)

BOOST_AUTO_TEST_CASE(tags_are_told_apart_by_purpose_and_input) {
  const auto ring = ring_of(1);
  std::set<digest16> tags{
      ring.code_tag("v1", "123456"),
      ring.code_tag("v2", "123456"),
      ring.code_tag("v1", "123457"),
      ring.user_tag("v1", "123456"),
      ring.idempotency_tag("v1", "123456"),
      ring.request_fingerprint("POST", "/v1", "{}"),
      ring.request_fingerprint("POST", "/v", "1{}"),
      ring_of(2).code_tag("v1", "123456"),
  };
  BOOST_TEST(tags.size() == 8U);
  BOOST_TEST((ring.code_tag("v1", "123456") == ring.code_tag("v1", "123456")));
}

BOOST_AUTO_TEST_CASE(sealers_are_separate) {
  const auto ring = ring_of(1);
  const auto sealed = ring.shard_sealer(7, 1).seal_deterministic("user", "place");
  BOOST_TEST(ring.shard_sealer(7, 1).open(sealed, "place").has_value());
  BOOST_TEST(!ring.shard_sealer(8, 1).open(sealed, "place"));
  BOOST_TEST(!ring.open_for("7", sealed, "place"));
  BOOST_CHECK_THROW(ring.shard_sealer(1024, 1), std::out_of_range);
  const auto note = ring.seal_for("alpha", "user", "place", system_random());
  BOOST_TEST(!ring.open_for("beta", note, "place"));
  for (int i = 0; i < 5000; ++i)  // past the limit of the cache
    (void)ring.open_for(std::to_string(i), note, "place");
  BOOST_TEST(ring.open_for("alpha", note, "place").value_or("") == "user");
}

BOOST_AUTO_TEST_CASE(the_audit_is_a_chain_with_a_signer) {
  const auto ring = ring_of(1);
  const auto first = ring.audit_link({}, "one");
  BOOST_TEST((ring.audit_link(first, "two") != ring.audit_link({}, "two")));
  const auto signature = ring.audit_signer().sign("head");
  BOOST_TEST(verify(ring_of(1).audit_signer().public_key(), "head", signature));
}

BOOST_AUTO_TEST_CASE(a_further_audit_key_signs_and_the_earlier_ones_stay) {
  seeded_random random(1);
  auto keys = random_keys(random);
  const auto before = ring_of(1).audit_signer().public_key();
  random.fill(keys.audit_next.emplace_back().writable());
  const key_ring ring(std::move(keys));
  BOOST_REQUIRE(ring.audit_signers().size() == 2U);
  BOOST_TEST((ring.audit_signers()[0].public_key() == before));
  BOOST_TEST((ring.audit_signer().public_key() != before));
  BOOST_TEST((ring.audit_link({}, "one") == ring_of(1).audit_link({}, "one")));
}

BOOST_AUTO_TEST_CASE(mapping_ids_come_back) {
  const auto ring = ring_of(1, 2);
  std::set<std::string> ids;
  for (std::uint16_t shard : {0, 1, 511, 1023})
    for (std::uint8_t version : {1, 2, 255})
      for (std::uint32_t salt : {0U, 1U, 0xdeadbeefU}) {
        const auto place = ring.place("tel:+1415555" + std::to_string(shard));
        const mapping_id_parts parts{shard, version, place.key, salt};
        const auto id = ring.mapping_id(parts);
        BOOST_TEST(id.size() == 53U);
        BOOST_TEST(id == ring.mapping_id(parts));
        BOOST_TEST((ring.parse_mapping_id(id) == parts));
        BOOST_TEST((shard_of_id(id) == shard));
        ids.insert(id);
      }
  BOOST_TEST(ids.size() == 36U);
}

BOOST_AUTO_TEST_CASE(forged_mapping_ids_do_not_parse) {
  const auto ring = ring_of(1);
  const auto id = ring.mapping_id({77, 1, ring.place("tel:+14155550123").key, 5});
  for (std::size_t i = 0; i < id.size(); ++i)
    for (const char c : {'a', 'B', '7', '_', '.', '='}) {
      auto forged = id;
      if (forged[i] == c)
        continue;
      forged[i] = c;
      BOOST_TEST(!ring.parse_mapping_id(forged), "character " << i << " as " << c);
    }
  BOOST_TEST(!ring.parse_mapping_id(""));
  BOOST_TEST(!ring.parse_mapping_id(id + "A"));
  BOOST_TEST(!ring.parse_mapping_id(id.substr(0, 52)));
  BOOST_TEST(!ring_of(2).parse_mapping_id(id));
}

BOOST_AUTO_TEST_CASE(verification_ids_carry_their_shard) {
  seeded_random random(3);
  const auto id = new_verification_id(700, random);
  BOOST_TEST(id.size() == 25U);
  BOOST_TEST(id[0] == 'v');
  BOOST_TEST((shard_of_id(id) == 700));
  BOOST_TEST(id != new_verification_id(700, random));
  for (const auto& bad :
       {std::string{}, std::string{"v"}, std::string{"vaa"}, std::string{"Vaab"},
        std::string{"1aab"}, std::string{"vAab"}, std::string{"va1b"}, std::string{"vaab/"},
        std::string{"vaab b"}, "vaa" + std::string(62, 'x')})
    BOOST_TEST(!shard_of_id(bad), bad);
  BOOST_TEST((shard_of_id("vaa" + std::string(61, 'x')) == 0));
}

BOOST_AUTO_TEST_CASE(mail_domains_have_tags_of_their_own) {
  const auto ring = ring_of(4);
  BOOST_TEST(ring.mail_domain_tag("") == 0u);
  BOOST_TEST(ring.mail_domain_tag("example.org") != 0u);
  BOOST_TEST(ring.mail_domain_tag("example.org") == ring_of(4).mail_domain_tag("example.org"));
  BOOST_TEST(ring.mail_domain_tag("example.org") != ring.mail_domain_tag("example.net"));
  BOOST_TEST(ring.mail_domain_tag("example.org") != ring.prefix_tag("example.org"));
  BOOST_TEST(ring.mail_domain_tag("example.org") != ring_of(5).mail_domain_tag("example.org"));
}

BOOST_AUTO_TEST_SUITE_END()
