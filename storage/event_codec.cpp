#include "storage/event_codec.hpp"

#include "storage/bytes.hpp"

namespace glados::storage {

namespace {

template <class T>
std::optional<T> whole(const byte_reader& in, T&& value) {
  if (!in.done())
    return std::nullopt;
  return std::move(value);
}

void write(byte_writer& out, const mapping_notice& notice) {
  out.text(notice.change_id);
  out.number(notice.shard);
  out.raw(notice.key.value);
  out.number(notice.salt);
  out.text(notice.user);
  out.text(notice.by_provider);
  out.time(notice.restore_until);
  out.number(notice.sequence);
  if (notice.key.layers != 1)
    out.byte(notice.key.layers);
}

/// How a mapping's notice follows: not at all, of a name with one layer, of one with more.
enum class about : std::uint8_t { nothing, one_layer, more_layers };

mapping_notice read_notice(byte_reader& in, about how) {
  mapping_notice notice;
  notice.change_id = in.text();
  notice.shard = in.number_as<shard_id>();
  notice.key.value = in.raw<16>();
  notice.salt = in.number_as<std::uint32_t>();
  notice.user = in.text();
  notice.by_provider = in.text();
  notice.restore_until = in.time();
  notice.sequence = in.number();
  if (how == about::more_layers)
    notice.key.layers = in.byte();
  if (notice.shard >= shard_count)
    in.fail();
  return notice;
}

}  // namespace

std::string encode(const event& what) {
  byte_writer out;
  out.choice(what.type);
  out.text(what.provider_id);
  out.time(what.created_at);
  out.text(what.detail);
  out.choice(!what.mapping                   ? about::nothing
             : what.mapping->key.layers == 1 ? about::one_layer
                                             : about::more_layers);
  if (what.mapping)
    write(out, *what.mapping);
  return out.take();
}

std::optional<event> decode_event(std::string_view bytes) {
  byte_reader in(bytes);
  event what;
  what.type = in.choice(event_type::webhook_test);
  what.provider_id = in.text();
  what.created_at = in.time();
  what.detail = in.text();
  if (const auto how = in.choice(about::more_layers); how != about::nothing)
    what.mapping = read_notice(in, how);
  return whole(in, std::move(what));
}

std::string encode(const webhook& settings) {
  byte_writer out;
  out.choice(settings.state);
  out.text(settings.url);
  out.number(settings.types.size());
  for (const event_type type : settings.types) out.choice(type);
  out.number(settings.keys.size());
  for (const webhook_key& key : settings.keys) {
    out.raw(key.public_key);
    out.text(key.seed);
    out.time(key.retired_at);
  }
  return out.take();
}

std::optional<webhook> decode_webhook(std::string_view bytes) {
  byte_reader in(bytes);
  webhook settings;
  settings.state = in.choice(webhook_state::removed);
  settings.url = in.text();
  const std::size_t types = in.count();
  for (std::size_t i = 0; i < types && in.ok(); ++i)
    settings.types.push_back(in.choice(event_type::webhook_test));
  const std::size_t keys = in.count();
  for (std::size_t i = 0; i < keys && in.ok(); ++i) {
    webhook_key key;
    key.public_key = in.raw<32>();
    key.seed = in.text();
    key.retired_at = in.time();
    settings.keys.push_back(std::move(key));
  }
  return whole(in, std::move(settings));
}

std::string encode(const courier_progress& now) {
  byte_writer out;
  out.number(now.cursor.ms);
  out.number(now.cursor.number);
  out.time(now.failing_since);
  out.number(now.open.size());
  for (const open_notice& one : now.open) {
    out.number(one.at.ms);
    out.number(one.at.number);
    out.number(one.lane);
    out.number(one.tries);
    out.time(one.next_try);
  }
  return out.take();
}

std::optional<courier_progress> decode_progress(std::string_view bytes) {
  byte_reader in(bytes);
  courier_progress now;
  now.cursor.ms = in.number();
  now.cursor.number = in.number();
  now.failing_since = in.time();
  const std::size_t count = in.count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    open_notice one;
    one.at.ms = in.number();
    one.at.number = in.number();
    one.lane = in.number();
    one.tries = in.number_as<std::uint32_t>();
    one.next_try = in.time();
    now.open.push_back(one);
  }
  return whole(in, std::move(now));
}

std::string encode(const delivery_attempt& made) {
  byte_writer out;
  out.text(made.event_id);
  out.choice(made.type);
  out.time(made.at);
  out.number(made.tries);
  out.number(static_cast<std::uint64_t>(made.status));
  out.number(made.latency_ms);
  out.choice(made.what);
  out.time(made.next_try);
  return out.take();
}

std::optional<delivery_attempt> decode_attempt(std::string_view bytes) {
  byte_reader in(bytes);
  delivery_attempt made;
  made.event_id = in.text();
  made.type = in.choice(event_type::webhook_test);
  made.at = in.time();
  made.tries = in.number_as<std::uint32_t>();
  made.status = in.number_as<int>();
  made.latency_ms = in.number_as<std::uint32_t>();
  made.what = in.choice(attempt_outcome::disabled);
  made.next_try = in.time();
  return whole(in, std::move(made));
}

}  // namespace glados::storage
