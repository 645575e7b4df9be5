// Enrolment of providers and who may do what on the admin side (section 9 of the contract), as pure
// rules: an application, its five checks, its approval; roles; what needs a second operator.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errc.hpp"
#include "domain/ids.hpp"

namespace glados {

enum class enrolment_check : std::uint8_t { business, availability, messaging, reputation, spam };
enum class check_outcome : std::uint8_t { pass, fail };
enum class application_state : std::uint8_t { submitted, approved, rejected };

inline constexpr std::array enrolment_checks{
    enrolment_check::business, enrolment_check::availability, enrolment_check::messaging,
    enrolment_check::reputation, enrolment_check::spam};

std::string_view to_string(enrolment_check check);
std::string_view to_string(check_outcome outcome);
std::string_view to_string(application_state state);
std::optional<enrolment_check> parse_enrolment_check(std::string_view name);
std::optional<check_outcome> parse_check_outcome(std::string_view name);
std::optional<application_state> parse_application_state(std::string_view name);

/// One audit step. `by` names the operator's certificate, `at` is cluster time.
struct check_record {
  check_outcome outcome = check_outcome::fail;
  std::string evidence;
  std::string note;
  std::string by;
  instant at;
};

/// A provider that wants in. Of each check only the latest record counts; the audit keeps all.
struct application {
  std::string id;
  std::string provider_id;
  std::string name;
  std::string contact;
  std::string website;
  std::vector<std::string> apps;
  std::vector<std::string> scopes;
  application_state state = application_state::submitted;
  std::map<enrolment_check, check_record> checks;
  std::string reason;  ///< of the rejection
};

inline constexpr std::size_t provider_id_min = 2;
inline constexpr std::size_t provider_id_max = 32;
inline constexpr std::size_t provider_name_max = 32;
inline constexpr std::size_t contact_max = 256;
inline constexpr std::size_t website_max = 2000;
inline constexpr std::size_t apps_max = 32;

/// `[a-z0-9-]{2,32}`.
bool valid_provider_id(std::string_view id);

/// 1 to 32 ASCII letters, digits and spaces, a space neither first nor last: phones show it, so no
/// dots, no links, nothing that leaves the alphabet of a short message or looks like another
/// letter.
bool valid_provider_name(std::string_view name);

/// `lookup`, `map`, `events`, `bulk`.
bool valid_scope(std::string_view scope);

/// Checks what the applicant wrote; the JSON pointer of the first offending member, none if all
/// fit.
std::optional<std::string> offending_member(const application& form);

/// Checks the texts of an audit step: pointer of the offending one.
std::optional<std::string> offending_member(const check_record& step);

/// What approval grants of the scopes asked for: all but `bulk`, which two operators grant later.
std::vector<std::string> granted_scopes(const application& form);

/// Files an audit step; a later one supersedes. `decision_already_made` once it is decided.
errc record_check(application& form, enrolment_check check, check_record step);

/// `none` if `approver` may approve now; `decision_already_made`; `checks_incomplete` unless all
/// five passed; with `two_person`, `conflict` if the approver alone recorded all five.
errc can_approve(const application& form, std::string_view approver, bool two_person);

/// `none` or `decision_already_made`.
errc can_reject(const application& form);

// ---- roles ------------------------------------------------------------------------------------

enum class admin_role : std::uint8_t { viewer, auditor, operator_ };

/// What an admin call is, for the roles: a look at the machine, reading anything, changing
/// anything.
enum class admin_class : std::uint8_t { observe, read, change };

std::string_view to_string(admin_role role);
std::optional<admin_role> parse_admin_role(std::string_view name);

constexpr bool may(admin_role role, admin_class what) {
  return static_cast<int>(what) <= static_cast<int>(role);
}

/// The least role that may, named in `403 insufficient-scope`.
constexpr admin_role role_for(admin_class what) { return static_cast<admin_role>(what); }

// ---- what one insider must not do alone ---------------------------------------------------------

enum class guarded : std::uint8_t {
  grant_bulk,
  raise_override,      ///< above what section 7 gives
  another_credential,  ///< a certificate or secret for a provider that has a live one
  list_mail_domain,
  revert_bulk_job,
  terminate_provider,
};

/// Whether a second operator must repeat the call (domain/provider.hpp keeps the first one's act).
/// Without `two_person` only `bulk` needs one.
constexpr bool needs_second(guarded what, bool two_person) {
  return two_person || what == guarded::grant_bulk;
}

}  // namespace glados
