#include "load/process.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace glados::load {
namespace {

/// Fields 14 and 15 of proc(5); the name in field 2 may hold blanks and brackets.
std::optional<unsigned long long> ticks_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  unsigned long long user = 0, system = 0;
  fields >> user >> system;
  return fields ? std::optional(user + system) : std::nullopt;
}

}  // namespace

std::optional<double> cpu_seconds_of(const std::vector<int>& pids) {
  unsigned long long sum = 0;
  for (const int pid : pids) {
    const auto ticks = ticks_of(pid);
    if (!ticks)
      return {};
    sum += *ticks;
  }
  return static_cast<double>(sum) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace glados::load
