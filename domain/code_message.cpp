#include "domain/code_message.hpp"

#include <array>

namespace glados {
namespace {

constexpr char format = 1;
constexpr std::size_t field_max = 1024;

}  // namespace

std::string encode(const code_message& m) {
  std::string out(1, format);
  for (const auto* field : {&m.sii, &m.code, &m.locale, &m.provider_id, &m.provider_name}) {
    const auto size = std::min(field->size(), field_max);
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size & 0xFF);
    out.append(*field, 0, size);
  }
  return out;
}

std::optional<code_message> decode_code_message(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != format)
    return {};
  bytes.remove_prefix(1);
  code_message m;
  for (auto* field : {&m.sii, &m.code, &m.locale, &m.provider_id, &m.provider_name}) {
    if (bytes.size() < 2)
      return {};
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 |
                      static_cast<unsigned char>(bytes[1]);
    if (size > field_max || bytes.size() < 2 + size)
      return {};
    field->assign(bytes.substr(2, size));
    bytes.remove_prefix(2 + size);
  }
  if (!bytes.empty())
    return {};
  return m;
}

}  // namespace glados
