// What the registrar reads for others: sealed records, opened; pages of them; the audit.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <functional>
#include <optional>
#include <string>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"

namespace glados::actors {

/// Under which name the vault seals a record.
std::string seal_name(storage::registry_record::kind what, const std::string& id);
/// Nothing for what was not sealed under its name.
std::optional<provider> open_provider(const node_context& node,
                                      const storage::registry_record& stored);
std::optional<application> open_application(const node_context& node,
                                            const storage::registry_record& stored);

std::optional<signal_record> open_signal(const node_context& node,
                                         const storage::registry_record& stored);
/// Whom a call about signals concerns; "" when the signal it names is not there.
std::string provider_of_signal(const registry_operation& what,
                               const std::vector<signal_record>& known);

std::optional<report> open_report(const node_context& node, const storage::registry_record& stored);

/// What a provider's standing is made of, the identifiers under their newest names. Answers in
/// `self`.
void load_standing(const registrar_actor& self, node_context& node, const std::string& provider_id,
                   std::function<void(result<standing_facts>)> then);

/// Carries out an operation that only reads. Runs in `self`, which the answers come back to.
void read_registry(const registrar_actor& self, node_context& node, const registry_operation& what,
                   caf::typed_response_promise<registry_answer> promise);

}  // namespace glados::actors
