#include "domain/bulk.hpp"

#include <boost/test/unit_test.hpp>

#include "domain/mapping.hpp"

namespace glados {

using namespace std::chrono_literals;

namespace {

constexpr instant start{1'800'000'000'000'000};
constexpr auto window = 15min;

assertion row(const std::string& provider, const std::string& user, std::uint32_t line,
              std::uint32_t salt = 7) {
  return {provider, user, salt, {42, 3, line, false}};
}

/// A record with claims of these rows, each a minute after the other.
directory_record holding(const std::vector<assertion>& rows) {
  directory_record out;
  auto at = start;
  for (const auto& one : rows) {
    out = assert_claim(out, one, conflict_rule::contest, at).next;
    at = at + 1min;
  }
  return out;
}

std::int32_t counted(const std::vector<user_count_change>& changes, std::string_view provider,
                     proof_method how) {
  std::int32_t sum = 0;
  for (const auto& change : changes)
    if (change.provider_id == provider && change.method == how)
      sum += change.delta;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bulk)

BOOST_AUTO_TEST_CASE(a_first_assertion_is_created_and_preferred) {
  const auto made = assert_claim({}, row("alpha", "ann", 1), conflict_rule::skip, start);
  BOOST_TEST((made.status == row_status::created && made.changed && made.has_claim));
  BOOST_REQUIRE_EQUAL(made.next.mappings.size(), 1u);
  const auto& claim = made.next.mappings[0];
  BOOST_TEST((claim.preferred && claim.salt == 7u && claim.user == "ann"));
  BOOST_TEST((claim.method == proof_method::asserted && claim.verified_at == start));
  BOOST_TEST((claim.origin == bulk_origin{42, 3, 1, false}));
  BOOST_TEST(counted(made.counts, "alpha", proof_method::asserted) == 1);
}

BOOST_AUTO_TEST_CASE(the_same_row_again_says_the_same_and_changes_nothing) {
  const auto record = holding({row("alpha", "ann", 1), row("beta", "bob", 1)});
  const auto created =
      assert_claim(record, row("alpha", "ann", 1, 99), conflict_rule::skip, start + 1h);
  BOOST_TEST((created.status == row_status::created && !created.changed && created.salt == 7u));
  const auto contested =
      assert_claim(record, row("beta", "bob", 1, 99), conflict_rule::contest, start + 1h);
  BOOST_TEST((contested.status == row_status::conflict && !contested.changed));
  BOOST_TEST((contested.has_claim && contested.salt == 8u));  // 7 was taken
}

BOOST_AUTO_TEST_CASE(another_row_for_an_own_claim_is_unchanged) {
  const auto record = holding({row("alpha", "ann", 1)});
  for (const auto& other : {row("alpha", "ann", 2), row("alpha", "amy", 2)}) {
    const auto made = assert_claim(record, other, conflict_rule::contest, start + 1h);
    BOOST_TEST((made.status == row_status::unchanged && !made.changed && made.salt == 7u));
  }
}

BOOST_AUTO_TEST_CASE(skip_stores_nothing_where_another_provider_holds) {
  const auto record = holding({row("alpha", "ann", 1)});
  const auto made = assert_claim(record, row("beta", "bob", 1), conflict_rule::skip, start);
  BOOST_TEST((made.status == row_status::conflict && !made.changed && !made.has_claim));
}

BOOST_AUTO_TEST_CASE(contest_stores_a_claim_without_preference) {
  const auto record = holding({row("alpha", "ann", 1)});
  const auto made = assert_claim(record, row("beta", "bob", 1), conflict_rule::contest, start);
  BOOST_TEST((made.status == row_status::conflict && made.changed && made.has_claim));
  BOOST_TEST(preferred_of(made.next)->provider_id == "alpha");
  BOOST_TEST(made.next.mappings[1].origin.contested);
}

BOOST_AUTO_TEST_CASE(an_undecided_claim_of_another_holds_the_identifier_too) {
  auto record = holding({row("alpha", "ann", 1)});
  record = apply_proof(record, {"beta", "bob", proof_method::sms, 2}, start, window).next;
  record = remove_claim(record, "alpha", 7, {}, start + 1min).next;
  const auto made = assert_claim(record, row("gamma", "gus", 1), conflict_rule::contest, start);
  BOOST_TEST((made.status == row_status::conflict));
  auto later = made.next;
  std::vector<user_count_change> counts;
  settle(later, start + 1h, counts);
  BOOST_TEST(preferred_of(later)->provider_id == "beta");
}

BOOST_AUTO_TEST_CASE(among_assertions_the_oldest_is_preferred_also_after_a_removal) {
  auto record = holding({row("alpha", "ann", 1), row("beta", "bob", 1), row("gamma", "gus", 1)});
  BOOST_TEST(preferred_of(record)->provider_id == "alpha");
  record = retract_claim(record, "alpha", 42, 7, start + 1h).next;
  BOOST_TEST(preferred_of(record)->provider_id == "beta");
}

BOOST_AUTO_TEST_CASE(a_proof_of_the_preferred_assertion_upgrades_it) {
  const auto made = apply_proof(holding({row("alpha", "ann", 1)}),
                                {"alpha", "ann", proof_method::sms, 5}, start + 1h, window);
  const auto& claim = made.next.mappings.at(0);
  BOOST_TEST((claim.method == proof_method::sms && claim.preferred && claim.salt == 7u));
  BOOST_TEST((claim.origin == bulk_origin{}));
  BOOST_TEST(made.view.existing.empty());
}

BOOST_AUTO_TEST_CASE(a_proof_of_an_assertion_behind_another_is_the_users_decision) {
  const auto record = holding({row("alpha", "ann", 1), row("beta", "bob", 1)});
  const auto made = apply_proof(record, {"beta", "bob", proof_method::sms, 5}, start + 1h, window);
  BOOST_TEST(made.view.salt == 8u);
  BOOST_TEST(made.view.existing.size() == 1u);
  BOOST_TEST(preferred_of(made.next)->provider_id == "alpha");
  BOOST_TEST(counted(made.counts, "beta", proof_method::asserted) == -1);
  const auto chosen = decide(made.next, "beta", 8, decision::prefer, start + 1h + 1min);
  BOOST_TEST((chosen.code == errc::none));
  BOOST_TEST(preferred_of(chosen.next)->provider_id == "beta");
  auto silent = made.next;
  std::vector<user_count_change> counts;
  settle(silent, start + 2h, counts);
  BOOST_TEST(preferred_of(silent)->provider_id == "alpha");
  BOOST_TEST(counted(counts, "beta", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(a_proof_of_an_assertion_ends_the_providers_undecided_claim) {
  auto record = holding({row("alpha", "ann", 1), row("beta", "bob", 1)});
  record = apply_proof(record, {"beta", "ben", proof_method::sms, 5}, start, window).next;
  BOOST_TEST(record.mappings.size() == 3u);
  record = apply_proof(record, {"beta", "bob", proof_method::sms, 6}, start + 1min, window).next;
  BOOST_REQUIRE_EQUAL(record.mappings.size(), 2u);
  BOOST_TEST(record.mappings[1].user == "bob");
}

BOOST_AUTO_TEST_CASE(a_retraction_takes_back_what_the_job_made_and_nothing_else) {
  const auto record = holding({row("alpha", "ann", 1), row("beta", "bob", 1)});
  BOOST_TEST(!retract_claim(record, "alpha", 43, 7, start).changed);
  BOOST_TEST(!retract_claim(record, "beta", 42, 7, start).changed);
  BOOST_TEST(!retract_claim(record, "alpha", 42, 9, start).changed);
  BOOST_TEST(!retract_claim(record, "alpha", 0, 7, start).changed);
  const auto gone = retract_claim(record, "alpha", 42, 7, start + 1h);
  BOOST_TEST(gone.changed);
  BOOST_TEST(counted(gone.counts, "alpha", proof_method::asserted) == -1);
  const auto proven =
      apply_proof(record, {"alpha", "ann", proof_method::sms, 5}, start + 1h, window).next;
  BOOST_TEST(!retract_claim(proven, "alpha", 42, 7, start + 2h).changed);
}

BOOST_AUTO_TEST_CASE(lines_end_as_they_like) {
  std::string_view text = "a\nb\r\n\nd";
  for (const auto* wanted : {"a", "b", "", "d"}) BOOST_TEST(take_line(text) == wanted);
  BOOST_TEST(text.empty());
}

BOOST_AUTO_TEST_CASE(a_plain_row_is_read_without_a_parser) {
  for (const auto* line :
       {R"({"sii":"tel:+1","user_id":"a b"})", R"({"user_id":"a b","sii":"tel:+1"})",
        " { \"sii\" : \"tel:+1\" ,\t\"user_id\":\"a b\" } "}) {
    const auto row = read_plain_row(line);
    BOOST_REQUIRE(row);
    BOOST_TEST(row->sii == "tel:+1");
    BOOST_TEST(row->user_id == "a b");
  }
  for (const auto* line :
       {"", "{}", R"({"sii":"a"})", R"({"sii":"a","sii":"b"})", R"({"sii":"a","user_id":"\u0041"})",
        R"({"sii":"a","user_id":1})", R"({"sii":"a","user_id":"b"}x)",
        R"({"sii":"a","user_id":"b","c":"d"})", R"({"sii":"a","user_id":"b)",
        R"({"sii":"a" "user_id":"b"})", "{\"sii\":\"a\",\"user_id\":\"\x01\"}"})
    BOOST_TEST(!read_plain_row(line), line);
}

BOOST_AUTO_TEST_CASE(ids_of_jobs_and_parts_have_one_spelling) {
  const auto id = job_id("alpha-2", 0xFEDCBA9876543210);
  BOOST_TEST(id == "jfedcba9876543210.alpha-2");
  const auto name = parse_job_id(id);
  BOOST_REQUIRE(name);
  BOOST_TEST((name->provider_id == "alpha-2" && name->number == 0xFEDCBA9876543210));
  for (const auto* wrong :
       {"", "j", "jfedcba9876543210.", "jFEDCBA9876543210.alpha-2", "kfedcba9876543210.alpha-2",
        "jfedcba987654321.alpha-2", "jfedcba9876543210xalpha-2"})
    BOOST_TEST(!parse_job_id(wrong), wrong);
  BOOST_TEST(*parse_part("0") == 0u);
  BOOST_TEST(*parse_part("999999") == 999'999u);
  for (const auto* wrong : {"", "01", "-1", "1000000", "1x", " 1", "99999999999"})
    BOOST_TEST(!parse_part(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(names_are_read_as_they_are_written) {
  for (const auto rule : {conflict_rule::skip, conflict_rule::contest})
    BOOST_TEST((parse_conflict_rule(to_string(rule)) == rule));
  for (const auto state : {bulk_state::open, bulk_state::running, bulk_state::completed,
                           bulk_state::cancelled, bulk_state::failed})
    BOOST_TEST((parse_bulk_state(to_string(state)) == state));
  BOOST_TEST(!parse_conflict_rule("replace"));
  BOOST_TEST(to_string(row_status::rejected) == "rejected");
}

BOOST_AUTO_TEST_CASE(one_in_a_thousand_is_sampled) {
  int sampled = 0;
  for (std::uint32_t number = 0; number < 20'000; ++number) {
    sii_key key;
    for (std::size_t i = 12; i < 16; ++i)
      key.value[i] = static_cast<std::uint8_t>(number >> (8 * (15 - i)));
    sampled += is_sampled(key);
  }
  BOOST_TEST(sampled == 20);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados
