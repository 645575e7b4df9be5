// The audit's chain: every way to tamper with it is found.
#include "domain/audit.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <map>

#include "admin/audit_chain.hpp"
#include "admin/audit_keys.hpp"
#include "crypto/encoding.hpp"
#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::script;

namespace {

std::string body_of(int number) {
  return R"({"at":"2026-11-23T09:41:00.000Z","actor":"op","action":"test.act","target":"t)" +
         std::to_string(number) + R"(","detail":{}})";
}

/// A good chain of this many records.
std::vector<value> chain_of(int length) {
  std::vector<value> out;
  glados::crypto::digest32 last{};
  for (int number = 1; number <= length; ++number) {
    std::string bytes(last.begin(), last.end());
    bytes += std::string(7, '\0') + static_cast<char>(number);
    const auto body = body_of(number);
    auto record = value::object();
    record.put("sequence", number).put("previous", glados::crypto::hex(last));
    last = glados::crypto::sha256(bytes + body);
    record.put("hash", glados::crypto::hex(last)).put("body", body);
    out.push_back(record.put("record", *parse_json(body)));
  }
  return out;
}

const glados::crypto::signing_key& key_of(std::uint8_t seed) {
  static std::map<std::uint8_t, glados::crypto::signing_key> made;
  const std::array<std::uint8_t, 32> bytes{seed};
  return made.try_emplace(seed, bytes).first->second;
}
const glados::crypto::signing_key& first_key() { return key_of(1); }

std::string kid_of(const glados::crypto::signing_key& key) {
  const auto x = glados::crypto::base64url(key.public_key());
  return glados::crypto::base64url(
      glados::crypto::sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + x + "\"}"));
}

value signed_head(const glados::crypto::signing_key& by, std::uint64_t sequence,
                  const std::string& hash, const std::string& at = "2026-11-23T10:00:00.000Z") {
  auto out = value::object();
  out.put("sequence", sequence).put("hash", hash).put("at", at).put("kid", kid_of(by));
  const auto text = glados::audit_head_text(sequence, hash, at);
  return out.put("signature", glados::crypto::base64url(by.sign(text)));
}

/// Each one introduced by the one before it.
std::string keys_json(const std::vector<const glados::crypto::signing_key*>& keys) {
  auto list = value::list();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto one = value::object();
    one.put("kid", kid_of(*keys[i])).put("x", glados::crypto::base64url(keys[i]->public_key()));
    const auto text = glados::audit_key_text(kid_of(*keys[i]));
    auto by = value::object();
    if (i > 0)
      by.put("kid", kid_of(*keys[i - 1]))
          .put("signature", glados::crypto::base64url(keys[i - 1]->sign(text)));
    list.add(one.put("introduced_by", i > 0 ? by : value{}));
  }
  return value::object().put("keys", list).json();
}

std::string first_fault(const std::vector<value>& records) {
  audit_chain chain;
  for (const auto& one : records)
    if (auto why = chain.take(one); !why.empty())
      return why;
  return {};
}

script service_with(const std::vector<value>& records, std::uint64_t head,
                    const std::string& hash) {
  script s;
  auto page = value::list();
  for (const auto& one : records) page.add(one);
  const auto next = std::to_string(records.size());
  s.on("GET /admin/v1/audit/head", 200, signed_head(first_key(), head, hash).json());
  s.on("GET /admin/v1/audit/keys", 200, keys_json({&first_key()}));
  s.on("GET /admin/v1/audit?after=", 200,
       value::object().put("records", page).put("next", next).json());
  s.on("GET /admin/v1/audit?after=" + next, 200, R"({"records":[],"next":")" + next + "\"}");
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_chain_rules)

BOOST_AUTO_TEST_CASE(a_good_chain_is_whole) {
  BOOST_TEST(first_fault(chain_of(5)) == "");
  BOOST_TEST(first_fault({}) == "");
}

BOOST_AUTO_TEST_CASE(whatever_is_changed_is_found) {
  auto records = chain_of(5);
  auto changed = records;
  changed[2].put("body", body_of(9));
  BOOST_TEST(first_fault(changed).find("record 3 was changed") == 0u);
  changed = records;
  changed[2].put("record", *parse_json(body_of(9)));
  BOOST_TEST(first_fault(changed).find("record 3 is shown otherwise") == 0u);
  changed = records;
  changed.erase(changed.begin() + 1);
  BOOST_TEST(first_fault(changed) == "record 2 is missing");
  changed = records;
  std::swap(changed[1], changed[2]);
  BOOST_TEST(first_fault(changed) == "record 2 is missing");
  changed = records;
  changed[3].put("previous", changed[1].at("hash"));
  BOOST_TEST(first_fault(changed) == "record 4 does not follow the one before it");
  changed = records;
  changed[0].put("hash", changed[1].at("hash"));
  BOOST_TEST(first_fault(changed).find("record 1 was changed") == 0u);
}

BOOST_AUTO_TEST_CASE(a_head_is_found_in_the_chain_that_grew) {
  audit_chain chain;
  const auto records = chain_of(5);
  for (const auto& one : records) BOOST_TEST(chain.take(one) == "");
  BOOST_TEST(chain.compare(3, records[2].at("hash").text()) == "");
  BOOST_TEST(chain.compare(3, records[3].at("hash").text()) != "");
  BOOST_TEST(chain.compare(6, records[4].at("hash").text()).find("is missing") !=
             std::string::npos);
  BOOST_TEST(chain.compare(0, std::string(64, '0')) == "");
}

