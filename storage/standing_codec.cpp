#include "storage/standing_codec.hpp"

#include "storage/bytes.hpp"

namespace glados::storage {
namespace {

template <class T>
std::optional<T> whole(const byte_reader& in, T&& value) {
  if (!in.done())
    return std::nullopt;
  return std::move(value);
}

/// Which identifier a report or a strike is about.
template <class T>
void write_place(byte_writer& out, const T& of) {
  out.number(of.shard);
  out.raw(of.key.value);
  out.byte(of.key.layers);
}

template <class T>
void read_place(byte_reader& in, T& of) {
  of.shard = in.number_as<shard_id>();
  if (of.shard >= shard_count)
    in.fail();
  of.key.value = in.raw<16>();
  of.key.layers = in.byte();
}

}  // namespace

std::string encode(const strike& what) {
  byte_writer out;
  out.choice(what.kind);
  out.text(what.change_id);
  out.text(what.reporter);
  out.time(what.at);
  write_place(out, what);
  return out.take();
}

std::optional<strike> decode_strike(std::string_view bytes) {
  byte_reader in(bytes);
  strike what;
  what.kind = in.choice(strike_kind::dismissed);
  what.change_id = in.text();
  what.reporter = in.text();
  what.at = in.time();
  read_place(in, what);
  return whole(in, std::move(what));
}

std::string encode(const report& what) {
  byte_writer out;
  out.text(what.change_id);
  out.text(what.reporter);
  out.text(what.accused);
  out.choice(what.reason);
  out.text(what.note);
  out.time(what.at);
  write_place(out, what);
  out.choice(what.state);
  out.text(what.resolved_by);
  out.text(what.resolution);
  out.time(what.resolved_at);
  return out.take();
}

std::optional<report> decode_report(std::string_view bytes) {
  byte_reader in(bytes);
  report what;
  what.change_id = in.text();
  what.reporter = in.text();
  what.accused = in.text();
  what.reason = in.choice(report_reason::recycled);
  what.note = in.text();
  what.at = in.time();
  read_place(in, what);
  what.state = in.choice(report_state::dismissed);
  what.resolved_by = in.text();
  what.resolution = in.text();
  what.resolved_at = in.time();
  return whole(in, std::move(what));
}

std::string encode(const standing_note& what) {
  byte_writer out;
  out.choice(what.what);
  out.text(what.provider_id);
  out.time(what.at);
  out.text(what.about.id);
  if (what.what == standing_note::kind::strike)
    out.text(encode(what.about));
  return out.take();
}

std::optional<standing_note> decode_note(std::string_view bytes) {
  byte_reader in(bytes);
  standing_note what;
  what.what = in.choice(standing_note::kind::lifted);
  what.provider_id = in.text();
  what.at = in.time();
  const auto id = in.text();
  if (what.what == standing_note::kind::strike) {
    auto about = decode_strike(in.text());
    if (!about)
      return std::nullopt;
    what.about = std::move(*about);
  }
  what.about.id = id;
  return whole(in, std::move(what));
}

}  // namespace glados::storage
