#include "app/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "crypto/random.hpp"

namespace glados::app {
namespace {

constexpr std::size_t name_bytes = 12;

[[noreturn]] void give_up(const std::string& why) {
  throw std::runtime_error("node.data_dir: " + why);
}

}  // namespace

/// The name stands in the lock file itself, so that it cannot be lost without the lock.
data_folder::data_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    give_up("cannot be made");
  fd_ = ::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) != 0)
    give_up("in use by another process, or not writable");
  std::array<char, 64> text{};
  const auto got = ::pread(fd_, text.data(), text.size(), 0);
  if (got > 0) {
    name_.assign(text.data(), static_cast<std::size_t>(got));
    return;
  }
  name_ = crypto::random_token(crypto::system_random(), name_bytes);
  const auto put = ::pwrite(fd_, name_.data(), name_.size(), 0);
  if (put != static_cast<ssize_t>(name_.size()) || ::fsync(fd_) != 0)
    give_up("cannot be written");
}

data_folder::~data_folder() { ::close(fd_); }

}  // namespace glados::app
