#include "http/request_id.hpp"

#include <algorithm>
#include <atomic>

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

/// Unique within the process's life, and over processes by the random part. 15 characters: a
/// string holds that many without an allocation.
std::string new_request_id(crypto::random_source& random) {
  static constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuv";
  static const std::uint32_t process = crypto::random_below(random, 1U << 25);
  // Numbers are handed out to threads in blocks: requests share no cache line for their names.
  static constexpr std::uint64_t block = 1024;
  static std::atomic<std::uint64_t> next_block{0};
  thread_local std::uint64_t next = 0, end = 0;
  if (next == end) {
    next = next_block.fetch_add(block, std::memory_order_relaxed);
    end = next + block;
  }
  std::string out(15, '0');
  auto put = [&out](std::size_t at, std::size_t count, std::uint64_t value) {
    for (auto i = at + count; i-- > at; value >>= 5) out[i] = letters[value & 31];
  };
  put(0, 5, process);
  put(5, 10, next++);
  return out;
}

}  // namespace

std::string request_id_for(std::string_view given, crypto::random_source& random) {
  return plain_id(given) ? std::string(given) : new_request_id(random);
}

}  // namespace glados::http
