// Change notices: what a provider is told of what others did (api.md section 6). Never an SII; the
// receiver's own user id, sealed until it is shown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace glados {

enum class event_type : std::uint8_t {
  mapping_removed,
  mapping_demoted,
  mapping_restored,
  mapping_refresh_due,
  report_resolved,
  standing_changed,
  credential_changed,
  bulk_job_finished,
  webhook_disabled,
  webhook_test,
};

inline constexpr std::array<std::string_view, 10> event_names{
    "mapping.removed",  "mapping.demoted",  "mapping.restored",   "mapping.refresh_due",
    "report.resolved",  "standing.changed", "credential.changed", "bulk_job.finished",
    "webhook.disabled", "webhook.test"};

constexpr std::string_view to_string(event_type type) {
  return event_names[static_cast<std::size_t>(type)];
}

constexpr std::optional<event_type> parse_event_type(std::string_view name) {
  for (std::size_t i = 0; i < event_names.size(); ++i)
    if (event_names[i] == name)
      return static_cast<event_type>(i);
  return {};
}

/// What the first four types tell: which mapping of the receiver, by whose change.
struct mapping_notice {
  std::string change_id;
  shard_id shard = 0;
  sii_key key;  ///< with shard and salt it makes the public mapping id
  std::uint32_t salt = 0;
  std::string user;            ///< sealed, as in the mapping
  std::string by_provider;     ///< whose change it was
  instant restore_until;       ///< zero: nothing to restore
  std::uint64_t sequence = 0;  ///< grows by one with each notice about this mapping
};

/// One notice to one provider.
struct event {
  std::string id;  ///< given by the provider's stream; also its cursor
  event_type type = event_type::webhook_test;
  std::string provider_id;  ///< the receiver
  instant created_at;
  std::optional<mapping_notice> mapping;
  std::string
      detail;  ///< members of `data` for the other types, JSON text `"a":1,...`, may be empty
};

}  // namespace glados
