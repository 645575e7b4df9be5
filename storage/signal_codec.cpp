#include "storage/signal_codec.hpp"

#include "storage/bytes.hpp"

namespace glados::storage {

std::string encode(const signal_record& record) {
  byte_writer out;
  const auto& what = record.what;
  out.text(what.provider_id);
  out.choice(what.kind);
  out.choice(what.source);
  out.time(what.since);
  for (const std::uint64_t number : {std::uint64_t{what.window_seconds}, what.seen, what.matched,
                                     std::uint64_t{what.threshold_percent}})
    out.number(number);
  out.time(record.found_at);
  out.byte(record.throttled ? 1 : 0);
  out.number(record.quota_percent);
  out.number(record.sends_percent);
  out.time(record.until);
  out.time(record.lifted_at);
  out.text(record.lifted_by);
  out.text(record.lift_reason);
  return out.take();
}

std::optional<signal_record> decode_signal(std::string_view bytes) {
  byte_reader in(bytes);
  signal_record record;
  auto& what = record.what;
  what.provider_id = in.text();
  what.kind = in.choice(signal_kind::guesses);
  what.source = in.choice(signal_source::registrations);
  what.since = in.time();
  what.window_seconds = in.number_as<std::uint32_t>();
  what.seen = in.number();
  what.matched = in.number();
  what.threshold_percent = in.number_as<std::uint32_t>();
  record.found_at = in.time();
  record.throttled = in.byte() == 1;
  record.quota_percent = in.number_as<std::uint32_t>();
  record.sends_percent = in.number_as<std::uint32_t>();
  record.until = in.time();
  record.lifted_at = in.time();
  record.lifted_by = in.text();
  record.lift_reason = in.text();
  return in.done() ? std::optional(std::move(record)) : std::nullopt;
}

}  // namespace glados::storage
