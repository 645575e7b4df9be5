// Every handler of the REST interface, one function a route; the tables are in routes.cpp and
// routes_admin.cpp. A handler runs on the worker that read the request, after authorisation, and
// answers now or later.
#pragma once

#include "http/api.hpp"

namespace glados::http {

// discovery (handle_discovery.cpp)
void handle_discovery(const call_ptr& made);
void handle_oauth_metadata(const call_ptr& made);
void handle_openapi(const call_ptr& made);

// OAuth 2.0 (handle_oauth.cpp)
void handle_token(const call_ptr& made);
void handle_revoke(const call_ptr& made);
void handle_introspect(const call_ptr& made);

// the directory (handle_lookup.cpp)
void handle_lookup(const call_ptr& made);

// what is left of the day (handle_quota.cpp)
void handle_quota(const call_ptr& made);

// verifications (handle_create_verification.cpp, handle_verifications.cpp)
void handle_create_verification(const call_ptr& made);
void handle_get_verification(const call_ptr& made);
void handle_resend_verification(const call_ptr& made);
void handle_check_verification(const call_ptr& made);
void handle_cancel_verification(const call_ptr& made);

// own mappings (handle_mappings.cpp)
void handle_decide_mapping(const call_ptr& made);
void handle_get_mapping(const call_ptr& made);
void handle_find_mapping(const call_ptr& made);
void handle_remove_mapping(const call_ptr& made);

// changes (handle_changes.cpp)
void handle_restore(const call_ptr& made);
void handle_report(const call_ptr& made);

// change notices (handle_events.cpp, handle_webhook.cpp)
void handle_list_events(const call_ptr& made);
void handle_get_webhook(const call_ptr& made);
void handle_put_webhook(const call_ptr& made);
void handle_delete_webhook(const call_ptr& made);
void handle_test_webhook(const call_ptr& made);
void handle_list_deliveries(const call_ptr& made);
void handle_redeliver(const call_ptr& made);

// what was used and costs (handle_usage.cpp)
void handle_usage(const call_ptr& made);

// bulk registration (handle_bulk.cpp, handle_bulk_part.cpp, handle_bulk_results.cpp)
void handle_create_bulk_job(const call_ptr& made);
void handle_get_bulk_job(const call_ptr& made);
void handle_put_bulk_part(const call_ptr& made);
void handle_complete_bulk_job(const call_ptr& made);
void handle_cancel_bulk_job(const call_ptr& made);
void handle_get_bulk_results(const call_ptr& made);

// a provider's own credentials (handle_credentials.cpp)
void handle_add_secret(const call_ptr& made);
void handle_remove_secret(const call_ptr& made);
void handle_add_certificate(const call_ptr& made);
void handle_remove_certificate(const call_ptr& made);
void handle_revoke_all_tokens(const call_ptr& made);

}  // namespace glados::http
