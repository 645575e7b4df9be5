// A folder of its own for a test, gone with it.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace glados::config::test {

struct scratch {
  scratch() {
    auto pattern = (std::filesystem::temp_directory_path() / "glados-config-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no folder for the test");
    folder = pattern;
  }
  ~scratch() { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& content, mode_t mode = 0600) {
    const auto path = (folder / name).string();
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    return path;
  }

  std::filesystem::path folder;
};

inline bool has(const std::vector<fault>& faults, const std::string& where, const std::string& key,
                const std::string& why) {
  for (const auto& fault : faults)
    if (fault.where.find(where) != std::string::npos && fault.key == key &&
        fault.why.find(why) != std::string::npos)
      return true;
  return false;
}

inline std::string all_of(const std::vector<fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += to_string(fault) + "\n";
  return text;
}

}  // namespace glados::config::test