BOOST_AUTO_TEST_CASE(verify_says_whole_or_code_6) {
  const auto records = chain_of(3);
  const auto hash = records[2].at("hash").text();
  const auto good = service_with(records, 3, hash).run({"audit", "verify", "--json"});
  BOOST_TEST(good.code == 0);
  BOOST_TEST(parse_json(good.out)->at("whole").truth());
  auto forged = records;
  forged[1].put("body", body_of(7));
  const auto bad = service_with(forged, 3, hash).run({"audit", "verify"});
  BOOST_TEST(bad.code == 6);
  BOOST_TEST(bad.err.find("record 2 was changed") != bad.err.npos);
  const auto cut = service_with(chain_of(2), 3, hash).run({"audit", "verify"});
  BOOST_TEST(cut.code == 6);
}

BOOST_AUTO_TEST_CASE(keys_are_believed_when_somebody_known_introduced_them) {
  const auto& one = first_key();
  const auto& two = key_of(2);
  const auto& three = key_of(3);
  const auto head = signed_head(three, 4, "aa");
  const auto believes = [&](const std::string& told, const value& known) {
    audit_keys keys;
    if (auto why = keys.take(*parse_json(told), known); !why.empty())
      return why;
    return keys.check(head, head.at("at").text());
  };
  auto known = value::object();
  known.put(kid_of(one), glados::crypto::base64url(one.public_key()));
  BOOST_TEST(believes(keys_json({&one, &two, &three}), known) == "");
  BOOST_TEST(believes(keys_json({&one, &two, &three}), {}) == "");  // on first use
  BOOST_TEST(believes(keys_json({&two, &three}), known).find("nobody known") != std::string::npos);
  BOOST_TEST(believes(keys_json({&one, &two}), known).find("nobody known") != std::string::npos);
  auto forged = *parse_json(keys_json({&one, &three}));
  const auto other = *parse_json(keys_json({&two, &three}));
  auto list = value::list();
  auto slipped_in = other.at("keys").items()[1];
  auto by = slipped_in.at("introduced_by");
  by.put("kid", kid_of(one));  // but signed by another one
  list.add(forged.at("keys").items()[0]).add(slipped_in.put("introduced_by", by));
  BOOST_TEST(believes(value::object().put("keys", list).json(), known).find("nobody known") !=
             std::string::npos);
  BOOST_TEST(believes(R"({"keys":[]})", {}) == "the service names no key");
}

BOOST_AUTO_TEST_CASE(a_signature_covers_sequence_hash_and_time) {
  audit_keys keys;
  BOOST_TEST(keys.take(*parse_json(keys_json({&first_key()})), {}) == "");
  const auto head = signed_head(first_key(), 4, "aa");
  const auto at = head.at("at").text();
  BOOST_TEST(keys.check(head, at) == "");
  BOOST_TEST(keys.check(head, "2026-11-24T10:00:00.000Z") != "");
  auto other = head;
  BOOST_TEST(keys.check(other.put("sequence", 5), at) != "");
  other = head;
  BOOST_TEST(keys.check(other.put("hash", "ab"), at) != "");
  other = head;
  BOOST_TEST(keys.check(other.put("signature", "x"), at) != "");
}

BOOST_AUTO_TEST_CASE(a_chain_that_was_rewritten_is_found_by_what_was_known) {
  const glados::admin::test::folder at;
  const auto state = at.at("state");
  const auto records = chain_of(3);
  const auto verify = [&](const std::vector<value>& chain) {
    const auto hash = chain.back().at("hash").text();
    return service_with(chain, chain.size(), hash).run({"audit", "verify", "--state", state});
  };
  BOOST_TEST(verify(records).code == 0);
  BOOST_TEST(at.mode("state") == 0600u);
  BOOST_TEST(verify(chain_of(5)).code == 0);  // it grew
  BOOST_TEST(verify(records).code == 6);      // it shrank
  at.put("state",
         value::object()
             .put("sequence", 3)
             .put("hash", std::string(64, 'e'))
             .put("keys", value::object().put(kid_of(first_key()),
                                              glados::crypto::base64url(first_key().public_key())))
             .json());
  const auto rewritten = verify(records);
  BOOST_TEST(rewritten.code == 6);
  BOOST_TEST(rewritten.err.find("record 3 is not the one that was there") != std::string::npos);
  at.put("state", "{}");
  BOOST_TEST(verify(records).code == 2);
}

BOOST_AUTO_TEST_CASE(list_filters_by_actor_action_and_target) {
  const auto run = [](std::vector<std::string_view> words) {
    words.insert(words.begin(), {"audit", "list", "--json"});
    auto s = service_with(chain_of(3), 3, "");
    return parse_json(s.run(words).out)->at("records").items().size();
  };
  BOOST_TEST(run({}) == 3u);
  BOOST_TEST(run({"--action", "test"}) == 3u);
  BOOST_TEST(run({"--action", "test.act", "--target", "t2"}) == 1u);
  BOOST_TEST(run({"--action", "tes"}) == 0u);
  BOOST_TEST(run({"--actor", "somebody"}) == 0u);
  BOOST_TEST(run({"--limit", "2"}) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
