// Completion scripts for shells, made of the tables of commands: they run no program.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "admin/command_line.hpp"

namespace glados::admin {

/// `shell` is bash, zsh or fish. The programs are subcommands of one: "glados admin", "glados pki".
std::string completion_script(std::string_view shell, std::span<const program_row* const> programs);

}  // namespace glados::admin
