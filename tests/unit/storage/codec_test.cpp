#include "storage/codec.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <iostream>
#include <limits>
#include <random>

namespace glados::storage {

namespace {

directory_record one_mapping(std::size_t provider, std::size_t user) {
  directory_record record;
  mapping claim;
  claim.salt = std::numeric_limits<std::uint32_t>::max();
  claim.provider_id = std::string(provider, 'p');
  claim.user = std::string(user, '\x80');
  claim.verified_at = {1'900'000'000'999'999};
  claim.preferred = true;
  record.mappings.push_back(claim);
  return record;
}

verification full_proof() {
  verification proof;
  proof.key.value.fill(1);
  proof.provider_id = "alpha";
  proof.user = "sealed";
  proof.user_tag.fill(2);
  proof.way = channel::email;
  proof.to = {"email", std::numeric_limits<std::uint64_t>::max()};
  proof.state = verification_state::verified;
  proof.created_at = {1'800'000'000'000'001};
  proof.expires_at = {1'800'000'600'000'001};
  proof.checks_used = 5;
  proof.last_check_at = {1'800'000'100'000'000};
  proof.sends_used = 4;
  proof.last_send_at = {1'800'000'200'000'000};
  proof.outcome.salt = 77;
  proof.outcome.user = "sealed";
  proof.outcome.method = proof_method::email;
  proof.outcome.verified_at = {1'800'000'300'000'000};
  proof.outcome.decide_by = {1'800'001'200'000'000};
  proof.outcome.existing = {{"beta", true, ""}, {"alpha", false, "other"}};
  return proof;
}

/// A mapping with all that was added to the first form of records.
directory_record told_mapping() {
  directory_record record = one_mapping(5, 30);
  mapping& claim = record.mappings[0];
  claim.decide_by = {1'900'000'900'000'000};
  claim.shown = {7, 0, std::numeric_limits<std::uint32_t>::max()};
  claim.decided = true;
  claim.sequence = 300;
  claim.mail_domain = 0x8070605040302010;
  claim.due = true;
  return record;
}

change_record some_change() {
  change_record change;
  change.key.value.fill(9);
  change.key.layers = 2;
  change.by_provider = "beta";
  change.by_salt = 8;
  change.at = {1'900'000'000'000'000};
  change.kind = change_kind::preferred;
  change.before = told_mapping().mappings;
  change.displaced = {{"alpha", 7, "sealed", true, 301, {1'900'604'800'000'000}, true}};
  change.reports = {{"alpha", {"r1", report_reason::recycled, true}}};
  change.undone_provider = "gamma";
  return change;
}

std::vector<std::string> samples() {
  outbox_entry count;
  count.what = outbox_entry::kind::count_users;
  count.change = {"alpha", proof_method::voice, std::numeric_limits<std::int32_t>::min(),
                  std::numeric_limits<std::uint64_t>::max(), true};
  access_token token;
  token.scopes = {"lookup", "map", "events"};
  verification pending = full_proof();
  pending.message = "message";
  return {encode(one_mapping(12, 40)),
          encode(full_proof()),
          encode_code(pending),
          encode(count),
          encode(outbox_entry{"", outbox_entry::kind::send_code, "v1", {}}),
          encode(token),
          encode(audit_entry{1, {}, {}, "{}"}),
          encode(change_notice{change_notice::kind::token, "alpha", {}}),
          encode(told_mapping()),
          encode(some_change())};
}

/// Every decoder; true when it accepted the bytes.
const std::vector<std::function<bool(std::string_view)>>& decoders() {
  static const std::vector<std::function<bool(std::string_view)>> all{
      [](std::string_view in) { return decode_mappings(in).has_value(); },
      [](std::string_view in) { return decode_verification(in).has_value(); },
      [](std::string_view in) {
        verification into;
        return decode_code(in, into);
      },
      [](std::string_view in) { return decode_outbox(in).has_value(); },
      [](std::string_view in) { return decode_outbox(in).has_value(); },
      [](std::string_view in) { return decode_token(in).has_value(); },
      [](std::string_view in) { return decode_audit(in).has_value(); },
      [](std::string_view in) { return decode_notice(in).has_value(); },
      [](std::string_view in) { return decode_mappings(in).has_value(); },
      [](std::string_view in) { return decode_change(in).has_value(); }};
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(a_verification_keeps_how_many_layers_its_name_has) {
  for (const bool restores : {false, true})
    for (const std::uint8_t layers : {1, 2, 64}) {
      auto sent = full_proof();
      sent.restores = {};
      if (restores)
        sent.restores = {"c1", "c2"};
      const auto usual = encode(sent).size();
      sent.key.layers = layers;
      const auto back = decode_verification(encode(sent));
      BOOST_REQUIRE(back);
      BOOST_TEST(int{back->key.layers} == int{layers});
      BOOST_TEST(back->restores.new_change_id == sent.restores.new_change_id);
      BOOST_TEST(encode(sent).size() == usual + (!restores && layers != 1 ? 1 : 0));
    }
}

BOOST_AUTO_TEST_CASE(a_usual_record_is_small) {
  const std::string value = with_version(1, encode(one_mapping(12, 40)));
  BOOST_TEST(value.size() <= 80u);
}

BOOST_AUTO_TEST_CASE(a_mapping_comes_back_whole) {
  const auto sent = told_mapping().mappings[0];
  const auto read = decode_mappings(encode(told_mapping()));
  BOOST_REQUIRE((read && read->size() == 1u));
  const mapping& got = read->front();
  BOOST_TEST((got.salt == sent.salt && got.user == sent.user && got.method == sent.method));
  BOOST_TEST((got.preferred && got.decide_by == sent.decide_by));
  BOOST_TEST(got.shown == sent.shown, boost::test_tools::per_element());
  BOOST_TEST((got.decided && got.sequence == 300u));
  BOOST_TEST((got.due && got.mail_domain == sent.mail_domain));
}

BOOST_AUTO_TEST_CASE(what_a_user_counts_as_is_kept) {
  for (const bool due : {false, true})
    for (const std::uint64_t domain : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      directory_record record = one_mapping(5, 30);
      record.mappings[0].due = due;
      record.mappings[0].mail_domain = domain;
      const auto read = decode_mappings(encode(record));
      BOOST_REQUIRE((read && read->size() == 1u));
      BOOST_TEST((read->front().due == due && read->front().mail_domain == domain));
      outbox_entry entry;
      entry.what = outbox_entry::kind::count_users;
      entry.change = {"alpha", proof_method::email, 1, domain, due};
      const auto change = decode_outbox(encode(entry))->change;
      BOOST_TEST((change.mail_domain == domain && change.due == due));
      verification proof = full_proof();
      proof.mail_domain = domain;
      BOOST_TEST(decode_verification(encode(proof))->mail_domain == domain);
    }
}

BOOST_AUTO_TEST_CASE(records_of_the_first_form_are_still_read) {
  using namespace std::string_literals;
  // alpha, salt 5, voice, preferred; beta, salt 6, sms, undecided until 1,000 us.
  const auto old =
      "\x01\x02\x05"s + "alpha\x05\x05\x01u\x0a\x04"s + "beta\x08\x06\x01w\x0b\xe8\x07"s;
  const auto read = decode_mappings(old);
  BOOST_REQUIRE((read && read->size() == 2u));
  BOOST_TEST((read->at(0).preferred && read->at(0).method == proof_method::voice));
  BOOST_TEST((!read->at(0).decided && read->at(0).sequence == 0u));
  BOOST_TEST((read->at(1).decide_by == instant{1000} && read->at(1).shown.empty()));
  directory_record record;
  record.mappings = *read;
  BOOST_TEST((encode(record) == old));  // and nothing grows until there is more to say
}

BOOST_AUTO_TEST_CASE(a_change_comes_back_whole) {
  const auto sent = some_change();
  const auto read = decode_change(encode(sent));
  BOOST_REQUIRE(read);
  BOOST_TEST((read->key == sent.key && read->key.layers == 2));
  BOOST_TEST((read->by_provider == "beta" && read->by_salt == 8u && read->at == sent.at));
  BOOST_TEST((read->kind == change_kind::preferred));
  BOOST_REQUIRE_EQUAL(read->before.size(), 1u);
  BOOST_TEST(read->before[0].sequence == 300u);
  BOOST_REQUIRE_EQUAL(read->displaced.size(), 1u);
  const auto& loss = read->displaced[0];
  BOOST_TEST((loss.provider_id == "alpha" && loss.salt == 7u && loss.user == "sealed"));
  BOOST_TEST((loss.removed && loss.sequence == 301u));
  BOOST_TEST((loss.restore_until == sent.displaced[0].restore_until));
  BOOST_TEST(loss.restored);
  BOOST_REQUIRE_EQUAL(read->reports.size(), 1u);
  BOOST_TEST(read->reports.at("alpha").id == "r1");
  BOOST_TEST((read->reports.at("alpha").reason == report_reason::recycled));
  BOOST_TEST((read->undone_provider == "gamma" && read->reports.at("alpha").struck));
}

BOOST_AUTO_TEST_CASE(a_verification_comes_back_whole) {
  const verification sent = full_proof();
  const auto read = decode_verification(encode(sent));
  BOOST_REQUIRE(read);
  BOOST_TEST((read->key == sent.key && read->provider_id == sent.provider_id));
  BOOST_TEST((read->user == sent.user && read->user_tag == sent.user_tag));
  BOOST_TEST((read->way == sent.way && read->to.region == sent.to.region));
  BOOST_TEST((read->to.prefix_tag == sent.to.prefix_tag && read->state == sent.state));
  BOOST_TEST((read->created_at == sent.created_at && read->expires_at == sent.expires_at));
  BOOST_TEST((read->checks_used == 5 && read->sends_used == 4));
  BOOST_TEST((read->last_check_at == sent.last_check_at));
  BOOST_TEST((read->last_send_at == sent.last_send_at));
  BOOST_TEST((read->outcome.salt == 77u && read->outcome.user == "sealed"));
  BOOST_TEST((read->outcome.verified_at == sent.outcome.verified_at));
  BOOST_TEST((read->outcome.decide_by == sent.outcome.decide_by));
  BOOST_TEST((read->outcome.method == proof_method::email && !read->outcome.preferred));
  BOOST_REQUIRE_EQUAL(read->outcome.existing.size(), 2u);
  BOOST_TEST(read->outcome.existing[1].user == "other");
}

BOOST_AUTO_TEST_CASE(the_record_of_a_verification_holds_no_code) {
  verification proof = full_proof();
  proof.code_tag.fill(0xcd);
  proof.message = "the sealed message";
  const std::string value = encode(proof);
  BOOST_TEST(value.find("\xcd\xcd") == std::string::npos);
  BOOST_TEST(value.find("message") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(extreme_numbers_come_back) {
  for (std::int32_t delta : {0, 1, -1, 63, -64, std::numeric_limits<std::int32_t>::max(),
                             std::numeric_limits<std::int32_t>::min()}) {
    outbox_entry entry;
    entry.what = outbox_entry::kind::count_users;
    entry.change.delta = delta;
    BOOST_TEST(decode_outbox(encode(entry))->change.delta == delta);
  }
  directory_record record = one_mapping(0, 0);
  record.mappings[0].verified_at = {-1};
  record.mappings[0].decide_by = {std::numeric_limits<std::int64_t>::max()};
  const auto read = decode_mappings(encode(record));
  BOOST_TEST((*read)[0].verified_at.us == -1);
  BOOST_TEST((*read)[0].decide_by.us == std::numeric_limits<std::int64_t>::max());
}

BOOST_AUTO_TEST_CASE(versions_stand_in_front) {
  const std::string value = with_version(0x0102030405060708, "body");
  BOOST_TEST(value.substr(0, 2) == "\x01\x02");
  BOOST_TEST(split_version(value).version == 0x0102030405060708u);
  BOOST_TEST(split_version(value).body == "body");
  BOOST_TEST(split_version("1234567").version == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_cut_or_too_long_is_refused) {
  const auto all = samples();
  BOOST_REQUIRE_EQUAL(all.size(), decoders().size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(decoders()[i](all[i]), "sample " << i);
    for (std::size_t length = 0; length < all[i].size(); ++length)
      BOOST_TEST(!decoders()[i](std::string_view(all[i]).substr(0, length)),
                 "sample " << i << " cut to " << length);
    BOOST_TEST(!decoders()[i](all[i] + "x"));
    std::string other_format = all[i];
    other_format[0] = 2;
    BOOST_TEST(!decoders()[i](other_format));
  }
}

BOOST_AUTO_TEST_CASE(garbage_does_no_harm) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto all = samples();
  std::size_t refused = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes = all[random() % all.size()];
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % 4 == 0 ? random() % bytes.size() : bytes.size());
    for (const auto& decoder : decoders()) refused += decoder(bytes) ? 0 : 1;
  }
  BOOST_TEST(refused > 0u);
  // A length of 2^63 must not be believed.
  const std::string huge("\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
  for (const auto& decoder : decoders()) BOOST_TEST(!decoder(huge));
}

BOOST_AUTO_TEST_CASE(choices_outside_their_list_are_refused) {
  std::string notice = encode(change_notice{change_notice::kind::provider, "a", {}});
  notice[1] = 3;
  BOOST_TEST(!decode_notice(notice));
  std::string record = encode(one_mapping(1, 1));
  record[4] = '\x80';  // format, count, length, provider, flags
  BOOST_TEST(!decode_mappings(record));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
