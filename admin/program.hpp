// The programs `glados admin`, `glados pki` and `glados probe`: from words to an exit code.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "admin/command_line.hpp"
#include "admin/console.hpp"
#include "admin/session.hpp"

namespace glados::admin {

/// Parses, runs, and says on `io.err` why not. `connect` makes the way to the service of a line.
int run(const program_row& program, std::span<const std::string_view> words, console& io,
        const std::function<std::unique_ptr<transport>(const command_line&)>& connect);

/// The words behind `glados admin`; profiles and libcurl.
int run_admin(std::span<const std::string_view> words, console& io);
/// The words behind `glados pki`.
int run_pki(std::span<const std::string_view> words, console& io);
/// The words behind `glados probe`.
int run_probe(std::span<const std::string_view> words, console& io);

/// The file of profiles that a line means.
std::string profile_path(const command_line& line);

}  // namespace glados::admin
