#include "domain/audit.hpp"

namespace glados {

std::string audit_link_text(const std::array<std::uint8_t, 32>& previous, std::uint64_t sequence,
                            std::string_view body) {
  std::string out(previous.begin(), previous.end());
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(sequence >> shift & 0xFF);
  return out.append(body);
}

std::string audit_head_text(std::uint64_t sequence, std::string_view hash, std::string_view at) {
  std::string out = "glados audit head 1\n";
  out.append(std::to_string(sequence)).append("\n").append(hash).append("\n").append(at) += '\n';
  return out;
}

std::string audit_key_text(std::string_view kid) {
  return "glados audit key 1\n" + std::string(kid) + "\n";
}

}  // namespace glados
