// The handlers of the admin listener, one function a route (routes_admin.cpp), and what they share:
// the question to the registrar, ids in the path, refusals. All of it runs on the worker of the
// call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/api.hpp"

namespace glados::http {

/// Asks the registrar in the name of the calling operator. A failure is answered here; otherwise
/// `then` runs with the answer.
void ask_registrar(const call_ptr& made, actors::registry_operation what,
                   std::function<void(const actors::registry_answer&)> then);

/// The provider's or application's id of the path, if there can be one of that name; else the call
/// is answered with 404.
std::optional<std::string> provider_in_path(const call_ptr& made);
std::optional<std::string> application_in_path(const call_ptr& made);

/// 400 `malformed-request`.
void refuse_member(const call_ptr& made, std::string pointer, std::string detail);

/// 202: nothing has changed yet, a second operator must repeat the call.
void answer_waiting(const call_ptr& made);

/// A value of the query, percent-decoded ('+' stays a plus sign). Nothing: absent, or not decodable
/// to UTF-8.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// handle_admin.cpp
void handle_livez(const call_ptr& made);
void handle_readyz(const call_ptr& made);
void handle_metrics(const call_ptr& made);
void handle_cluster(const call_ptr& made);
void handle_cluster_shards(const call_ptr& made);
void handle_drain_node(const call_ptr& made);
void handle_activate_index_key(const call_ptr& made);
void handle_sandbox_messages(const call_ptr& made);

// handle_admin_applications.cpp
void handle_submit_application(const call_ptr& made);
void handle_list_applications(const call_ptr& made);
void handle_get_application(const call_ptr& made);
void handle_record_check(const call_ptr& made);
void handle_approve_application(const call_ptr& made);
void handle_reject_application(const call_ptr& made);

// handle_admin_providers.cpp
void handle_list_providers(const call_ptr& made);
void handle_get_provider(const call_ptr& made);
void handle_patch_provider(const call_ptr& made);
void handle_add_provider_certificate(const call_ptr& made);
void handle_remove_provider_certificate(const call_ptr& made);
void handle_add_provider_secret(const call_ptr& made);
void handle_remove_provider_secret(const call_ptr& made);
void handle_suspend_provider(const call_ptr& made);
void handle_reinstate_provider(const call_ptr& made);
void handle_terminate_provider(const call_ptr& made);

// handle_admin_signals.cpp
void handle_list_signals(const call_ptr& made);
void handle_lift_signal(const call_ptr& made);

// handle_console.cpp
void handle_console(const call_ptr& made);
void handle_self(const call_ptr& made);

// handle_admin_readings.cpp
void handle_provider_quota(const call_ptr& made);
void handle_provider_usage(const call_ptr& made);
void handle_provider_webhook(const call_ptr& made);
void handle_provider_deliveries(const call_ptr& made);
void handle_redeliver_for_provider(const call_ptr& made);

// handle_admin_bulk.cpp
void handle_revert_bulk_job(const call_ptr& made);

// handle_admin_abuse.cpp
void handle_settle_standing(const call_ptr& made);
void handle_list_strikes(const call_ptr& made);
void handle_list_reports(const call_ptr& made);
void handle_resolve_report(const call_ptr& made);

// handle_admin_audit.cpp
void handle_list_audit(const call_ptr& made);
void handle_audit_head(const call_ptr& made);
void handle_audit_keys(const call_ptr& made);

}  // namespace glados::http
