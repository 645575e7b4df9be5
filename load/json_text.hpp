// The few things that the generator reads from answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glados::load {

/// The text of a member of an object; empty when the body is no object or has no such text.
std::string json_member(std::string_view body, const char* name);
/// The same of an object in it.
std::string json_member(std::string_view body, const char* object, const char* name);
/// Whether a member is an object.
bool json_holds(std::string_view body, const char* name);
/// The same for a number, 0 without it.
std::uint64_t json_number(std::string_view body, const char* name);

/// The code of the newest message in the answer of a sandbox's outbox; empty when there is none.
/// With a provider of the messages that it had sent.
std::string newest_code(std::string_view body, std::string_view provider = {});

/// What a page of notices says of somebody's mapping.
struct told_change {
  std::string change, user;
  bool restorable = false;
};
/// Of all its events that are about a mapping, oldest first.
std::vector<told_change> changes_in(std::string_view body);

}  // namespace glados::load
