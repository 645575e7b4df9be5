// What users and providers do at GLADOS, and how often.
#include "load/errand.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "load/json_text.hpp"
#include "load/misbehaviour.hpp"
#include "load/series.hpp"

using namespace glados::load;

namespace {

const std::string opened = R"({"id":"v1","state":"pending"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(load_errands)

BOOST_AUTO_TEST_CASE(a_proof_is_opened_waits_for_its_code_and_is_checked) {
  errand one(purpose::verify, 4915100000000);
  BOOST_TEST((one.now() == operation::open));
  BOOST_TEST(one.reads_body());
  BOOST_TEST((one.answered(202, opened) == errand::next::await_code));
  BOOST_TEST((one.code_came("123456") == errand::next::type));
  BOOST_TEST((one.now() == operation::check));
  BOOST_TEST(one.verification() == "v1");
  BOOST_TEST(one.code() == "123456");
  BOOST_TEST((one.answered(200, "") == errand::next::over));
}

BOOST_AUTO_TEST_CASE(a_proof_ends_where_it_is_refused) {
  for (const int status : {429, 503, 202}) {
    errand one(purpose::verify, 1);
    BOOST_TEST((one.answered(status, status == 202 ? "{}" : opened) == errand::next::over));
  }
  errand without_code(purpose::verify, 1);
  BOOST_TEST((without_code.answered(202, opened) == errand::next::await_code));
  BOOST_TEST((without_code.code_came("") == errand::next::over));
}

BOOST_AUTO_TEST_CASE(who_guesses_tries_five_different_codes_and_no_more) {
  errand one(purpose::guess, 4915100000007);
  BOOST_TEST((one.answered(202, opened) == errand::next::send));
  std::set<std::string> tried;
  for (int i = 1; i <= 5; ++i) {
    BOOST_TEST((one.now() == operation::check));
    BOOST_TEST(one.code().size() == 6u);
    tried.insert(one.code());
    BOOST_TEST((one.answered(422, "") == (i < 5 ? errand::next::send : errand::next::over)));
  }
  BOOST_TEST(tried.size() == 5u);
}

BOOST_AUTO_TEST_CASE(who_guesses_stops_when_it_is_told_to) {
  errand one(purpose::guess, 7);
  one.answered(202, opened);
  BOOST_TEST((one.answered(429, "") == errand::next::over));
}

BOOST_AUTO_TEST_CASE(one_call_is_all_of_the_others) {
  for (const auto what : {purpose::request, purpose::lookup, purpose::find, purpose::quota}) {
    errand one(what, 5);
    BOOST_TEST(!one.reads_body());
    BOOST_TEST((one.answered(200, "") == errand::next::over));
  }
}

BOOST_AUTO_TEST_CASE(a_mix_picks_by_weight) {
  const auto mix = *purpose_mix::parse("lookup=6,verify=1.5,quota=2.5");
  int lookups = 0, proofs = 0, others = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto what = mix.pick(i / 1000.0);
    lookups += what == purpose::lookup;
    proofs += what == purpose::verify;
    others += what == purpose::quota;
  }
  BOOST_TEST(lookups == 600);
  BOOST_TEST(proofs == 150);
  BOOST_TEST(others == 250);
  BOOST_TEST((mix.pick(0.9999999999999999) == purpose::verify ||
              mix.pick(0.9999999999999999) == purpose::quota));
  BOOST_TEST(!mix.only().has_value());
  BOOST_TEST((purpose_mix::parse("find=1,quota=0")->only() == purpose::find));
}

