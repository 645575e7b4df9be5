// The provider listener's table of routes (api.md sections 2 to 5).
#include <array>

#include "http/handlers.hpp"

namespace glados::http {
namespace {

route_row row(std::string_view method, std::string_view pattern, std::string_view name,
              std::string_view scope, body_rule body, void (*handle)(const call_ptr&),
              bool idempotent = false) {
  return {.method = method,
          .pattern = pattern,
          .name = name,
          .body = body,
          .scope = scope,
          .idempotent = idempotent,
          .handle = handle};
}

/// One that may make a mapping.
route_row maps(route_row of) {
  of.maps = true;
  return of;
}

/// One whose caller says how long it may take.
route_row waits(route_row of) {
  of.waits = true;
  return of;
}

constexpr std::string_view no_token;
constexpr auto none = body_rule::none;
constexpr auto json = body_rule::json;
constexpr auto form = body_rule::form;

}  // namespace

std::span<const route_row> provider_routes() {
  static const std::array rows{
      row("GET", "/.well-known/glados", "discovery", no_token, none, handle_discovery),
      row("GET", "/.well-known/oauth-authorization-server", "oauth_metadata", no_token, none,
          handle_oauth_metadata),
      row("GET", "/openapi.json", "openapi", no_token, none, handle_openapi),
      row("POST", "/oauth2/token", "token", no_token, form, handle_token),
      row("POST", "/oauth2/revoke", "revoke", no_token, form, handle_revoke),
      row("POST", "/oauth2/introspect", "introspect", no_token, form, handle_introspect),
      row("POST", "/v1/lookup", "lookup", "lookup", json, handle_lookup),
      row("GET", "/v1/quota", "quota", "any", none, handle_quota),
      maps(row("POST", "/v1/verifications", "create_verification", "map", json,
               handle_create_verification, true)),
      row("GET", "/v1/verifications/{id}", "get_verification", "map", none,
          handle_get_verification),
      row("DELETE", "/v1/verifications/{id}", "cancel_verification", "map", none,
          handle_cancel_verification),
      maps(row("POST", "/v1/verifications/{id}/resend", "resend_verification", "map",
               body_rule::optional_json, handle_resend_verification)),
      maps(row("POST", "/v1/verifications/{id}/check", "check_verification", "map", json,
               handle_check_verification)),
      row("POST", "/v1/mappings/find", "find_mapping", "map", json, handle_find_mapping),
      row("GET", "/v1/mappings/{id}", "get_mapping", "map", none, handle_get_mapping),
      row("DELETE", "/v1/mappings/{id}", "remove_mapping", "map", none, handle_remove_mapping),
      maps(row("POST", "/v1/mappings/{id}/decision", "decide_mapping", "map", json,
               handle_decide_mapping, true)),
      maps(row("POST", "/v1/changes/{change_id}/restore", "restore_change", "events", json,
               handle_restore, true)),
      row("POST", "/v1/changes/{change_id}/reports", "report_change", "events", json,
          handle_report),
      waits(row("GET", "/v1/events", "list_events", "events", none, handle_list_events)),
      row("GET", "/v1/webhook", "get_webhook", "events", none, handle_get_webhook),
      row("PUT", "/v1/webhook", "put_webhook", "events", json, handle_put_webhook),
      row("DELETE", "/v1/webhook", "delete_webhook", "events", none, handle_delete_webhook),
      row("POST", "/v1/webhook/test", "test_webhook", "events", none, handle_test_webhook),
      row("GET", "/v1/webhook/deliveries", "list_deliveries", "events", none,
          handle_list_deliveries),
      row("POST", "/v1/webhook/deliveries/{id}/redeliver", "redeliver", "events", none,
          handle_redeliver),
      row("GET", "/v1/usage", "get_usage", "any", none, handle_usage),
      row("POST", "/v1/bulk-jobs", "create_bulk_job", "bulk", json, handle_create_bulk_job, true),
      row("GET", "/v1/bulk-jobs/{id}", "get_bulk_job", "bulk", none, handle_get_bulk_job),
      row("DELETE", "/v1/bulk-jobs/{id}", "cancel_bulk_job", "bulk", none, handle_cancel_bulk_job),
      row("PUT", "/v1/bulk-jobs/{id}/parts/{n}", "put_bulk_part", "bulk", body_rule::ndjson,
          handle_put_bulk_part),
      row("POST", "/v1/bulk-jobs/{id}/complete", "complete_bulk_job", "bulk", none,
          handle_complete_bulk_job),
      row("GET", "/v1/bulk-jobs/{id}/results", "get_bulk_results", "bulk", none,
          handle_get_bulk_results),
      row("POST", "/v1/credentials/secrets", "add_secret", "any", none, handle_add_secret),
      row("DELETE", "/v1/credentials/secrets/{id}", "remove_secret", "any", none,
          handle_remove_secret),
      row("POST", "/v1/credentials/certificates", "add_certificate", "any", json,
          handle_add_certificate),
      row("DELETE", "/v1/credentials/certificates/{id}", "remove_certificate", "any", none,
          handle_remove_certificate),
      row("DELETE", "/v1/tokens", "revoke_all_tokens", "any", none, handle_revoke_all_tokens),
  };
  return rows;
}

}  // namespace glados::http
