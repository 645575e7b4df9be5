// What --help prints, made of the table of commands.
#pragma once

#include <string>

#include "admin/command_line.hpp"

namespace glados::admin {

/// Of the commands whose words begin with the topic's; of all of them for an empty topic, or one
/// that there is not.
std::string help_text(const program_row& program, std::string_view topic);
/// "glados admin providers show PROVIDER [options]".
std::string usage_of(const program_row& program, const command_row& row);

}  // namespace glados::admin
