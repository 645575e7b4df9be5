#include "storage/redirection.hpp"

#include <algorithm>
#include <array>

namespace glados::storage {

namespace {

using namespace std::chrono_literals;

/// 0, 10, 20, 40 … 160 ms.
std::chrono::milliseconds pause_before(std::uint32_t tries) {
  return tries == 0 ? 0ms : 10ms * (1 << std::min(tries - 1, 4U));
}

/// "MOVED 3999 127.0.0.1:6381"
node_address target_of(std::string_view error, const node_address& asked) {
  const std::size_t at = error.rfind(' ');
  return at == std::string_view::npos ? node_address() : parse_address(error.substr(at + 1), asked);
}

}  // namespace

next_try after_error(std::string_view error, const node_address& asked, std::uint32_t tries) {
  using kind = next_try::kind;
  const std::string_view word = first_word(error);
  const bool moved = word == "MOVED", ask = word == "ASK";
  const bool down = word == "CLUSTERDOWN" || word == "MASTERDOWN";
  if (!moved && !ask && !down && word != "TRYAGAIN")
    return {};
  if (tries >= most_redirections)
    return {kind::give_up, {}, 0ms, !ask};
  if (moved || ask) {
    auto where = target_of(error, asked);
    if (where.empty())  // moved to a process whose address nobody knows yet
      return {kind::later, {}, pause_before(tries + 1), true};
    return {moved ? kind::at_owner : kind::asking, std::move(where), pause_before(tries), moved};
  }
  return {kind::later, {}, pause_before(tries + 1), down};
}

bool certainly_refused(std::string_view word) {
  constexpr std::array<std::string_view, 16> words{
      "LOADING",     "BUSY",      "MASTERDOWN", "READONLY", "OOM",        "MISCONF",
      "NOAUTH",      "NOPERM",    "MOVED",      "ASK",      "NOREPLICAS", "TRYAGAIN",
      "CLUSTERDOWN", "CROSSSLOT", "WRONGPASS",  "NOSCRIPT"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace glados::storage
