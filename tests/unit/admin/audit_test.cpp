// The audit's chain: every way to tamper with it is found.
#include <boost/test/unit_test.hpp>

#include "admin/audit_chain.hpp"
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
  s.on("GET /admin/v1/audit/head", 200,
       value::object().put("sequence", head).put("hash", hash).json());
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
