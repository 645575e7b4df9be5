// What a provider does with what it remembers, errand by errand.
#include "load/provider_book.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "load/json_text.hpp"
#include "load/names.hpp"

using namespace glados::load;
using glados::workload::action;

namespace {

constexpr std::uint64_t first = 4915180000000;

struct provider {
  provider_book book{first, 10, true};
  glados::workload::model by{traffic(), glados::workload::draw(5, "test")};

  static glados::workload::traffic traffic() {
    glados::workload::traffic out;
    out.identifiers = 10;
    out.contested = 50;
    return out;
  }

  errand begin(action what) {
    auto about = book.next(what, by);
    BOOST_REQUIRE(about.has_value());
    return errand(std::move(*about));
  }
  errand::next tell(errand& doing, int status, const std::string& body = {}) {
    const auto then = doing.answered(status, body);
    book.note(doing);
    return then;
  }
  /// A user who proves a number without a mistake.
  void prove(const std::string& mapping, bool contested) {
    order about;
    about.what = purpose::verify;
    about.number = first;
    errand doing(about);
    tell(doing, 202, R"({"id":"v1"})");
    doing.code_came("123456");
    BOOST_TEST((tell(doing, 200,
                     R"({"id":"v1","mapping":{"id":")" + mapping + R"("},"conflict":)" +
                         (contested ? R"({"existing":[]})" : "null") + "}") == errand::next::over));
  }
};

std::string page_of(const std::string& change, const std::string& user, bool restorable,
                    const std::string& next) {
  return R"({"events":[{"type":"mapping.removed","data":{"change_id":")" + change +
         R"(","user_id":")" + user + R"(","restore_until":)" +
         (restorable ? R"("2026-12-01T00:00:00.000Z")" : "null") + R"(}}],"next":")" + next +
         R"("})";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(load_provider_book, provider)

BOOST_AUTO_TEST_CASE(openings_are_about_the_identifiers_of_the_scenario) {
  std::set<std::uint64_t> numbers;
  std::set<unsigned> users;
  std::set<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    const auto doing = begin(action::opening);
    BOOST_TEST((doing.now() == operation::open));
    numbers.insert(doing.number());
    users.insert(doing.about().user);
    keys.insert(doing.about().key);
  }
  BOOST_TEST(*numbers.begin() == first);
  BOOST_TEST(*numbers.rbegin() == first + 9);
  BOOST_TEST(users.size() == 2u);
  BOOST_TEST(keys.size() == 200u);
}

BOOST_AUTO_TEST_CASE(only_a_proof_that_found_others_is_decided_and_once) {
  BOOST_TEST(!book.next(action::decision, by).has_value());
  prove("m1", false);
  BOOST_TEST(!book.next(action::decision, by).has_value());
  prove("m2", true);
  auto doing = begin(action::decision);
  BOOST_TEST((doing.now() == operation::decide));
  BOOST_TEST(doing.subject() == "m2");
  BOOST_TEST((doing.about().how == "replace" || doing.about().how == "prefer" ||
              doing.about().how == "keep"));
  BOOST_TEST(!doing.about().key.empty());
  BOOST_TEST((tell(doing, 200) == errand::next::over));
  BOOST_TEST(!book.next(action::decision, by).has_value());
  prove("m2", true);  // proven again, the conflict is shown anew
  BOOST_TEST(begin(action::decision).subject() == "m2");
}

