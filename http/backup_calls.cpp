#include "http/backup_calls.hpp"

#include <algorithm>
#include <charconv>

#include "actors/backup_desk.hpp"
#include "crypto/encoding.hpp"

namespace glados::http {
namespace {

constexpr std::size_t name_max = 64;
constexpr std::chrono::seconds desk_time{15};
constexpr std::string_view seal_check_text = "glados back-up check";

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::string read_backup_name(json_input& in) {
  std::string name(in.text("name", name_max));
  if (!good_name(name))
    in.refuse("name", "lower-case letters, digits and dashes only");
  return name;
}

std::optional<shard_id> shard_in_path(const call_ptr& made) {
  const auto& text = made->parameter[0];
  unsigned shard = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), shard);
  if (fault == std::errc() && end == text.data() + text.size() && shard < shard_count)
    return static_cast<shard_id>(shard);
  made->refuse(errc::not_found);
  return {};
}

void ask_desk(const call_ptr& made, actors::backup_operation what,
              std::function<void(const actors::backup_answer&)> then) {
  const auto desk = actors::backup_desk_of(made->service.ports().system);
  if (!desk)
    return made->refuse(errc::not_found);
  made->ask<actors::backup_answer>(
      desk, actors::backup_call{std::move(what)},
      [made, then = std::move(then)](const actors::backup_answer& got) {
        if (got.code == errc::deadline)
          return made->refuse(errc::outcome_unknown);
        if (got.code != errc::none)
          return made->refuse(got.code);
        then(got);
      },
      desk_time);
}

actors::note_backup backup_note(const call_ptr& made, std::string action, std::string name) {
  return {std::move(action), std::move(name), {}, {made->admin.name, made->admin.role}};
}

std::string content_text(std::string_view bytes) {
  return crypto::base64url(crypto::as_bytes(bytes));
}

void put_key_checks(json_output& out, const crypto::key_ring& keys) {
  const auto checks = keys.index_checks();
  out.name("index_checks").begin_array();
  for (const auto& check : checks) out.value(crypto::hex(check));
  out.end_array();
  std::string sealed;
  out.name("seal_checks").begin_array();
  for (std::uint8_t layers = 1; layers <= keys.newest_index(); ++layers) {
    sealed += keys.shard_sealer(0, layers).seal_deterministic(seal_check_text, "");
    out.value(crypto::hex(crypto::truncate(crypto::sha256(sealed))));
  }
  out.end_array();
}

}  // namespace glados::http
