// Every command of `glados admin`, one function each, and the table that names them.
#pragma once

#include "admin/command_line.hpp"
#include "admin/session.hpp"

namespace glados::admin {

const program_row& admin_program();

// applications.cpp
void list_applications(session& s);
void show_application(session& s);
void submit_application(session& s);
void check_application(session& s);
void approve_application(session& s);
void reject_application(session& s);

// providers.cpp
void list_providers(session& s);
void show_provider(session& s);
void set_scopes(session& s);
void set_quota(session& s);
void set_domains(session& s);
void suspend_provider(session& s);
void reinstate_provider(session& s);
void terminate_provider(session& s);

// usage.cpp
void show_usage(session& s);
void show_budget(session& s);
void publish_report(session& s);

// webhooks.cpp
void show_webhook(session& s);
void list_deliveries(session& s);
void redeliver(session& s);

// credentials.cpp
void list_certificates(session& s);
void expiring_certificates(session& s);
void add_certificate(session& s);
void issue_certificate(session& s);
void revoke_certificate(session& s);
void list_secrets(session& s);
void rotate_secret(session& s);
void revoke_secret(session& s);

// abuse.cpp
void list_strikes(session& s);
void confirm_standing(session& s);
void reset_standing(session& s);
void list_reports(session& s);
void resolve_report(session& s);
void list_signals(session& s);
void lift_signal(session& s);
void revert_bulk_job(session& s);

// cluster.cpp
void show_cluster(session& s);
void drain_node(session& s);
void activate_index_key(session& s);
void find_shard(session& s);
void show_self(session& s);
void probe(session& s);

// index_keys.cpp
void list_index_keys(session& s);

// audit.cpp
void list_audit(session& s);
void show_audit_head(session& s);
void verify_audit(session& s);

// local.cpp: what needs no service
void check_config(session& s);
void list_profiles(session& s);
void print_completion(session& s);

}  // namespace glados::admin
