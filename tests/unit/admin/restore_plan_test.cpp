// What a restore would write: the back-up, and over it what the change log says, if both are of one
// directory and nothing lies between them.
#include "admin/restore_plan.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "../crypto/seeded_random.hpp"
#include "crypto/encoding.hpp"
#include "need_stop.hpp"
#include "scripted.hpp"

using namespace glados;
using namespace glados::admin;
using glados::admin::test::folder;
using glados::admin::test::need_stop;
using kind = storage::registry_record::kind;

namespace {

constexpr std::uint64_t taken_at = 1'000;  ///< the version of every shard's snapshot

sii_key key_of(std::uint8_t who, std::uint8_t layers = 1) { return {bytes16{who, layers}, layers}; }

storage::kept_row row_of(std::uint8_t who, std::uint64_t version, const std::string& provider,
                         std::uint8_t layers = 1) {
  directory_record record{key_of(who, layers), version, {}};
  if (!provider.empty()) {
    mapping claim;
    claim.provider_id = provider;
    claim.user = "sealed-" + std::to_string(layers);
    record.mappings.push_back(claim);
  }
  return storage::row_of(record);
}

storage::logged_change log_of(std::uint64_t number, shard_id shard, const storage::kept_row& row) {
  storage::taken_change change;
  change.shard = shard;
  change.row = row;
  return {number, {}, storage::encode(change)};
}

storage::logged_change log_of(std::uint64_t number, const storage::registry_record& record) {
  storage::taken_change change;
  change.what = storage::taken_change::kind::record;
  change.record = record;
  return {number, {}, storage::encode(change)};
}

storage::logged_change log_of(std::uint64_t number, const standing_note& note) {
  storage::taken_change change;
  change.what = storage::taken_change::kind::note;
  change.note = note;
  return {number, {}, storage::encode(change)};
}

/// Links `from` to `to` of a chain; those of another `life` have other hashes.
std::vector<storage::audit_entry> links(std::uint8_t from, std::uint8_t to, std::uint8_t life = 0) {
  std::vector<storage::audit_entry> out;
  for (auto at = from; at <= to; ++at) {
    storage::audit_entry link{at, {}, {}, "{}"};
    if (at > 1)
      link.previous = {static_cast<std::uint8_t>(at - 1), life};
    link.hash = {at, life};
    out.push_back(link);
  }
  return out;
}

value checks(int keys) {
  auto out = value::list();
  for (int i = 1; i <= keys; ++i) out.add("check-" + std::to_string(i));
  return out;
}

/// A back-up of two shards with rows, begun with record 2 of the audit behind change 5; and a log.
struct files {
  files() : key(made_key()) {}

  static crypto::secret32 made_key() {
    crypto::secret32 out;
    for (auto& byte : out.writable()) byte = 7;
    return out;
  }

  void write_backup() {
    crypto::test::seeded_random random(1);
    backup_writer to(at.at("b"), file_kind::backup, key, random);
    auto facts = value::object();
    facts.put("changes", 5).put("audit", 2).put("names", 1);
    facts.put("audit_hash", crypto::hex(links(2, 2)[0].hash));
    facts.put("index_checks", checks(1)).put("seal_checks", checks(1));
    to.put(part_type::facts, facts.json());
    for (shard_id shard = 0; shard < shard_count; ++shard) {
      shard_mark mark{shard, 1, taken_at, 1, rows[shard].size()};
      to.put(part_type::begin, encode(mark));
      if (!rows[shard].empty())
        to.put(part_type::rows, encode(rows_part{shard, storage::encode_rows(rows[shard])}));
      to.put(part_type::end, encode(mark));
    }
    to.put(part_type::records, storage::encode_records(records));
    for (const auto& part : standings)
      to.put(part_type::standings, storage::encode_standings({part}));
    to.put(part_type::links, storage::encode_links(links(1, 3)));
    to.put(end_type, "{}");
  }

  void write_log(const std::vector<storage::logged_change>& entries, std::uint64_t from = 5,
                 const std::vector<storage::audit_entry>& chain = links(1, 4), int keys = 1) {
    std::filesystem::remove(at.at("l"));
    crypto::test::seeded_random random(2);
    backup_writer to(at.at("l"), file_kind::changes, key, random);
    to.put(part_type::facts, value::object().put("from", from).json());
    auto now = value::object();
    to.put(part_type::keys,
           now.put("index_checks", checks(keys)).put("seal_checks", checks(keys)).json());
    to.put(part_type::links, storage::encode_links(chain));
    to.put(part_type::log, storage::encode_log(entries));
  }

