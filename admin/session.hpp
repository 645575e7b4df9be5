// One command under way: its line, its streams, the service it speaks to. Owned by the program for
// one run; commands (the functions of commands.hpp) get it by reference.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "admin/command_line.hpp"
#include "admin/console.hpp"
#include "admin/outcome.hpp"
#include "admin/table.hpp"
#include "admin/transport.hpp"
#include "admin/value.hpp"

namespace glados::admin {

class session {
 public:
  using connector = std::function<std::unique_ptr<transport>()>;

  session(command_line line, console& streams, connector connect)
      : line_(std::move(line)), io_(streams), connect_(std::move(connect)) {}

  const command_line& line() const { return line_; }
  console& io() { return io_; }
  bool json() const { return line_.has("json"); }

  /// The operand at this place; empty when it was left out.
  std::string operand(std::size_t at) const;
  /// A text of the command line, or of the file of `--NAME-file`. `needed`: else the line is bad.
  std::string text(std::string_view name, bool needed) const;
  /// The content of a file (at most 1 MiB); a bad line when it cannot be read.
  static std::string read_file(const std::string& path);

  // --- the service -----------------------------------------------------------------------------

  value get(const std::string& path);
  /// Every entry of a list, page by page, at most `--limit` of them.
  value get_all(const std::string& path, const std::string& plural);
  /// A change. With --dry-run it is only shown, and the command ends. When a second operator has
  /// to repeat it, the command ends as `waiting`.
  value change(const std::string& method, const std::string& path, const value& body = {});
  /// Before something is destroyed: shows `loss`, what would happen to the thing of this name, and
  /// ends the command unless --yes was given or the name is typed.
  void confirm(const std::string& name, const std::string& loss);

  // --- results ---------------------------------------------------------------------------------

  /// With --json the value, else the text.
  void show(const value& result, const std::string& text);
  /// How far long work is; on a terminal only, one line that is written over.
  void progress(const std::string& text);
  /// A remark that is no result.
  void remark(const std::string& text);

 private:
  answer call(const request& what);
  value checked(const request& what);

  const command_line line_;
  console& io_;
  const connector connect_;
  std::unique_ptr<transport> service_;
  std::size_t progress_width_ = 0;
};

/// A part of a path, percent-encoded. Refuses (a bad line) what looks like a user's identifier:
/// those never stand in a URL.
std::string part(const std::string& text);

/// A whole number given as --NAME, within its bounds; else the line is bad.
std::uint64_t number_option(const session& of, std::string_view name, std::uint64_t otherwise,
                            std::uint64_t least, std::uint64_t most);

/// The problem of a refusal, in one line.
std::string problem_text(const answer& got);

}  // namespace glados::admin
