// A provider as the registry holds it: credentials, scopes, state, overrides. Pure rules over them
// (api.md sections 3, 7 and 9). Secrets appear as hashes only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/signal.hpp"
#include "domain/standing.hpp"

namespace glados {

enum class provider_state : std::uint8_t { active, suspended, terminated };

std::string_view to_string(provider_state state);

struct client_secret {
  std::uint32_t number = 0;  ///< its public id within the provider
  bytes32 hash{};            ///< SHA-256 of 256 random bits: needs no salt
  instant created_at;
  instant valid_from;  ///< later than created_at when made by self-service
};

struct client_certificate {
  bytes32 thumbprint{};  ///< SHA-256 of the DER form
  instant created_at;
  instant valid_from;
  instant not_after;
};

struct provider_overrides {
  std::optional<std::uint64_t> lookup_daily;
  std::optional<std::uint64_t> sends_daily;
  std::optional<std::uint64_t> bulk_rows;
};

/// An act that takes effect when a second operator repeats it within 24 h (api.md section 9).
struct pending_act {
  std::string fingerprint;  ///< hash of what is asked
  std::string by;           ///< the first operator
  instant at;
};

struct provider {
  std::string id;
  std::uint64_t version = 0;
  std::string name;  ///< what phones show
  std::string client_id;
  std::string application_id;
  provider_state state = provider_state::active;
  std::string state_reason;
  std::vector<std::string> scopes;
  std::vector<client_secret> secrets;            ///< at most two
  std::vector<client_certificate> certificates;  ///< at most three
  provider_overrides overrides;
  std::vector<std::string> listed_mail_domains;
  std::vector<pending_act> pending;
  std::vector<provider_throttle> throttles;  ///< that signals brought; also some that are over
  instant created_at;
  provider_standing standing;
};

inline constexpr std::size_t max_live_secrets = 2;
inline constexpr std::size_t max_live_certificates = 3;

bool has_scope(const provider& who, std::string_view scope);

/// Is `hash` one of the secrets valid at `now`? Compares all of them, in constant time.
bool secret_valid(const provider& who, const bytes32& hash, instant now);

/// Is the certificate registered and valid at `now`?
bool certificate_valid(const provider& who, const bytes32& thumbprint, instant now);

/// Adds a credential; `conflict` when the places are taken or it is there already.
errc add_secret(provider& who, const client_secret& secret);
errc add_certificate(provider& who, const client_certificate& certificate);

/// Removes one; `not_found`.
errc remove_secret(provider& who, std::uint32_t number);
errc remove_certificate(provider& who, const bytes32& thumbprint);

/// `first`: remembered, nothing done yet; `second`: another operator repeated it in time, go ahead.
enum class approval : std::uint8_t { first, second };
approval approve_act(provider& who, const std::string& fingerprint, const std::string& by,
                     instant now);

}  // namespace glados
