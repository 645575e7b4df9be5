#include "crypto/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/digest.hpp"

namespace glados::crypto {

namespace {

constexpr std::size_t max_size = 64 * 1024;

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason() { return std::strerror(errno); }

std::string complaint_about(const struct stat& file) {
  if (!S_ISREG(file.st_mode))
    return "is not a regular file";
  if (file.st_uid != geteuid() && file.st_uid != 0)
    return "belongs to another user";
  if ((file.st_mode & 077) != 0)
    return "is open to group or others: its mode must be 0600 or 0400";
  if (file.st_size > static_cast<off_t>(max_size))
    return "is too long";
  return {};
}

}  // namespace

std::optional<std::string> read_private_file(const std::string& path, std::string& why) {
  // opened first and checked on the descriptor, so that nothing is swapped in between;
  // O_NONBLOCK because opening a pipe would wait for its writer
  const descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) {
    why = "cannot be opened: " + reason();
    return std::nullopt;
  }
  why = complaint_about(status);
  if (!why.empty())
    return std::nullopt;
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const auto got = read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      why = got < 0 ? "cannot be read: " + reason() : "was cut while being read";
      cleanse(content);
      return std::nullopt;
    }
    filled += static_cast<std::size_t>(got);
  }
  return content;
}

bool write_private_file(const std::string& path, std::string_view content, std::string& why) {
  const descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  bool good = file.get() >= 0;
  while (good && !content.empty()) {
    const auto put = write(file.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR)
      continue;
    good = put > 0;
    content.remove_prefix(good ? static_cast<std::size_t>(put) : 0);
  }
  good = good && fsync(file.get()) == 0;
  if (!good)
    why = "cannot be written: " + reason();
  return good;
}

}  // namespace glados::crypto
