#include "http/bulk_content.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "../crypto/seeded_random.hpp"
#include "http/bulk_json.hpp"

using namespace glados;
using namespace glados::http;

namespace {

struct fixture {
  bulk_content read(std::string_view text, std::size_t slice = 2, bool sealed = true) {
    bulk_content out(keys, {{"alpha", 42}, 3}, limits, sealed);
    while (!text.empty()) BOOST_REQUIRE(out.read(text, slice));
    return out;
  }

  static std::string line(int number, const std::string& user = "ann") {
    return R"({"sii":"tel:+1415555)" + std::to_string(1000 + number) + R"(","user_id":")" + user +
           "\"}\n";
  }

  crypto::test::seeded_random random{7};
  crypto::key_ring keys{crypto::random_keys(random)};
  bulk_limits limits;
};

std::string problems(const bulk_content& content) {
  std::string out;
  for (const auto& row : content.rejects())
    out.append(std::to_string(row.line)).append(":").append(to_string(row.problem)).append(" ");
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_content_suite, fixture)

BOOST_AUTO_TEST_CASE(rows_come_by_shard_with_key_seal_and_line) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += line(i, "user-" + std::to_string(i));
  auto content = read(text, 7);
  BOOST_TEST(content.lines() == 300u);
  content.admit(1000);
  std::set<std::uint32_t> lines;
  int before = -1;
  for (auto share = content.next_share(64); !share.empty(); share = content.next_share(64)) {
    BOOST_TEST(share.size() == 1u);
    const auto& message = share.front();
    BOOST_TEST(message.via.shard > before);
    before = message.via.shard;
    BOOST_TEST((message.provider_id == "alpha" && message.job == 42u && message.part == 3u));
    for (const auto& row : message.rows) {
      lines.insert(row.line);
      const auto number = std::to_string(1000 + row.line - 1);
      const auto place = keys.place("tel:+1415555" + number);
      BOOST_TEST((place.shard == message.via.shard && row.key.value == place.key));
      const auto user = keys.shard_sealer(place.shard, place.index_version)
                            .open(row.user, user_aad(row.key, "alpha"));
      BOOST_TEST((user && *user == "user-" + std::to_string(row.line - 1)));
    }
  }
  BOOST_TEST(lines.size() == 300u);
}

BOOST_AUTO_TEST_CASE(a_share_is_cut_into_messages) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += line(1, "user-" + std::to_string(i));
  auto content = read(text);
  content.admit(10);
  const auto share = content.next_share(4);
  BOOST_REQUIRE_EQUAL(share.size(), 3u);
  BOOST_TEST((share[0].rows.size() == 4u && share[2].rows.size() == 2u));
  BOOST_TEST(share[2].rows.back().line == 10u);
  BOOST_TEST(content.next_share(4).empty());
}

BOOST_AUTO_TEST_CASE(the_same_content_gives_the_same_rows) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += line(i);
  auto first = read(text, 5), again = read(text, 5), other = read(line(0) + line(1), 5);
  BOOST_TEST((first.fingerprint() == again.fingerprint()));
  BOOST_TEST((first.fingerprint() != other.fingerprint()));
  first.admit(20);
  again.admit(20);
  const auto one = first.next_share(9), two = again.next_share(9);
  BOOST_TEST(one.front().rows.front().salt == two.front().rows.front().salt);
  BOOST_TEST(one.front().rows.front().user == two.front().rows.front().user);
}

BOOST_AUTO_TEST_CASE(lines_are_rejected_one_by_one) {
  limits.line = 100;
  const auto content =
      read(line(1) + "\n{}\n" + R"({"sii":"tel:1","user_id":"a"})" + "\n" +
           R"({"sii":"tel:+18005550199","user_id":"a"})" + "\n" + std::string(101, ' ') + "\n" +
           R"({"sii":"tel:+14155550000","user_id":"\u0041"})" + "\n" +
           R"({"sii":"tel:+14155550000","user_id":""})");
  BOOST_TEST(content.rows() == 2u);
  BOOST_TEST(problems(content) ==
             "2:malformed-request 3:malformed-request 4:identifier-invalid "
             "5:identifier-unsupported 6:payload-too-large 8:malformed-request ");
}

BOOST_AUTO_TEST_CASE(rows_over_the_grant_are_rejected_in_the_order_of_lines) {
  auto content = read(line(1) + "x\n" + line(2) + line(3));
  content.admit(1);
  BOOST_TEST(content.rows() == 1u);
  BOOST_TEST(problems(content) == "2:malformed-request 3:rate-limited 4:rate-limited ");
}

BOOST_AUTO_TEST_CASE(a_part_has_a_bounded_number_of_lines) {
  limits.lines = 3;
  bulk_content content(keys, {{"alpha", 42}, 3}, limits, true);
  const std::string text = line(1) + line(2) + line(3) + line(4);
  std::string_view rest = text;
  BOOST_TEST(content.read(rest, 3));
  BOOST_TEST(!content.read(rest, 3));
}

BOOST_AUTO_TEST_CASE(a_dry_run_keeps_lines_only) {
  auto content = read(line(1) + line(2), 2, false);
  content.admit(2);
  const auto share = content.next_share(256);
  BOOST_REQUIRE_EQUAL(share.size(), 1u);
  BOOST_TEST((share[0].rows.size() == 2u && share[0].rows[1].user.empty()));
}

BOOST_AUTO_TEST_CASE(a_result_is_one_line) {
  std::string out;
  storage::row_result row{1, row_status::created, errc::none, true, {{1}}, 9};
  append_result(out, row, 5, 1, keys);
  const auto id = keys.mapping_id({5, 1, row.key.value, 9});
  BOOST_TEST(out ==
             R"({"line":1,"status":"created","mapping_id":")" + id + "\",\"problem\":null}\n");
  out.clear();
  append_result(out, {2, row_status::rejected, errc::identifier_invalid, false, {}, 0}, 0, 0, keys);
  BOOST_TEST(out ==
             R"({"line":2,"status":"rejected","mapping_id":null,"problem":"identifier-invalid"})"
             "\n");
}

BOOST_AUTO_TEST_SUITE_END()
