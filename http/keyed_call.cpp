#include "http/keyed_call.hpp"

#include <memory>

namespace glados::http {
namespace {

/// One reservation under way. Shared by its steps; ends with the last of them.
struct reserving {
  call_ptr of;
  storage::call_reservation key;
  std::function<void()> work;
  std::function<void(const actors::found_answer&)> replay;
};
using reserving_ptr = std::shared_ptr<reserving>;

void on_found(const reserving_ptr& at, const actors::found_answer& got) {
  if (got.code == errc::not_found)
    return at->work();
  if (got.code != errc::none)  // the repeat after this one looks again
    return settle_key(at->of, at->key, true, [at] { at->of->refuse(errc::outcome_unknown); });
  settle_key(at->of, at->key, true, [at, got] { at->replay(got); });
}

void look_for_answer(const reserving_ptr& at, shard_id shard) {
  at->of->ask<actors::found_answer>(
      at->of->owner_of(shard),
      actors::find_answer{at->of->route_to(shard), at->key.provider_id, at->key.key_tag},
      [at](const actors::found_answer& got) { on_found(at, got); });
}

void on_reserved(const reserving_ptr& at, const actors::call_answer& got) {
  using kind = storage::call_state::kind;
  if (got.code == errc::deadline)  // the key may be reserved now
    return at->of->refuse(errc::outcome_unknown);
  if (got.code != errc::none)
    return at->of->refuse(got.code);
  switch (got.state.what) {
    case kind::proceed:
      return at->work();
    case kind::replay:
    case kind::look:
      return look_for_answer(at, got.state.shard);
    case kind::in_progress:
      return at->of->refuse(errc::idempotency_in_progress);
    case kind::reused:
      return at->of->refuse(errc::idempotency_key_reused);
  }
}

}  // namespace

storage::call_reservation reservation_of(const call& of, shard_id shard) {
  const auto& keys = of.service.ports().keys;
  storage::call_reservation out;
  out.provider_id = of.who->id;
  out.key_tag = keys.idempotency_tag(of.who->id, of.idempotency_key);
  out.fingerprint = keys.request_fingerprint(of.method, of.path, of.body);
  out.shard = shard;
  return out;
}

void reserve_key(const call_ptr& of, const storage::call_reservation& key,
                 std::function<void()> work,
                 std::function<void(const actors::found_answer&)> replay) {
  auto at = std::make_shared<reserving>(reserving{of, key, std::move(work), std::move(replay)});
  of->ask<actors::call_answer>(of->session_actor(), actors::begin_call{key},
                               [at](const actors::call_answer& got) { on_reserved(at, got); });
}

void settle_key(const call_ptr& of, const storage::call_reservation& key, bool kept,
                std::function<void()> last) {
  of->ask<actors::call_answer>(of->session_actor(), actors::end_call{key, kept},
                               [last = std::move(last)](const actors::call_answer&) { last(); });
}

}  // namespace glados::http
