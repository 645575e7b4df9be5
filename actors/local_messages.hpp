// Messages that never leave their node: a store's answer on its way back to the actor that asked,
// and calls to the two actors that exist once a provider or once a node. They may hold what cannot
// be serialised.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/enrolment.hpp"
#include "domain/errc.hpp"
#include "domain/provider.hpp"
#include "domain/quota.hpp"
#include "domain/signal.hpp"
#include "domain/standing.hpp"
#include "storage/provider_store.hpp"
#include "storage/registry_store.hpp"

namespace glados::actors {

/// What to do with a store's answer, on the actor's own thread of control. The store calls back on
/// a thread of its own; the callback only sends this to the actor that asked.
struct continuation {
  std::function<void()> run;
};

// --- provider session (session.cpp) ------------------------------------------------------------

struct issue_token {
  storage::access_token token;
};
struct find_token {
  bytes32 hash{};
};
struct revoke_token {
  bytes32 hash{};
};
struct revoke_all_tokens {};
struct token_answer {
  errc code = errc::none;  ///< none, not_found, rate_limited (policy "tokens"), storage failures
  storage::access_token token;
};

struct begin_call {
  storage::call_reservation call;
};
struct end_call {
  storage::call_reservation call;
  bool kept = false;
};
struct call_answer {
  errc code = errc::none;
  storage::call_state state;
};

struct debit_send {
  std::string verification_id;
  destination to;
  channel way = channel::sms;
};
struct return_send {
  std::string verification_id;
  destination to;
};
struct reserve_guess {};
struct settle_guess {
  storage::provider_store::guess how = storage::provider_store::guess::wrong;
  destination to;  ///< with `right`: whose conversion grew
};
/// `code`: none, rate_limited (see refusal), storage failures.
struct limit_answer {
  errc code = errc::none;
  storage::refusal refusal;
};

/// Units of the lookup budget for a caller whose node has none left. HTTP worker -> session.
struct charge_lookup {
  std::uint64_t units = lookup_cost_taken;
};
/// `code`: none, rate_limited (nothing is left anywhere), storage failures. `era`: for what comes
/// back of them (local_lease.hpp).
struct charge_answer {
  errc code = errc::none;
  std::uint16_t era = 0;
};

/// The lease is low, or too large. HTTP worker -> session.
struct tend_lease {};

struct read_quota {};
/// The lookup budget itself is in the session's view, fresh when this arrives.
struct quota_answer {
  errc code = errc::none;
  storage::user_counts users;
  double weighted = 0;
  std::uint64_t sends_limit = 0;
  std::uint64_t guesses_limit = 0;
  storage::provider_day day;
  standing_level level = standing_level::good;
  std::uint64_t strikes = 0;  ///< thousandths
};

/// The ledger of a month, without what nodes have not entered yet (at most session_refresh old).
struct read_usage {
  usage_month month;
};
struct usage_answer {
  errc code = errc::none;
  usage_counts used;
};

// --- registrar (registrar.cpp) -----------------------------------------------------------------

/// Who calls: an operator by certificate, or a provider by self-service.
struct caller {
  std::string name;
  admin_role role = admin_role::viewer;
};

struct submit_application {
  application form;  ///< id, state, checks and times empty
};
struct get_application {
  std::string id;
};
struct list_applications {
  std::string after;
};
struct record_check {
  std::string application_id;
  enrolment_check which = enrolment_check::business;
  check_record step;  ///< `by` and `at` empty
};
struct approve_application {
  std::string application_id;
  bytes32 secret_hash{};  ///< of the secret that the HTTP worker made and will show once
  std::string client_id;
};
struct reject_application {
  std::string application_id;
  std::string reason;
};
struct get_provider {
  std::string id;
};
struct list_providers {
  std::string after;
};
/// Absent members stay as they are; an override of nullopt inside an engaged optional is removed.
struct patch_provider {
  std::string id;
  std::string fingerprint;  ///< of the request's body, for the second operator
  std::optional<std::vector<std::string>> scopes;
  std::optional<std::optional<std::uint64_t>> lookup_daily, sends_daily, bulk_rows;
  std::optional<std::vector<std::string>> listed_mail_domains;
};
struct add_provider_secret {
  std::string id;
  bytes32 hash{};
  bool self_service = false;  ///< works after credentials.settle
};
struct add_provider_certificate {
  std::string id;
  bytes32 thumbprint{};
  instant not_after;
  bool self_service = false;
};
struct remove_provider_secret {
  std::string id;
  std::uint32_t number = 0;
};
struct remove_provider_certificate {
  std::string id;
  bytes32 thumbprint{};
};
struct suspend_provider {
  std::string id;
  std::string reason;
};
struct reinstate_provider {
  std::string id;
  std::string reason;
};
/// A pattern that a session found: kept unless it is known, and throttles who shows it again.
struct raise_signal {
  finding found;
};
/// Ends the throttle that came of a signal.
struct lift_signal {
  std::string signal_id;
  std::string reason;
};
struct list_signals {
  std::string after;
  std::string only_of;  ///< a provider; empty: all
};
/// An operator has a finished bulk job undone. Only the permission and its audit record are the
/// registrar's.
struct revert_bulk_job {
  std::string id;  ///< of the provider
  std::string job;
};
/// What an operator does that changes no record of the registry. Only the audit record is the
/// registrar's; it is written before anything is done.
struct note_act {
  std::string action;  ///< "node.drain"
  std::string target;
  std::vector<std::pair<std::string, std::string>> detail;
  /// False: it is `conflict` where nothing was recorded yet. Only such a directory takes a restore.
  bool opens_chain = true;
};
struct list_audit {
  std::uint64_t after = 0;
};
struct get_audit_head {};
/// Answered once this node knows what was changed anywhere before it was asked: somebody shows what
/// is not known here, and may have got it from another node a moment ago.
struct catch_up {};

/// Let the strikes speak. The registrar itself, when they changed and once an hour.
struct review_standing {
  std::string id;
};
/// An operator lets the proposed level take effect, or forgives all strikes up to now.
struct settle_standing {
  std::string id;
  bool confirmed = false;
};
struct get_strikes {
  std::string id;
};
struct list_reports {
  std::string after;
};
/// Ends a provider for good; its mappings are then removed by the sweep.
struct terminate_provider {
  std::string id;
  std::string reason;
};
struct resolve_report {
  std::string report_id;
  report_state outcome = report_state::upheld;
  std::string note;
};

using registry_operation =
    std::variant<submit_application, get_application, list_applications, record_check,
                 approve_application, reject_application, get_provider, list_providers,
                 patch_provider, add_provider_secret, add_provider_certificate,
                 remove_provider_secret, remove_provider_certificate, suspend_provider,
                 reinstate_provider, raise_signal, lift_signal, list_signals, revert_bulk_job,
                 note_act, list_audit, get_audit_head, review_standing, settle_standing,
                 get_strikes, list_reports, resolve_report, terminate_provider, catch_up>;

struct registry_call {
  caller by;
  registry_operation what;
};

struct registry_answer {
  errc code = errc::none;
  bool waiting = false;  ///< remembered; takes effect when a second operator repeats it
  std::vector<application> applications;
  std::vector<provider> providers;
  std::vector<signal_record> signals;
  std::vector<storage::audit_entry> audit;
  std::vector<report> reports;
  standing_facts standing;    ///< with get_strikes
  std::vector<bool> counted;  ///< of its strikes
  storage::audit_head head;
  std::uint32_t secret_number = 0;
  std::string next;
};

}  // namespace glados::actors
