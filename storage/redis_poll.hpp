// Ties a hiredis context to a libuv loop. hiredis brings an adapter for this, but that one ignores
// error events (a refused or reset TCP connection), and then nobody learns that it is gone.
#pragma once

#include <uv.h>

struct redisAsyncContext;

namespace glados::storage {

/// From now on `loop` drives `context`, on its thread, until hiredis frees the context. False when
/// the descriptor cannot be watched; the context is then unchanged.
bool attach(redisAsyncContext* context, uv_loop_t* loop);

}  // namespace glados::storage