BOOST_AUTO_TEST_CASE(what_was_proven_can_be_removed_once) {
  BOOST_TEST(!book.next(action::removal, by).has_value());
  prove("m1", false);
  prove("m1", false);
  auto doing = begin(action::removal);
  BOOST_TEST((doing.now() == operation::remove));
  BOOST_TEST(doing.subject() == "m1");
  BOOST_TEST((tell(doing, 204) == errand::next::over));
  BOOST_TEST(!book.next(action::removal, by).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_notice_says_is_lost_is_proven_anew_once) {
  auto doing = begin(action::restore);
  BOOST_TEST((doing.now() == operation::events));
  BOOST_TEST(doing.subject().empty());
  BOOST_TEST((tell(doing, 200) == errand::next::await_notice));
  const auto page = page_of("c1", user_of(first + 3, 1), true, "n1");
  const auto chosen = book.choose(doing, page, by);
  BOOST_REQUIRE(chosen.has_value());
  BOOST_TEST((doing.notice_chosen(chosen) == errand::next::send));
  BOOST_TEST((doing.now() == operation::restore));
  BOOST_TEST(doing.subject() == "c1");
  BOOST_TEST(doing.number() == first + 3);
  BOOST_TEST(doing.about().user == 1u);
  auto later = begin(action::restore);
  BOOST_TEST(later.subject() == "n1");
  tell(later, 200);
  BOOST_TEST(!book.choose(later, R"({"events":[],"next":"n1"})", by).has_value());
  BOOST_TEST((later.notice_chosen({}) == errand::next::over));
}

BOOST_AUTO_TEST_CASE(a_change_is_reported_once_though_two_errands_read_of_it) {
  auto one = begin(action::report), other = begin(action::report);
  tell(one, 200);
  tell(other, 200);
  const auto page = page_of("c1", user_of(first), false, "n1");
  const auto chosen = book.choose(one, page, by);
  BOOST_REQUIRE(chosen.has_value());
  BOOST_TEST((one.notice_chosen(chosen) == errand::next::send));
  BOOST_TEST((one.now() == operation::report));
  BOOST_TEST((tell(one, 202) == errand::next::over));
  BOOST_TEST(!book.choose(other, page, by).has_value());
}

BOOST_AUTO_TEST_CASE(notices_of_others_are_left_alone) {
  for (const auto& user : {user_of(first - 1), user_of(first + 10), std::string("jdrosen2")}) {
    auto doing = begin(action::report);
    tell(doing, 200);
    BOOST_TEST(!book.choose(doing, page_of("c", user, true, "n" + user), by).has_value(), user);
  }
}

BOOST_AUTO_TEST_CASE(who_guesses_tries_codes_of_a_verification_that_is_open) {
  BOOST_TEST((begin(action::guess).now() == operation::open));  // there is none: its own
  order about;
  about.what = purpose::verify;
  about.number = first + 4;
  about.user = 1;
  errand opened(about);
  tell(opened, 202, R"({"id":"v7"})");
  auto doing = begin(action::guess);
  BOOST_TEST((doing.now() == operation::check));
  BOOST_TEST(doing.verification() == "v7");
  BOOST_TEST(doing.number() == first + 4);
  BOOST_TEST(doing.about().user == 1u);
  unsigned tries = 1;
  while (tell(doing, 422) == errand::next::send) ++tries;
  BOOST_TEST(tries == doing.about().guesses);
  BOOST_TEST(tries >= 2u);
  BOOST_TEST(tries <= 9u);
}

BOOST_AUTO_TEST_CASE(an_opening_of_unknown_outcome_is_repeated_under_its_key) {
  BOOST_TEST(!book.next(action::repeat, by).has_value());
  auto lost = begin(action::opening);
  book.note_lost(lost);
  BOOST_TEST(begin(action::repeat).about().key == lost.about().key);
  for (const int status : {503, 500}) {
    auto doing = begin(action::opening);
    tell(doing, status, R"({"type":"urn:glados:problem:outcome-unknown"})");
    auto again = begin(action::repeat);
    BOOST_TEST(again.about().key == doing.about().key);
    BOOST_TEST(again.number() == doing.number());
  }
  auto refused = begin(action::opening);
  tell(refused, 503, R"({"type":"urn:glados:problem:overloaded"})");
  BOOST_TEST(!book.next(action::repeat, by).has_value());
}

BOOST_AUTO_TEST_CASE(tokens_are_issued_then_used_and_revoked) {
  auto doing = begin(action::token);
  BOOST_TEST((doing.now() == operation::issue_token));
  BOOST_TEST((tell(doing, 200, R"({"access_token":"t1"})") == errand::next::over));
  std::set<operation> seen;
  for (int i = 0; i < 100; ++i) {
    const auto next = begin(action::token);
    seen.insert(next.now());
    if (next.now() != operation::issue_token)
      BOOST_TEST(next.subject() == "t1");
  }
  BOOST_TEST(seen.size() == 3u);
  provider_book no_secret(first, 10, false);
  BOOST_TEST(!no_secret.next(action::token, by).has_value());
}

BOOST_AUTO_TEST_CASE(a_row_is_a_job_with_one_part) {
  auto doing = begin(action::row);
  BOOST_TEST((doing.now() == operation::open_job));
  BOOST_TEST((doing.about().how == "skip" || doing.about().how == "contest"));
  BOOST_TEST((tell(doing, 201, R"({"id":"j1"})") == errand::next::send));
  BOOST_TEST((doing.now() == operation::put_part));
  BOOST_TEST(doing.subject() == "j1");
  BOOST_TEST((tell(doing, 200) == errand::next::send));
  BOOST_TEST((doing.now() == operation::complete_job));
  BOOST_TEST((tell(doing, 202) == errand::next::over));
  auto refused = begin(action::row);
  BOOST_TEST((tell(refused, 403) == errand::next::over));
}

BOOST_AUTO_TEST_CASE(only_the_newest_thousand_are_kept) {
  for (int i = 0; i < 1'001; ++i) prove("m" + std::to_string(i), false);
  std::set<std::string> removed;
  while (auto about = book.next(action::removal, by)) removed.insert(about->subject);
  BOOST_TEST(removed.size() == 1'000u);
  BOOST_TEST(!removed.contains("m0"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_users)

BOOST_AUTO_TEST_CASE(a_user_is_found_in_the_name_that_it_was_given) {
  for (const unsigned user : {0u, 1u, 17u})
    BOOST_TEST((owner_in(user_of(first, user)) == std::pair<std::uint64_t, unsigned>(first, user)));
  for (const char* other : {"", "jdrosen2", "load-user-", "load-user-x", "load-user-1-",
                            "load-user-1-x", "load-user-1-2-3", "load-user--1"})
    BOOST_TEST(!owner_in(other).has_value(), other);
}

BOOST_AUTO_TEST_CASE(whoever_mistypes_tries_again_or_not) {
  for (const bool again : {true, false}) {
    order about;
    about.what = purpose::verify;
    about.habits = {false, true, again};
    errand doing(about);
    doing.answered(202, R"({"id":"v1"})");
    BOOST_TEST((doing.code_came("123459") == errand::next::type));
    BOOST_TEST(doing.code() == "123450");
    BOOST_TEST((doing.answered(422, "") == (again ? errand::next::type : errand::next::over)));
    if (!again)
      continue;
    BOOST_TEST(doing.code() == "123459");
    BOOST_TEST((doing.answered(422, "") == errand::next::over));  // not for a second time
  }
}

BOOST_AUTO_TEST_CASE(a_check_is_made_again_while_the_service_fails_three_times) {
  order about;
  about.what = purpose::verify;
  about.habits.tries_again = true;
  errand doing(about);
  doing.answered(202, R"({"id":"v1"})");
  doing.code_came("123456");
  for (int i = 0; i < 3; ++i) BOOST_TEST((doing.answered(503, "") == errand::next::type));
  BOOST_TEST((doing.answered(503, "") == errand::next::over));
}

BOOST_AUTO_TEST_CASE(whoever_loses_interest_never_checks) {
  order about;
  about.what = purpose::verify;
  about.habits.loses_interest = true;
  errand doing(about);
  BOOST_TEST((doing.answered(202, R"({"id":"v1"})") == errand::next::over));
}

BOOST_AUTO_TEST_CASE(a_code_is_that_of_the_providers_own_message) {
  const auto* all =
      R"({"messages":[{"code":"1","provider_id":"a"},{"code":"2","provider_id":"b"}]})";
  BOOST_TEST(newest_code(all, "a") == "1");
  BOOST_TEST(newest_code(all, "b") == "2");
  BOOST_TEST(newest_code(all) == "2");
  BOOST_TEST(newest_code(all, "c").empty());
}

BOOST_AUTO_TEST_CASE(of_a_page_of_notices_those_about_mappings_are_read) {
  const auto found =
      changes_in(R"({"events":[{"type":"webhook.test","data":{}},{"type":"x"},7,)"
                 R"({"data":{"change_id":"c","user_id":"u","restore_until":"t"}}],"next":"n"})");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].change == "c");
  BOOST_TEST(found[0].user == "u");
  BOOST_TEST(found[0].restorable);
  for (const char* bad : {"", "[]", "{}", R"({"events":7})"}) BOOST_TEST(changes_in(bad).empty());
}

BOOST_AUTO_TEST_SUITE_END()
