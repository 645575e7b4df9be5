#include "storage/redis_poll.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <memory>

namespace glados::storage {

namespace {

/// Watches one descriptor. Owned by its context until hiredis calls `cleanup`, then by libuv until
/// the handle is closed.
struct watch {
  redisAsyncContext* context = nullptr;
  uv_poll_t handle{};
  int events = 0;
};

void on_event(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<watch*>(handle->data);
  // libuv stops watching after an error; reading makes hiredis find out which one it was.
  if (status != 0)
    events = UV_READABLE;
  if (self->context != nullptr && (events & UV_READABLE) != 0)
    redisAsyncHandleRead(self->context);
  if (self->context != nullptr && (events & UV_WRITABLE) != 0)
    redisAsyncHandleWrite(self->context);
}

void set(void* data, int events) {
  auto* self = static_cast<watch*>(data);
  self->events = events;
  if (events != 0)
    uv_poll_start(&self->handle, events, on_event);
  else
    uv_poll_stop(&self->handle);
}

void add_read(void* data) { set(data, static_cast<watch*>(data)->events | UV_READABLE); }
void del_read(void* data) { set(data, static_cast<watch*>(data)->events & ~UV_READABLE); }
void add_write(void* data) { set(data, static_cast<watch*>(data)->events | UV_WRITABLE); }
void del_write(void* data) { set(data, static_cast<watch*>(data)->events & ~UV_WRITABLE); }

void cleanup(void* data) {
  auto* self = static_cast<watch*>(data);
  self->context = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&self->handle),
           [](uv_handle_t* handle) { delete static_cast<watch*>(handle->data); });
}

}  // namespace

bool attach(redisAsyncContext* context, uv_loop_t* loop) {
  auto made = std::make_unique<watch>();
  if (uv_poll_init(loop, &made->handle, context->c.fd) != 0)
    return false;
  made->context = context;
  made->handle.data = made.get();
  context->ev.addRead = add_read;
  context->ev.delRead = del_read;
  context->ev.addWrite = add_write;
  context->ev.delWrite = del_write;
  context->ev.cleanup = cleanup;
  context->ev.data = made.release();
  return true;
}

}  // namespace glados::storage
