// From the settings to what each part of a node wants to be told. Pure, but for secrets' files.
#pragma once

#include "actors/node_context.hpp"
#include "cluster/caf_link.hpp"
#include "cluster/member.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"
#include "http/api.hpp"
#include "http/server.hpp"
#include "storage/redis_options.hpp"

namespace glados::app {

/// Reads redis.password_file; `faults` gets what is wrong with it.
storage::redis_options redis_of(const config::settings& values, std::vector<config::fault>& faults);
cluster::link_options link_of(const config::settings& values);
/// Another one at every call: the node's id and a random number.
std::string new_incarnation_of(const std::string& node_id);
/// Without what only the service knows.
cluster::member_settings member_of(const config::settings& values);
verification_policy policy_of(const config::settings& values);
actors::actor_limits limits_of(const config::settings& values);
actors::session_limits sessions_of(const config::settings& values);
signal_rules signals_of(const config::settings& values);
http::bulk_limits bulk_of(const config::settings& values);
actors::abuse_limits abuse_of(const config::settings& values);
http::tls_files files_of(const config::settings& values, bool admin);
http::server_options options_of(const config::settings& values, bool admin);

}  // namespace glados::app
