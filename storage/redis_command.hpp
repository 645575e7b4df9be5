// One command as it travels: the bytes of the wire, made on the caller's thread so that the I/O
// thread only copies them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/slot.hpp"

namespace glados::storage {

/// A Lua script that is built into the program (scripts/*.lua), called by its SHA-1.
struct script {
  std::string_view sha1;
  std::string_view text;
};

struct redis_command {
  std::string wire;
  /// Decides what an unanswered command is: a write may have happened.
  bool write = false;
  /// Set for EVALSHA: loaded and sent again should Redis not know it.
  const script* lua = nullptr;
  /// Of its keys; a command without a key may go to any process.
  std::optional<slot_number> slot;
  /// Its keys lie in more than one slot: a mistake in the program, never sent.
  bool split = false;
};

/// Arguments in the order they are sent. Numbers travel as decimal text.
class arguments {
 public:
  arguments& add(std::string_view value);
  arguments& add(std::uint64_t value);
  arguments& append(const arguments& more);
  std::size_t size() const { return count_; }
  const std::string& wire() const { return wire_; }

 private:
  std::string wire_;
  std::size_t count_ = 0;
};

/// The second word is its key, but for the few commands that have none (redis_command.cpp).
redis_command plain_command(bool write, const std::vector<std::string_view>& words);

/// EVALSHA of `lua` with these keys and arguments.
redis_command script_command(bool write, const script& lua, const arguments& keys,
                             const arguments& args = {});

}  // namespace glados::storage