  restore_plan plan(const std::string& log = "l") const {
    return {at.at("b"), log.empty() ? log : at.at(log), key};
  }

  /// Whose each identifier is, shard by shard.
  static std::map<std::pair<shard_id, std::uint8_t>, std::string> owners(const restore_plan& of) {
    std::map<std::pair<shard_id, std::uint8_t>, std::string> out;
    std::size_t ended = 0;
    of.each_row(
        [&](shard_id shard, const storage::kept_row& row) {
          const auto record = storage::record_of(row).value();
          const auto fresh =
              out.emplace(std::pair{shard, row.key.value[0]}, record.mappings.at(0).provider_id);
          BOOST_TEST(fresh.second);
        },
        [&](const shard_mark&) { ++ended; });
    BOOST_TEST(ended == shard_count);
    return out;
  }

  folder at;
  const crypto::secret32 key;
  std::map<shard_id, std::vector<storage::kept_row>> rows;
  std::vector<storage::registry_record> records;
  std::vector<storage::kept_standing> standings;
};

using owners_map = std::map<std::pair<shard_id, std::uint8_t>, std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restore_plans, files)

BOOST_AUTO_TEST_CASE(what_the_log_took_away_stays_away) {
  rows[3] = {row_of(1, 900, "alpha"), row_of(2, 901, "alpha"), row_of(3, 902, "alpha")};
  rows[9] = {row_of(1, 903, "beta")};
  write_backup();
  write_log({log_of(6, 3, row_of(1, 1'001, "")),       // removed
             log_of(7, 3, row_of(2, 1'002, "thief")),  // replaced
             log_of(8, 3, row_of(2, 1'003, "other")),  // and again
             log_of(9, 9, row_of(1, 950, "")),         // of before the snapshot
             log_of(10, 9, row_of(7, 1'004, "late")),  // made and contested since
             log_of(11, 9, row_of(8, 1'005, ""))});    // made and removed since
  const auto made = plan();
  BOOST_TEST(made.changes() == 6u);
  BOOST_TEST(
      (owners(made) ==
       owners_map{{{3, 2}, "other"}, {{3, 3}, "alpha"}, {{9, 1}, "beta"}, {{9, 7}, "late"}}));
  BOOST_TEST(
      (owners(plan("")) ==
       owners_map{{{3, 1}, "alpha"}, {{3, 2}, "alpha"}, {{3, 3}, "alpha"}, {{9, 1}, "beta"}}));
}

BOOST_AUTO_TEST_CASE(of_a_record_the_youngest_state_stands_wherever_it_is) {
  // The registry is read at the end of a back-up: the log may say less than it.
  records = {{kind::provider, "alpha", 20, "suspended"}, {kind::provider, "beta", 10, "active"}};
  write_backup();
  write_log({log_of(6, {kind::provider, "alpha", 19, "active"}),
             log_of(7, {kind::provider, "beta", 11, "terminated"}),
             log_of(8, {kind::application, "gone", 12, ""})});
  std::map<std::string, std::string> found;
  for (const auto& one : plan().records()) found[one.id] = one.body;
  BOOST_TEST((found ==
              std::map<std::string, std::string>{{"alpha", "suspended"}, {"beta", "terminated"}}));
}

BOOST_AUTO_TEST_CASE(strikes_go_on_by_the_log) {
  strike one{"r1", strike_kind::restored, "c1", "alpha", {7}, 3, {{}, 1}};
  auto two = one, three = one, judged = one;
  two.id = "r2";
  three.id = "r3";
  judged.kind = strike_kind::upheld;
  standings = {{"thief", {{one}, {{19'000, 4}}}}, {"thief", {{two}, {{19'000, 5}}}}};
  write_backup();
  using note = standing_note::kind;
  write_log({log_of(6, {"thief", note::strike, {}, judged}),
             log_of(7, {"thief", note::strike, {}, one}),  // an operator's word stays
             log_of(8, {"thief", note::lifted, {}, two}),
             log_of(9, {"late", note::strike, {}, three})});
  const auto made = plan().standings();
  BOOST_REQUIRE(made.size() == 2u);
  BOOST_TEST(made[0].provider_id == "late");
  BOOST_REQUIRE(made[0].facts.strikes.size() == 1u);
  BOOST_TEST(made[0].facts.strikes[0].id == "r3");
  BOOST_REQUIRE(made[1].facts.strikes.size() == 1u);
  const auto& left = made[1].facts.strikes[0];
  BOOST_TEST((left.id == "r1" && left.kind == strike_kind::upheld && left.at == instant{7}));
  BOOST_TEST((left.change_id == "c1" && left.reporter == "alpha" && left.shard == 3));
  BOOST_TEST((made[1].facts.changes == std::map<std::int64_t, std::uint64_t>{{19'000, 5}}));
  BOOST_TEST(plan("").standings().size() == 1u);
}

BOOST_AUTO_TEST_CASE(many_strikes_of_one_go_in_parts) {
  strike one{"", strike_kind::restored, "c1", "alpha", {7}, 3, {{}, 1}};
  standings = {{"thief", {{}, {{19'000, 4}}}}};
  for (int i = 1000; i < 1250; ++i) {
    one.id = "r" + std::to_string(i);
    standings[0].facts.strikes.push_back(one);
  }
  write_backup();
  std::size_t strikes = 0, days = 0;
  const auto made = plan("").standings();
  for (const auto& part : made) {
    strikes += part.facts.strikes.size();
    days += part.facts.changes.size();
  }
  BOOST_TEST(made.size() == 3u);
  BOOST_TEST(strikes == 250u);
  BOOST_TEST(days == 1u);
}

BOOST_AUTO_TEST_CASE(a_log_of_another_directory_or_time_is_refused) {
  write_backup();
  write_log({}, 5, links(1, 1));
  need_stop(outcome::bad_line, "before the back-up begins", [&] { plan(); });
  write_log({}, 5, links(1, 3, 1));
  need_stop(outcome::bad_line, "another directory", [&] { plan(); });
  auto parted = links(1, 3);  // the same until the back-up, then restored from an older one
  const auto other = links(4, 5, 1);
  parted.insert(parted.end(), other.begin(), other.end());
  write_log({}, 5, parted);
  need_stop(outcome::untrue, "record 4 of the audit does not follow", [&] { plan(); });
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_found) {
  write_backup();
  write_log({}, 6);
  need_stop(outcome::bad_line, "what lies between is missing", [&] { plan(); });
  write_log({log_of(6, 1, row_of(1, 2'000, "")), log_of(8, 1, row_of(2, 2'000, ""))});
  need_stop(outcome::untrue, "lacks change 7", [&] { plan(); });
  crypto::test::seeded_random random(3);
  {
    backup_writer to(at.at("no-end"), file_kind::backup, key, random);
    to.put(part_type::facts, "{}");
  }
  need_stop(outcome::untrue, "not whole", [&] { restore_plan(at.at("no-end"), "", key); });
  {
    backup_writer to(at.at("no-shard"), file_kind::backup, key, random);
    to.put(part_type::facts, "{}");
    to.put(end_type, "{}");
  }
  need_stop(outcome::untrue, "lacks a shard", [&] { restore_plan(at.at("no-shard"), "", key); });
}

BOOST_AUTO_TEST_CASE(a_log_that_goes_past_a_rotation_is_brought_to_its_names) {
  rows[3] = {row_of(1, 900, "alpha"), row_of(2, 901, "alpha"), row_of(3, 902, "alpha")};
  write_backup();
  const std::vector<storage::logged_change> entries{log_of(6, 3, row_of(1, 1'001, "")),
                                                    log_of(7, 3, row_of(2, 1'002, "", 2)),
                                                    log_of(8, 3, row_of(1, 1'003, "back", 2))};
  write_log(entries);
  need_stop(outcome::untrue, "a key that they do not know", [&] { plan(); });
  write_log(entries, 5, links(1, 4), 2);
  auto made = plan();
  BOOST_TEST(made.names() == 2);
  BOOST_TEST(made.keys().at("index_checks").items().size() == 2u);
  std::size_t renamed = 0;
  made.use_names(2, [&](shard_id shard, std::vector<storage::kept_row> old) {
    BOOST_TEST(shard == 3);
    for (auto& row : old) {
      BOOST_TEST(row.key.layers == 1);
      row = row_of(row.key.value[0], row.version, row.body.empty() ? "" : "alpha", 2);
      ++renamed;
    }
    return old;
  });
  BOOST_TEST((owners(made) == owners_map{{{3, 1}, "back"}, {{3, 3}, "alpha"}}));
  BOOST_TEST(renamed == 4u);  // three rows, and the removal of before the rotation
}

BOOST_AUTO_TEST_SUITE_END()
