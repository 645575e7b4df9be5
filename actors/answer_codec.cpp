#include "actors/answer_codec.hpp"

#include <algorithm>

namespace glados::actors {
namespace {

constexpr char view_format = 1;
constexpr char decided_format = 2;
constexpr std::size_t max_id = 64;
constexpr std::size_t fixed_bytes = 1 + 1 + 1 + 1 + 1 + 3 * 8;  // all but the id, which stands last
constexpr std::size_t decided_bytes = 1 + 1 + 1 + 1 + 2 * 8;    // all but change id and user

void put(std::string& out, std::int64_t number) {
  for (int shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> shift));
}

std::int64_t take(std::string_view& in) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  in.remove_prefix(8);
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::string encode(const verification_view& view) {
  std::string out{view_format};
  out.push_back(static_cast<char>(view.state));
  out.push_back(static_cast<char>(view.way));
  out.push_back(static_cast<char>(view.checks_left));
  out.push_back(static_cast<char>(view.sends_left));
  put(out, view.expires_at.us);
  put(out, view.next_check_at.us);
  put(out, view.next_send_at.us);
  out.append(view.id, 0, max_id);
  return out;
}

std::optional<verification_view> decode_view(std::string_view body) {
  if (body.size() < fixed_bytes || body.size() > fixed_bytes + max_id || body[0] != view_format)
    return std::nullopt;
  const auto state = static_cast<unsigned char>(body[1]);
  const auto way = static_cast<unsigned char>(body[2]);
  if (state > static_cast<unsigned char>(verification_state::delivery_failed) ||
      way > static_cast<unsigned char>(channel::email))
    return std::nullopt;
  verification_view out;
  out.state = static_cast<verification_state>(state);
  out.way = static_cast<channel>(way);
  out.checks_left = static_cast<std::uint8_t>(body[3]);
  out.sends_left = static_cast<std::uint8_t>(body[4]);
  body.remove_prefix(5);
  out.expires_at.us = take(body);
  out.next_check_at.us = take(body);
  out.next_send_at.us = take(body);
  out.id = body;
  return out;
}

std::string encode(const decided_mapping& made) {
  std::string out{decided_format};
  out.push_back(static_cast<char>(made.mapping.method));
  out.push_back(made.mapping.preferred ? 1 : 0);
  out.push_back(static_cast<char>(std::min(made.change_id.size(), max_id)));
  put(out, made.mapping.salt);
  put(out, made.mapping.verified_at.us);
  out.append(made.change_id, 0, max_id);
  out += made.mapping.user;
  return out;
}

std::optional<decided_mapping> decode_decided(std::string_view body) {
  if (body.size() < decided_bytes || body[0] != decided_format)
    return std::nullopt;
  const auto method = static_cast<unsigned char>(body[1]);
  const auto preferred = static_cast<unsigned char>(body[2]);
  const auto id_size = static_cast<unsigned char>(body[3]);
  if (method > static_cast<unsigned char>(proof_method::asserted) || preferred > 1 ||
      id_size > max_id || body.size() < decided_bytes + id_size)
    return std::nullopt;
  decided_mapping out;
  out.mapping.method = static_cast<proof_method>(method);
  out.mapping.preferred = preferred != 0;
  body.remove_prefix(4);
  out.mapping.salt = static_cast<std::uint32_t>(take(body));
  out.mapping.verified_at.us = take(body);
  out.change_id = body.substr(0, id_size);
  out.mapping.user = body.substr(id_size);
  return out;
}

}  // namespace glados::actors
