// The admin listener's table of routes.
#include <array>

#include "http/handle_admin.hpp"
#include "http/handle_admin_backup.hpp"

namespace glados::http {
namespace {

constexpr std::string_view applications = "/admin/v1/applications";
constexpr std::string_view application = "/admin/v1/applications/{id}";
constexpr std::string_view providers = "/admin/v1/providers";
constexpr std::string_view provider = "/admin/v1/providers/{id}";

constexpr route_row observe(std::string_view pattern, std::string_view name,
                            void (*handle)(const call_ptr&)) {
  return {"GET", pattern, name, body_rule::none, {}, admin_class::observe, false, handle};
}

constexpr route_row read(std::string_view pattern, std::string_view name,
                         void (*handle)(const call_ptr&)) {
  return {"GET", pattern, name, body_rule::none, {}, admin_class::read, false, handle};
}

/// A file of the console; `links` may lead to the page itself.
constexpr route_row file(std::string_view pattern, std::string_view name, bool links) {
  return {"GET",          pattern, name, body_rule::none, {}, admin_class::observe, false,
          handle_console, false,   links};
}

constexpr route_row change(std::string_view method, std::string_view pattern, std::string_view name,
                           body_rule body, void (*handle)(const call_ptr&)) {
  return {method, pattern, name, body, {}, admin_class::change, false, handle};
}

constexpr std::array rows{
    observe("/livez", "livez", handle_livez),
    observe("/readyz", "readyz", handle_readyz),
    observe("/metrics", "metrics", handle_metrics),
    file("/console", "console", true),
    file("/console/{file}", "console_file", false),
    observe("/admin/v1/self", "get_self", handle_self),
    observe("/admin/v1/cluster", "get_cluster", handle_cluster),
    observe("/admin/v1/cluster/shards", "get_cluster_shards", handle_cluster_shards),
    change("POST", "/admin/v1/cluster/nodes/{id}/drain", "drain_node", body_rule::none,
           handle_drain_node),
    change("POST", "/admin/v1/cluster/index-keys/{n}/activate", "activate_index_key",
           body_rule::none, handle_activate_index_key),
    change("POST", applications, "submit_application", body_rule::json, handle_submit_application),
    read(applications, "list_applications", handle_list_applications),
    read(application, "get_application", handle_get_application),
    change("POST", "/admin/v1/applications/{id}/checks", "record_check", body_rule::json,
           handle_record_check),
    change("POST", "/admin/v1/applications/{id}/approve", "approve_application", body_rule::none,
           handle_approve_application),
    change("POST", "/admin/v1/applications/{id}/reject", "reject_application", body_rule::json,
           handle_reject_application),
    read(providers, "list_providers", handle_list_providers),
    read(provider, "get_provider", handle_get_provider),
    read("/admin/v1/providers/{id}/quota", "get_provider_quota", handle_provider_quota),
    read("/admin/v1/providers/{id}/usage", "get_provider_usage", handle_provider_usage),
    read("/admin/v1/providers/{id}/webhook", "get_provider_webhook", handle_provider_webhook),
    read("/admin/v1/providers/{id}/webhook/deliveries", "list_provider_deliveries",
         handle_provider_deliveries),
    change("POST", "/admin/v1/providers/{id}/webhook/deliveries/{delivery}/redeliver",
           "redeliver_for_provider", body_rule::none, handle_redeliver_for_provider),
    change("PATCH", provider, "patch_provider", body_rule::json, handle_patch_provider),
    change("POST", "/admin/v1/providers/{id}/certificates", "add_provider_certificate",
           body_rule::json, handle_add_provider_certificate),
    change("DELETE", "/admin/v1/providers/{id}/certificates/{thumbprint}",
           "remove_provider_certificate", body_rule::none, handle_remove_provider_certificate),
    change("POST", "/admin/v1/providers/{id}/secrets", "add_provider_secret", body_rule::none,
           handle_add_provider_secret),
    change("DELETE", "/admin/v1/providers/{id}/secrets/{n}", "remove_provider_secret",
           body_rule::none, handle_remove_provider_secret),
    change("POST", "/admin/v1/providers/{id}/suspend", "suspend_provider", body_rule::json,
           handle_suspend_provider),
    change("POST", "/admin/v1/providers/{id}/reinstate", "reinstate_provider",
           body_rule::optional_json, handle_reinstate_provider),
    read("/admin/v1/signals", "list_signals", handle_list_signals),
    change("POST", "/admin/v1/signals/{id}/lift", "lift_signal", body_rule::json,
           handle_lift_signal),
    change("POST", "/admin/v1/bulk-jobs/{id}/revert", "revert_bulk_job", body_rule::none,
           handle_revert_bulk_job),
    change("POST", "/admin/v1/providers/{id}/terminate", "terminate_provider", body_rule::json,
           handle_terminate_provider),
    change("POST", "/admin/v1/providers/{id}/standing", "settle_standing", body_rule::json,
           handle_settle_standing),
    read("/admin/v1/providers/{id}/strikes", "list_strikes", handle_list_strikes),
    read("/admin/v1/reports", "list_reports", handle_list_reports),
    change("POST", "/admin/v1/reports/{id}/resolve", "resolve_report", body_rule::json,
           handle_resolve_report),
    read("/admin/v1/audit", "list_audit", handle_list_audit),
    read("/admin/v1/audit/head", "get_audit_head", handle_audit_head),
    read("/admin/v1/audit/keys", "list_audit_keys", handle_audit_keys),
    change("POST", "/admin/v1/backup/begin", "begin_backup", body_rule::json, handle_begin_backup),
    change("POST", "/admin/v1/backup/shards/{n}/begin", "begin_shard_snapshot", body_rule::json,
           handle_begin_shard_snapshot),
    change("POST", "/admin/v1/backup/shards/{n}/read", "read_shard_snapshot", body_rule::json,
           handle_read_shard_snapshot),
    change("POST", "/admin/v1/backup/records", "read_backup_records", body_rule::json,
           handle_read_records),
    change("POST", "/admin/v1/backup/standings", "read_backup_standings", body_rule::json,
           handle_read_standings),
    change("POST", "/admin/v1/backup/audit", "read_backup_audit", body_rule::json,
           handle_read_links),
    change("POST", "/admin/v1/backup/changes", "read_backup_changes", body_rule::json,
           handle_read_changes),
    read("/admin/v1/restore", "get_restore", handle_get_restore),
    change("POST", "/admin/v1/restore/begin", "begin_restore", body_rule::json,
           handle_begin_restore),
    change("POST", "/admin/v1/restore/shards/{n}", "restore_rows", body_rule::json,
           handle_restore_rows),
    change("POST", "/admin/v1/restore/shards/{n}/names", "rename_rows", body_rule::json,
           handle_rename_rows),
    change("POST", "/admin/v1/restore/records", "restore_records", body_rule::json,
           handle_restore_records),
    change("POST", "/admin/v1/restore/standings", "restore_standings", body_rule::json,
           handle_restore_standings),
    change("POST", "/admin/v1/restore/audit", "restore_audit", body_rule::json,
           handle_restore_links),
    change("POST", "/admin/v1/restore/end", "end_restore", body_rule::json, handle_end_restore),
    read("/admin/v1/sandbox/messages", "list_sandbox_messages", handle_sandbox_messages),
};

}  // namespace

std::span<const route_row> admin_routes() { return rows; }

}  // namespace glados::http
