#include "admin/mailbox.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "admin/outcome.hpp"

namespace glados::admin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t code_digits = 6;
constexpr std::uintmax_t largest_message = 256 * 1024;

bool is_code(std::string_view text) {
  return text.size() == code_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = line.find_first_not_of(blanks);
  if (first == line.npos)
    return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::string_view code_of_line(std::string_view line) {
  line = trimmed(line);
  if (is_code(line))
    return line;
  const auto mark = line.rfind(" #");
  if (line.starts_with('@') && mark != line.npos && is_code(line.substr(mark + 2)))
    return line.substr(mark + 2);
  return {};
}

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    if (at->is_regular_file(failed))
      out.push_back(at->path());
  return out;
}

}  // namespace

std::optional<std::string> code_in(std::string_view message) {
  std::optional<std::string> out;
  while (!message.empty()) {
    const auto end = std::min(message.find('\n'), message.size());
    const auto code = code_of_line(message.substr(0, end));
    if (!code.empty() && out && *out != code)
      return {};
    if (!code.empty())
      out = std::string(code);
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return out;
}

mailbox::mailbox(const std::string& folder) : fresh_(folder + "/new") {
  if (!fs::is_directory(fresh_))
    throw stop(outcome::bad_line, fresh_ + " is no folder");
}

void mailbox::clear() {
  std::error_code failed;
  for (const auto& file : files_in(fresh_)) fs::remove(file, failed);
}

std::optional<std::string> mailbox::take(std::string_view address) {
  std::error_code failed;
  for (const auto& path : files_in(fresh_)) {
    if (fs::file_size(path, failed) > largest_message || failed)
      continue;
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.find(address) == text.npos)
      continue;
    auto code = code_in(text);
    if (!code)
      continue;
    fs::remove(path, failed);
    return code;
  }
  return {};
}

}  // namespace glados::admin
