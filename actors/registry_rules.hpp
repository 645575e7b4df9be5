// What each registry operation does to an application and a provider, and what the audit says of
// it. Pure: the registrar loads, asks `decide`, commits.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/local_messages.hpp"
#include "domain/enrolment.hpp"
#include "domain/provider.hpp"

namespace glados::actors {

/// What a decision is made on.
struct registry_facts {
  caller by;
  instant now;
  std::optional<application> form;
  std::optional<provider> who;
  bool certificate_taken = false;  ///< another provider has it
  bool two_person = true;
  std::chrono::seconds credential_settle{3600};
  std::uint64_t quota_base = 100;
  std::uint64_t sends_base = 1000;
  std::string fresh_id;                ///< for a new application
  std::vector<signal_record> signals;  ///< with operations on them: all, the oldest first
  signal_rules signal_limits;
  bool exempt = false;               ///< the sandbox's: never throttled by signals
  std::uint64_t audit_sequence = 0;  ///< of the record this will be
  std::optional<report> filed;
  standing_facts standing;  ///< with review_standing
  ladder rules;
};

struct registry_decision {
  errc code = errc::none;  ///< else nothing is written
  bool waiting = false;    ///< remembered until a second operator repeats it
  std::optional<application> form;
  std::optional<provider> who;
  std::vector<signal_record> signals, dropped;  ///< to write, to remove
  std::uint32_t secret_number = 0;
  std::optional<report> filed;
  std::vector<storage::outbox_entry> outbox;
  // audit; without an action there is none
  std::string action;
  std::string target;
  std::vector<std::pair<std::string, std::string>> detail;
};

/// Which records an operation needs; empty: none.
std::string application_of(const registry_operation& what);
std::string provider_of(const registry_operation& what);
/// Whether it needs the signals, and the provider of one: raise_signal, lift_signal.
bool concerns_signals(const registry_operation& what);
/// Whether it only reads.
bool only_reads(const registry_operation& what);
/// The certificate an operation adds, to be compared with those of other providers.
std::optional<bytes32> added_certificate(const registry_operation& what);

registry_decision decide(const registry_operation& what, const registry_facts& facts);

/// The audit record's text: one JSON object, stable byte for byte.
std::string audit_body(const registry_decision& done, const caller& by, instant at);

}  // namespace glados::actors
