#include "scripted.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace glados::admin::test {

folder::folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "glados-admin-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no folder for the test");
  path_ = pattern;
}

folder::~folder() { std::filesystem::remove_all(path_); }

std::string folder::put(const std::string& name, const std::string& content, unsigned mode) const {
  std::ofstream(at(name), std::ios::binary) << content;
  ::chmod(at(name).c_str(), mode);
  return at(name);
}

std::string folder::read(const std::string& name) const {
  std::ifstream file(at(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

unsigned folder::mode(const std::string& name) const {
  struct stat seen {};
  return ::stat(at(name).c_str(), &seen) == 0 ? seen.st_mode & 0777U : 0;
}

}  // namespace glados::admin::test