BOOST_AUTO_TEST_CASE(only_whole_mixes_are_taken) {
  for (const char* bad :
       {"", "lookup", "lookup=", "lookup=-1", "lookup=0", "lookup=1,", ",lookup=1", "lookups=1",
        "guess=1", "lookup=1 ", "lookup=nan", "lookup=1e10"})
    BOOST_TEST(!purpose_mix::parse(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(misbehaviour_is_counted_by_kind) {
  const auto found = *parse_misbehaviour("junk=5,scrape=1,slow-reader=10000");
  BOOST_TEST(found[static_cast<std::size_t>(misbehaviour::junk)] == 5u);
  BOOST_TEST(found[static_cast<std::size_t>(misbehaviour::scrape)] == 1u);
  BOOST_TEST(found[static_cast<std::size_t>(misbehaviour::slow_reader)] == 10'000u);
  BOOST_TEST(found[static_cast<std::size_t>(misbehaviour::reset)] == 0u);
  for (const char* bad : {"", "junk", "junk=", "junk=-1", "junk=10001", "junk=1,", "jun=1",
                          "junk=1,,reset=1", "junk=1.5"})
    BOOST_TEST(!parse_misbehaviour(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_answers)

BOOST_AUTO_TEST_CASE(members_are_read_and_nothing_else_is_taken_for_them) {
  BOOST_TEST(json_member(R"({"id":"a","n":7})", "id") == "a");
  BOOST_TEST(json_number(R"({"id":"a","n":7})", "n") == 7u);
  for (const char* bad : {"", "[]", "{", R"({"id":7})", R"({"other":"a"})", "\"id\""})
    BOOST_TEST(json_member(bad, "id").empty(), bad);
  BOOST_TEST(json_number(R"({"n":"7"})", "n") == 0u);
}

BOOST_AUTO_TEST_CASE(the_newest_code_is_the_last) {
  BOOST_TEST(newest_code(R"({"messages":[{"code":"111111"},{"code":"222222"}]})") == "222222");
  for (const char* none : {R"({"messages":[]})", "{}", R"({"messages":[7]})", R"({"messages":{}})"})
    BOOST_TEST(newest_code(none).empty(), none);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_series)

BOOST_AUTO_TEST_CASE(answers_are_good_refused_or_failed) {
  for (const int good : {200, 202, 204, 304, 404}) BOOST_TEST((verdict_of(good) == verdict::good));
  for (const int bad : {400, 401, 422, 429}) BOOST_TEST((verdict_of(bad) == verdict::refused));
  for (const int bad : {500, 503}) BOOST_TEST((verdict_of(bad) == verdict::failed));
}

BOOST_AUTO_TEST_CASE(parts_of_a_second_come_together_whatever_their_order) {
  interval_series all;
  interval a, b;
  a.add(verdict::good, 1'000'000);
  b.add(verdict::failed, 9'000'000);
  all.add(3, a);
  all.add(0, b);
  all.add(3, b);
  BOOST_TEST(all.width() == 1u);
  BOOST_TEST(all.rows().size() == 4u);
  BOOST_TEST(all.rows()[3].good == 1u);
  BOOST_TEST(all.rows()[3].failed == 1u);
  BOOST_TEST(all.rows()[3].latency.count() == 2u);
  BOOST_TEST(all.rows()[0].failed == 1u);
  BOOST_TEST(all.rows()[1].all() == 0u);
}

BOOST_AUTO_TEST_CASE(a_long_run_gets_wider_rows_and_loses_nothing) {
  interval_series all;
  interval one;
  one.add(verdict::good, 5'000);
  constexpr std::uint64_t seconds = 5'001;
  for (std::uint64_t i = 0; i < seconds; ++i) all.add(i, one);
  BOOST_TEST(all.width() == 8u);
  BOOST_TEST(all.rows().size() == (seconds + 7) / 8);
  for (std::size_t i = 0; i + 1 < all.rows().size(); ++i) BOOST_TEST(all.rows()[i].good == 8u);
  BOOST_TEST(all.rows().back().good == seconds % 8);
  all.add(10, one);
  BOOST_TEST(all.rows()[1].good == 9u);
}

BOOST_AUTO_TEST_CASE(the_edge_of_rows_is_where_it_says) {
  interval_series all;
  interval one;
  one.add(verdict::good, 1);
  all.add(interval_series::most_rows - 1, one);
  BOOST_TEST(all.width() == 1u);
  all.add(interval_series::most_rows, one);
  BOOST_TEST(all.width() == 2u);
  BOOST_TEST(all.rows().size() == interval_series::most_rows / 2 + 1);
}

BOOST_AUTO_TEST_SUITE_END()
