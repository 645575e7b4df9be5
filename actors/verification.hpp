// The verification actor: the proof that one user holds one SII, from the first code to its end.
#pragma once

#include <memory>

#include "actors/shard_context.hpp"
#include "domain/verification.hpp"

namespace glados::actors {

/// Spawns the actor of a verification that the store holds. `owner`, its shard, monitors it and
/// ends it by `stop`; it asks for that itself (`verification_ended`) once nothing can happen to it
/// any more. An attempt is committed before its code is compared, whoever asks how often.
verification_actor spawn_verification(shard_actor::pointer owner,
                                      std::shared_ptr<shard_context> shard, verification record);

/// Spawns the actor of a new one; its first message must be `open_verification`.
verification_actor spawn_new_verification(shard_actor::pointer owner,
                                          std::shared_ptr<shard_context> shard, std::string id);

}  // namespace glados::actors
