// The command line: a table of commands, and what was typed read by it. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glados::admin {

class session;

struct option_row {
  std::string_view name;   ///< without the dashes; empty: no option
  std::string_view value;  ///< what follows it, as help shows it; empty: a flag
  std::string_view help;
};

/// What a command does to the service; `destroys` asks before it acts.
enum class effect : std::uint8_t { reads, changes, destroys };

inline constexpr std::size_t options_max = 7;

/// One command is one row; the parser, help and completion read nothing else.
struct command_row {
  std::string_view words;  ///< "providers show"; one or two words
  /// Blank between them; "[NAME]" may be left out; "a|b" is one of these.
  std::string_view operands;
  effect does = effect::reads;
  std::string_view help;
  void (*run)(session&) = nullptr;
  std::array<option_row, options_max> options{};
};

/// A program of several commands.
struct program_row {
  std::string_view name;  ///< "glados admin"
  std::string_view help;
  std::span<const command_row> commands;
  std::span<const option_row> options;  ///< of every command
};

struct command_line {
  const command_row* command = nullptr;
  std::vector<std::string> operands;
  std::vector<std::pair<std::string_view, std::string>> options;  ///< in their order

  bool has(std::string_view name) const;
  /// The last value given.
  std::optional<std::string> option(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
};

struct parsed {
  command_line line;
  std::string fault;  ///< what is wrong with it; empty: nothing
  bool help = false;  ///< --help, or nothing at all was typed
  std::string topic;  ///< with help: the words before it
};

parsed parse(const program_row& program, std::span<const std::string_view> words);

/// The words of a row's operands.
std::vector<std::string_view> split(std::string_view text, char at = ' ');
/// The one of these that was probably meant; empty: none comes near.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> known);

}  // namespace glados::admin
