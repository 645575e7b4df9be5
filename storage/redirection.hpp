// What to do with a command that a process of Redis Cluster did not execute. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "storage/slot_map.hpp"

namespace glados::storage {

/// How often one command may be told to go elsewhere, before its deadline ends it anyway.
inline constexpr std::uint32_t most_redirections = 16;

/// After an error answer: what to do next. Of all of these nothing was applied.
struct next_try {
  enum class kind : std::uint8_t {
    none,      ///< not an error of the cluster: it is the caller's
    at_owner,  ///< MOVED: at `where`, which owns the slot from now on
    asking,    ///< ASK: once at `where`, after ASKING; the owner stays
    later,     ///< TRYAGAIN, CLUSTERDOWN: at whoever owns the slot then, after `wait`
    give_up,   ///< sent about too often
  };
  kind what = kind::none;
  node_address where;
  std::chrono::milliseconds wait{0};
  bool refresh = false;  ///< the slot map is out of date
};

/// `tries`: how often this command was told so before. `asked`: who answered. A command that is
/// sent from one to the other and back is slowed down from the second time on.
next_try after_error(std::string_view error, const node_address& asked, std::uint32_t tries);

/// The first word of an error answer.
inline std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

/// Errors that Redis gives before it executes anything.
bool certainly_refused(std::string_view word);

}  // namespace glados::storage
