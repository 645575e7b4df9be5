#include "delivery/message.hpp"

#include <string.h>  // NOLINT: explicit_bzero is not in <cstring>

#include <algorithm>
#include <ostream>

namespace glados::delivery {

std::string_view to_string(outcome what) {
  switch (what) {
    case outcome::accepted:
      return "accepted";
    case outcome::temporary:
      return "temporary";
    case outcome::permanent:
      return "permanent";
  }
  return "unknown";
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // within the capacity: never allocates
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

sandbox_note::~sandbox_note() { wipe(code); }

outgoing::~outgoing() {
  wipe(address);
  wipe(subject);
  wipe(text);
}

std::string to_string(const outgoing&) { return "[message]"; }

std::ostream& operator<<(std::ostream& out, const outgoing& message) {
  return out << to_string(message);
}

bool single_line(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool plausible_number(std::string_view address) noexcept {
  if (address.size() < 8 || address.size() > 16 || address[0] != '+' || address[1] == '0')
    return false;
  return std::all_of(address.begin() + 1, address.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

bool plausible_mail_address(std::string_view address) noexcept {
  const auto at = address.find('@');
  if (at == 0 || at == std::string_view::npos || at > 64 || address.size() > 254 ||
      at + 1 == address.size())
    return false;
  return single_line(address) && address.find('@', at + 1) == std::string_view::npos &&
         address.find_first_of(" <>()[]\\,;:\"") == std::string_view::npos;
}

}  // namespace glados::delivery
