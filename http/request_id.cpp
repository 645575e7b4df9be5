#include "http/request_id.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "crypto/encoding.hpp"

namespace glados::http {
namespace {

constexpr std::size_t request_id_max = 64;

bool plain_id(std::string_view text) {
  return !text.empty() && text.size() <= request_id_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

/// Unique within the process's life, and over processes by the random half.
std::string new_request_id(crypto::random_source& random) {
  static const std::string process = [&random] {
    std::array<std::uint8_t, 6> bytes{};
    random.fill(bytes);
    return crypto::hex(bytes);
  }();
  static std::atomic<std::uint64_t> next{0};
  std::array<std::uint8_t, 8> number{};
  auto n = next.fetch_add(1, std::memory_order_relaxed);
  for (auto byte = number.rbegin(); byte != number.rend(); ++byte, n >>= 8)
    *byte = static_cast<std::uint8_t>(n);
  return process + crypto::hex(number);
}

}  // namespace

std::string request_id_for(std::string_view given, crypto::random_source& random) {
  return plain_id(given) ? std::string(given) : new_request_id(random);
}

}  // namespace glados::http
