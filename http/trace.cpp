#include "http/trace.hpp"

#include <array>
#include <atomic>
#include <cstring>

namespace glados::http {
namespace {

/// SplitMix64's last step: different numbers stay different.
std::uint64_t mixed(std::uint64_t from) {
  from = (from ^ (from >> 30)) * 0xbf58476d1ce4e5b9U;
  from = (from ^ (from >> 27)) * 0x94d049bb133111ebU;
  return from ^ (from >> 31);
}

/// Random numbers of this process, drawn once.
struct seeds {
  explicit seeds(crypto::random_source& random) {
    std::array<std::uint8_t, sizeof high + sizeof low> bytes{};
    random.fill(bytes);
    std::memcpy(&high, bytes.data(), sizeof high);
    std::memcpy(&low, bytes.data() + sizeof high, sizeof low);
  }
  std::uint64_t high = 0, low = 0;
};

const seeds& own(crypto::random_source& random) {
  static const seeds drawn(random);
  return drawn;
}

/// Never 0 and never twice in a process. Threads take numbers in blocks, so that requests share no
/// cache line for them.
std::uint64_t next_number() {
  static constexpr std::uint64_t block = 1024;
  static std::atomic<std::uint64_t> next_block{1};
  thread_local std::uint64_t next = 0, end = 0;
  if (next == end) {
    next = next_block.fetch_add(block, std::memory_order_relaxed);
    end = next + block;
  }
  return next++;
}

/// As parse_traceparent wants it: some digit from a to f.
constexpr std::uint64_t letter = 0xaU << 28;

std::uint64_t new_span(crypto::random_source& random) {
  const auto span = mixed(next_number() ^ own(random).high);
  return span == 0 ? 1 : span;
}

}  // namespace

trace_context joined_trace(std::string_view traceparent, crypto::random_source& random) {
  auto out = parse_traceparent(traceparent).value_or(trace_context{});
  if (out.present())
    out.span = new_span(random);
  return out;
}

trace_context new_trace(crypto::random_source& random) {
  const auto& drawn = own(random);
  return {drawn.high | letter, mixed(next_number() ^ drawn.low), new_span(random)};
}

}  // namespace glados::http
