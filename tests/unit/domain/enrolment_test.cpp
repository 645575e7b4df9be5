#include "domain/enrolment.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

namespace {

application good_form() {
  application form;
  form.id = "app-1";
  form.provider_id = "alpha";
  form.name = "Alpha Chat";
  form.contact = "Ann Example, ann@example.org";
  form.website = "https://alpha.example";
  form.apps = {"Alpha for phones"};
  form.scopes = {"lookup", "map", "events"};
  return form;
}

void record_all(application& form, const std::string& by) {
  for (const auto check : enrolment_checks)
    BOOST_REQUIRE(record_check(form, check, {check_outcome::pass, "seen", "", by, {}}) ==
                  errc::none);
}

std::string pointer(const application& form) { return offending_member(form).value_or("none"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(enrolment)

BOOST_AUTO_TEST_CASE(names_go_both_ways) {
  for (const auto check : enrolment_checks)
    BOOST_TEST((parse_enrolment_check(to_string(check)) == check));
  for (const auto state :
       {application_state::submitted, application_state::approved, application_state::rejected})
    BOOST_TEST((parse_application_state(to_string(state)) == state));
  for (const auto role : {admin_role::viewer, admin_role::auditor, admin_role::operator_})
    BOOST_TEST((parse_admin_role(to_string(role)) == role));
  BOOST_TEST((parse_check_outcome("pass") == check_outcome::pass));
  BOOST_TEST((parse_check_outcome("fail") == check_outcome::fail));
  BOOST_TEST(!parse_check_outcome("maybe").has_value());
  BOOST_TEST(!parse_enrolment_check("Business").has_value());
  BOOST_TEST(!parse_admin_role("").has_value());
}

BOOST_AUTO_TEST_CASE(provider_ids) {
  for (const char* good : {"ab", "alpha", "a-1", "--", "0123456789abcdef0123456789abcdef"})
    BOOST_TEST(valid_provider_id(good));
  for (const char* bad : {"", "a", "Alpha", "a_b", "a b", "a.b", "\xC3\xA9\xC3\xA9",
                          "0123456789abcdef0123456789abcdef0"})
    BOOST_TEST(!valid_provider_id(bad));
}

BOOST_AUTO_TEST_CASE(provider_names_cannot_be_links) {
  for (const char* good : {"A", "Alpha Chat", "Chat 24", "12345678901234567890123456789012"})
    BOOST_TEST(valid_provider_name(good));
  for (const char* bad : {"", " ", " A", "A ", "alpha.com", "a/b", "A\nB", "Alph\xD0\xB0", "a-b",
                          "123456789012345678901234567890123"})
    BOOST_TEST(!valid_provider_name(bad));
}

BOOST_AUTO_TEST_CASE(the_first_offending_member_is_named) {
  BOOST_TEST(pointer(good_form()) == "none");
  const auto with = [](auto change) {
    application form = good_form();
    change(form);
    return pointer(form);
  };
  BOOST_TEST(with([](auto& f) { f.provider_id = "A"; }) == "/provider_id");
  BOOST_TEST(with([](auto& f) { f.name = "alpha.example"; }) == "/name");
  BOOST_TEST(with([](auto& f) { f.contact = ""; }) == "/contact");
  BOOST_TEST(with([](auto& f) { f.contact = std::string(257, 'c'); }) == "/contact");
  BOOST_TEST(with([](auto& f) { f.website = "https://a\r\nb"; }) == "/website");
  BOOST_TEST(with([](auto& f) { f.website = std::string(2001, 'w'); }) == "/website");
  BOOST_TEST(with([](auto& f) { f.apps.assign(33, "app"); }) == "/apps");
  BOOST_TEST(with([](auto& f) { f.apps.push_back(std::string(65, 'a')); }) == "/apps/1");
  BOOST_TEST(with([](auto& f) { f.apps.push_back(std::string(64, 'a')); }) == "none");
  BOOST_TEST(with([](auto& f) { f.scopes[1] = "admin"; }) == "/scopes/1");
  BOOST_TEST(with([](auto& f) { f.scopes.push_back("lookup"); }) == "/scopes/3");
  BOOST_TEST(with([](auto& f) { f.scopes.push_back("bulk"); }) == "none");
}

BOOST_AUTO_TEST_CASE(evidence_and_notes_are_bounded) {
  check_record step{check_outcome::pass, std::string(2000, 'e'), "line\nline", "ann", {}};
  BOOST_TEST(!offending_member(step).has_value());
  step.evidence += 'e';
  BOOST_TEST(offending_member(step).value() == "/evidence");
  step.evidence.clear();
  step.note = "\x01";
  BOOST_TEST(offending_member(step).value() == "/note");
}

BOOST_AUTO_TEST_CASE(bulk_is_never_granted_by_application) {
  application form = good_form();
  form.scopes = {"bulk", "lookup"};
  BOOST_TEST((granted_scopes(form) == std::vector<std::string>{"lookup"}));
}

BOOST_AUTO_TEST_CASE(approval_needs_all_five_checks_passed) {
  application form = good_form();
  BOOST_TEST((can_approve(form, "bob", true) == errc::checks_incomplete));
  for (std::size_t missing = 0; missing < enrolment_checks.size(); ++missing) {
    application lacking = good_form();
    record_all(lacking, "ann");
    lacking.checks.erase(enrolment_checks[missing]);
    BOOST_TEST((can_approve(lacking, "bob", true) == errc::checks_incomplete));
  }
  record_all(form, "ann");
  BOOST_TEST((can_approve(form, "bob", true) == errc::none));
}

BOOST_AUTO_TEST_CASE(a_later_check_supersedes) {
  application form = good_form();
  record_all(form, "ann");
  const auto spam = enrolment_check::spam;
  BOOST_TEST((record_check(form, spam, {check_outcome::fail, "", "", "ann", {}}) == errc::none));
  BOOST_TEST((can_approve(form, "bob", true) == errc::checks_incomplete));
  BOOST_TEST((record_check(form, spam, {check_outcome::pass, "", "", "ann", {}}) == errc::none));
  BOOST_TEST((can_approve(form, "bob", true) == errc::none));
  BOOST_TEST(form.checks.size() == 5u);
}

BOOST_AUTO_TEST_CASE(nobody_enrols_a_provider_alone) {
  application form = good_form();
  record_all(form, "ann");
  BOOST_TEST((can_approve(form, "ann", true) == errc::conflict));
  BOOST_TEST((can_approve(form, "ann", false) == errc::none));
  record_check(form, enrolment_check::messaging, {check_outcome::pass, "", "", "bob", {}});
  BOOST_TEST((can_approve(form, "ann", true) == errc::none));
}

BOOST_AUTO_TEST_CASE(a_decision_is_final) {
  for (const auto state : {application_state::approved, application_state::rejected}) {
    application form = good_form();
    record_all(form, "ann");
    form.state = state;
    BOOST_TEST((can_approve(form, "bob", true) == errc::decision_already_made));
    BOOST_TEST((can_reject(form) == errc::decision_already_made));
    BOOST_TEST((record_check(form, enrolment_check::spam, {}) == errc::decision_already_made));
  }
  BOOST_TEST((can_reject(good_form()) == errc::none));
}

BOOST_AUTO_TEST_CASE(roles_may_what_is_below_them) {
  using r = admin_role;
  using c = admin_class;
  BOOST_TEST(may(r::viewer, c::observe));
  BOOST_TEST(!may(r::viewer, c::read));
  BOOST_TEST(!may(r::viewer, c::change));
  BOOST_TEST(may(r::auditor, c::observe));
  BOOST_TEST(may(r::auditor, c::read));
  BOOST_TEST(!may(r::auditor, c::change));
  BOOST_TEST(may(r::operator_, c::observe));
  BOOST_TEST(may(r::operator_, c::read));
  BOOST_TEST(may(r::operator_, c::change));
  BOOST_TEST(to_string(role_for(c::change)) == "operator");
  BOOST_TEST(to_string(role_for(c::read)) == "auditor");
}

BOOST_AUTO_TEST_CASE(the_sandbox_keeps_two_people_for_bulk_only) {
  for (const auto what :
       {guarded::raise_override, guarded::another_credential, guarded::list_mail_domain,
        guarded::revert_bulk_job, guarded::terminate_provider}) {
    BOOST_TEST(needs_second(what, true));
    BOOST_TEST(!needs_second(what, false));
  }
  BOOST_TEST(needs_second(guarded::grant_bulk, true));
  BOOST_TEST(needs_second(guarded::grant_bulk, false));
}

BOOST_AUTO_TEST_SUITE_END()
