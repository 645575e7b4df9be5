#include "actors/answer_codec.hpp"

#include <algorithm>

namespace glados::actors {
namespace {

constexpr char format = 1;
constexpr std::size_t max_id = 64;
constexpr std::size_t fixed_bytes = 1 + 1 + 1 + 1 + 1 + 3 * 8;  // all but the id, which stands last

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
  std::string out{format};
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
  if (body.size() < fixed_bytes || body.size() > fixed_bytes + max_id || body[0] != format)
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

}  // namespace glados::actors
