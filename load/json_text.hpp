// The few things that the generator reads from answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace glados::load {

/// The text of a member of an object; empty when the body is no object or has no such text.
std::string json_member(std::string_view body, const char* name);
/// The same for a number, 0 without it.
std::uint64_t json_number(std::string_view body, const char* name);

/// The code of the newest message in the answer of a sandbox's outbox; empty when there is none.
std::string newest_code(std::string_view body);

}  // namespace glados::load
