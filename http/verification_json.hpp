// Verifications, mappings and conflicts as a provider sees them (api.md section 5). Pure, but for
// opening the sealed user ids.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/messages.hpp"
#include "actors/session_view.hpp"
#include "crypto/key_ring.hpp"
#include "http/json.hpp"

namespace glados::http {

/// An existing mapping that a proof met. `user_id` is empty unless it is the caller's own.
struct shown_claim {
  std::string provider_id, provider_name;
  bool preferred = false;
  std::string user_id;
};

/// A mapping in clear, for its own provider.
struct shown_mapping {
  std::string id, user_id;
  proof_method method = proof_method::sms;
  instant verified_at;
  bool preferred = false;
  instant decide_by;                  ///< zero: no conflict
  std::vector<shown_claim> existing;  ///< empty: no conflict
};

/// The verification object.
std::string verification_json(const verification_view& view);
/// The same with `mapping` and `conflict`.
std::string verified_json(const verification_view& view, const shown_mapping& mapping);
/// The object's members as they follow others: `,"id":...`.
std::string verification_members(const verification_view& view);

/// The mapping alone; as the answer of a find; as the answer of a decision (an empty change: null).
std::string mapping_json(const shown_mapping& mapping);
std::string found_json(const shown_mapping& mapping);
std::string decided_json(const shown_mapping& mapping, std::string_view change_id);
/// The conflict as a further member: `,"conflict":...`.
std::string conflict_members(const shown_mapping& mapping);

/// Makes a mapping of the record under `key` fit to be shown to `provider_id`, its owner. Nothing
/// when a seal does not fit.
std::optional<shown_mapping> open_mapping(const crypto::key_ring& keys,
                                          const actors::session_directory& names, shard_id shard,
                                          std::string_view provider_id, const sii_key& key,
                                          const mapping_view& held);
/// Makes the mapping of an answer fit to be shown to `provider_id`, its owner. Nothing when a seal
/// does not fit.
std::optional<shown_mapping> open_mapping(const crypto::key_ring& keys,
                                          const actors::session_directory& names, shard_id shard,
                                          std::string_view provider_id,
                                          const actors::verification_answer& from);

}  // namespace glados::http
