#include "domain/enrolment.hpp"

#include <algorithm>
#include <utility>

#include "domain/text.hpp"

namespace glados {

namespace {

constexpr std::array<std::string_view, 5> check_names{"business", "availability", "messaging",
                                                      "reputation", "spam"};
constexpr std::array<std::string_view, 2> outcome_names{"pass", "fail"};
constexpr std::array<std::string_view, 3> state_names{"submitted", "approved", "rejected"};
constexpr std::array<std::string_view, 3> role_names{"viewer", "auditor", "operator"};
constexpr std::array<std::string_view, 4> scope_names{"lookup", "map", "events", "bulk"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

template <class Enum, std::size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string pointer_at(std::string_view list, std::size_t i) {
  std::string out = "/";
  return out.append(list).append("/").append(std::to_string(i));
}

}  // namespace

std::string_view to_string(enrolment_check check) { return name_of(check_names, check); }
std::string_view to_string(check_outcome outcome) { return name_of(outcome_names, outcome); }
std::string_view to_string(application_state state) { return name_of(state_names, state); }
std::string_view to_string(admin_role role) { return name_of(role_names, role); }

std::optional<enrolment_check> parse_enrolment_check(std::string_view name) {
  return parse<enrolment_check>(check_names, name);
}
std::optional<check_outcome> parse_check_outcome(std::string_view name) {
  return parse<check_outcome>(outcome_names, name);
}
std::optional<application_state> parse_application_state(std::string_view name) {
  return parse<application_state>(state_names, name);
}
std::optional<admin_role> parse_admin_role(std::string_view name) {
  return parse<admin_role>(role_names, name);
}

bool valid_provider_id(std::string_view id) {
  return id.size() >= provider_id_min && id.size() <= provider_id_max &&
         std::all_of(id.begin(), id.end(), [](char c) { return lower_or_digit(c) || c == '-'; });
}

bool valid_provider_name(std::string_view name) {
  if (name.empty() || name.size() > provider_name_max || name.front() == ' ' || name.back() == ' ')
    return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == ' ';
  });
}

bool valid_scope(std::string_view scope) {
  return std::find(scope_names.begin(), scope_names.end(), scope) != scope_names.end();
}

std::optional<std::string> offending_member(const application& form) {
  if (!valid_provider_id(form.provider_id))
    return "/provider_id";
  if (!valid_provider_name(form.name))
    return "/name";
  if (!plain_text(form.contact, 1, contact_max))
    return "/contact";
  if (!plain_text(form.website, 1, website_max))
    return "/website";
  if (form.apps.size() > apps_max)
    return "/apps";
  for (std::size_t i = 0; i < form.apps.size(); ++i)
    if (!plain_text(form.apps[i], 1, name_max))
      return pointer_at("apps", i);
  for (std::size_t i = 0; i < form.scopes.size(); ++i) {
    const auto here = form.scopes.begin() + static_cast<std::ptrdiff_t>(i);
    if (!valid_scope(*here) || std::find(form.scopes.begin(), here, *here) != here)
      return pointer_at("scopes", i);
  }
  return std::nullopt;
}

std::optional<std::string> offending_member(const check_record& step) {
  if (!valid_note(step.evidence))
    return "/evidence";
  if (!valid_note(step.note))
    return "/note";
  return std::nullopt;
}

std::vector<std::string> granted_scopes(const application& form) {
  std::vector<std::string> out;
  std::copy_if(form.scopes.begin(), form.scopes.end(), std::back_inserter(out),
               [](const std::string& scope) { return scope != "bulk"; });
  return out;
}

errc record_check(application& form, enrolment_check check, check_record step) {
  if (form.state != application_state::submitted)
    return errc::decision_already_made;
  form.checks.insert_or_assign(check, std::move(step));
  return errc::none;
}

errc can_approve(const application& form, std::string_view approver, bool two_person) {
  if (form.state != application_state::submitted)
    return errc::decision_already_made;
  bool by_another = false;
  for (const enrolment_check check : enrolment_checks) {
    const auto at = form.checks.find(check);
    if (at == form.checks.end() || at->second.outcome != check_outcome::pass)
      return errc::checks_incomplete;
    by_another = by_another || at->second.by != approver;
  }
  return two_person && !by_another ? errc::conflict : errc::none;
}

errc can_reject(const application& form) {
  return form.state == application_state::submitted ? errc::none : errc::decision_already_made;
}

}  // namespace glados
