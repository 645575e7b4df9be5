// The courier: posts a provider's notices to its webhook (api.md section 6).
#pragma once

#include <chrono>
#include <string>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/session_view.hpp"

namespace glados::actors {

inline constexpr std::size_t courier_in_flight = 4;  ///< posts of one provider at once
inline constexpr std::size_t courier_open = 512;     ///< notices taken from the stream and not over
inline constexpr std::chrono::seconds courier_poll{5};  ///< for what other nodes appended
inline constexpr std::chrono::minutes courier_idle{10};
/// How long a fence that is later than the home's own epoch is believed.
inline constexpr std::chrono::seconds courier_contest{15};

/// One a provider and node, spawned by the notice desk; the one at the owner of the provider's home
/// shard posts, the others stand by and answer for the settings. It takes notices from the
/// provider's stream in their order, posts them, tries again what failed (domain/webhook.hpp), and
/// writes down how far it is, so that another one goes on there: each notice goes out at least
/// once. Notices about one mapping go out one after the other; one that fails holds back only
/// those. It also owns the settings of the webhook. A suspended provider's notices wait. Ends by
/// `stop`, or after ten idle minutes without an active webhook.
courier_actor spawn_courier(caf::actor_system& system, node_context& node,
                            const session_directory& providers, std::string provider_id);

/// Under which name the vault seals a provider's webhook.
std::string webhook_seal_name(const std::string& provider_id);

}  // namespace glados::actors
