// Calls with an Idempotency-Key (api.md section 1), the steps that all of them share:
//
//   reserve the key -> (look for an earlier answer) -> the work itself -> settle the key -> answer
//
// The work stores its answer with its commit; the reservation only says where to look for it.
// Whatever ends the call, the key is settled before the answer leaves: kept when there is something
// to repeat or to find out, free otherwise.
#pragma once

#include <functional>

#include "http/api.hpp"

namespace glados::http {

/// For this call, whose answer will be stored in `shard`. Reads the body: cleanse it afterwards.
storage::call_reservation reservation_of(const call& of, shard_id shard);

/// Reserves the key, then runs one of the two, or refuses: `work` when nothing was done under this
/// key yet, `replay` with the stored answer when it was; the key is then settled already.
void reserve_key(const call_ptr& of, const storage::call_reservation& key,
                 std::function<void()> work,
                 std::function<void(const actors::found_answer&)> replay);

/// Settles the key, then runs `last`, which answers. That the key could not be settled changes
/// nothing for this caller: a repeat looks at the shard then.
void settle_key(const call_ptr& of, const storage::call_reservation& key, bool kept,
                std::function<void()> last);

}  // namespace glados::http
