// What the load generator calls its users and its requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace glados::load {

/// A user id for a number's owner: one of several who want it.
std::string user_of(std::uint64_t number, unsigned user = 0);
/// The number and the user; nothing for a text that is not of `user_of`.
std::optional<std::pair<std::uint64_t, unsigned>> owner_in(std::string_view user_id);

/// An Idempotency-Key: never the same twice in a run; runs differ by the time they began.
std::string fresh_key();

}  // namespace glados::load
