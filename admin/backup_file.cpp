#include "admin/backup_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "admin/outcome.hpp"
#include "crypto/encoding.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/private_file.hpp"

namespace glados::admin {
namespace {

constexpr std::string_view magic = "GLADOSBK";
constexpr char format_version = 1;
constexpr std::size_t id_size = 16, check_size = 16, tag_size = 16;
constexpr std::size_t header_size = 8 + 1 + 1 + id_size + check_size;
constexpr std::size_t length_size = 4;

crypto::secret32 key_of(const crypto::secret32& key, std::string_view id) {
  return crypto::derive_key(key.bytes(), "glados back-up file " + std::string(id));
}

/// Tells a wrong key from a file that was tampered with; says nothing about the key.
std::string check_of(const crypto::secret32& file_key) {
  const auto whole = crypto::hmac_key(file_key.bytes())({"glados back-up check"});
  return {reinterpret_cast<const char*>(whole.data()), check_size};
}

std::string header_of(file_kind kind, std::string_view id, const crypto::secret32& file_key) {
  std::string out(magic);
  out += format_version;
  out += static_cast<char>(kind);
  out += id;
  return out + check_of(file_key);
}

/// What a frame is bound to.
std::string place_of(file_kind kind, std::uint64_t place, std::string_view last_tag) {
  std::string out(1, static_cast<char>(kind));
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(place >> shift);
  return out.append(last_tag);
}

std::string hex_of(const std::string& id) { return crypto::hex(crypto::as_bytes(id)); }

std::string length_of(std::size_t size) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(size >> shift);
  return out;
}

[[noreturn]] void bad(const std::string& path, const std::string& why) {
  throw stop(outcome::bad_line, path + " " + why);
}

}  // namespace

crypto::secret32 read_backup_key(const std::string& path) {
  std::string why;
  auto text = crypto::read_private_file(path, why);
  if (!text)
    bad(path, why);
  if (text->size() != 32) {
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    auto raw = crypto::unhex(*text);
    crypto::cleanse(*text);
    if (!raw || raw->size() != 32)
      bad(path, "is no key: 32 bytes or 64 hex digits");
    *text = std::move(*raw);
  }
  crypto::secret32 out;
  std::copy(text->begin(), text->end(), out.writable().begin());
  crypto::cleanse(*text);
  return out;
}

// --- reading -------------------------------------------------------------------------------------

backup_reader::backup_reader(const std::string& path, file_kind kind, const crypto::secret32& key)
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), kind_(kind) {
  if (file_ < 0)
    bad(path, std::string("cannot be opened: ") + std::strerror(errno));
  std::string head(header_size, '\0');
  std::size_t got = 0;
  if (!read_all(head.data(), head.size(), got) || !head.starts_with(magic)) {
    ::close(file_);
    bad(path, "is no file of ours, or was cut off in its first bytes");
  }
  id_ = head.substr(10, id_size);
  const auto file_key = key_of(key, id_);
  const bool version = head[8] == format_version;
  const bool same_kind = head[9] == static_cast<char>(kind);
  if (version && same_kind && head == header_of(kind, id_, file_key)) {
    sealer_ = std::make_unique<crypto::sealer>(file_key.bytes());
    last_tag_.assign(tag_size, '\0');
    good_ = header_size;
    return;
  }
  ::close(file_);
  if (!version)
    bad(path, "has a format that this program does not know");
  bad(path, same_kind ? "was written under another key" : "is the other kind of file");
}

backup_reader::~backup_reader() {
  if (file_ >= 0)
    ::close(file_);
}

std::string backup_reader::id() const { return hex_of(id_); }

bool backup_reader::read_all(void* to, std::size_t size, std::size_t& got) {
  for (got = 0; got < size;) {
    const auto part = ::read(file_, static_cast<char*>(to) + got, size - got);
    if (part < 0 && errno == EINTR)
      continue;
    if (part < 0)
      bad(path_, std::string("cannot be read: ") + std::strerror(errno));
    if (part == 0)
      return false;
    got += static_cast<std::size_t>(part);
  }
  return true;
}

std::optional<frame> backup_reader::next() {
  if (torn_)
    return {};
  std::array<unsigned char, length_size> length{};
  std::size_t got = 0;
  if (!read_all(length.data(), length.size(), got)) {
    torn_ = got != 0;
    return {};
  }
  if (ended_)
    throw stop(outcome::untrue, path_ + " goes on behind its end: somebody added to it");
  std::size_t size = 0;
  for (const auto byte : length) size = size << 8 | byte;
  if (size <= crypto::sealer::overhead || size > largest_frame)
    throw stop(outcome::untrue, path_ + " was changed at frame " + std::to_string(place_));
  std::string sealed(size, '\0');
  if (!read_all(sealed.data(), size, got)) {
    torn_ = true;
    return {};
  }
  auto plain = sealer_->open(sealed, place_of(kind_, place_, last_tag_));
  if (!plain)
    throw stop(outcome::untrue, path_ + " was changed, or its frames were moved, at frame " +
                                    std::to_string(place_));
  last_tag_ = sealed.substr(size - tag_size);
  ++place_;
  good_ += length_size + size;
  ended_ = plain->front() == end_type;
  return frame{plain->front(), plain->substr(1)};
}

// --- writing -------------------------------------------------------------------------------------

backup_writer::backup_writer(const std::string& path, file_kind kind, const crypto::secret32& key,
                             crypto::random_source& random)
    : path_(path), kind_(kind), id_(id_size, '\0'), last_tag_(tag_size, '\0'), random_(random) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0)
    bad(path, std::string("cannot be made: ") + std::strerror(errno));
  lock();
  std::array<std::uint8_t, id_size> fresh;
  random.fill(fresh);
  std::copy(fresh.begin(), fresh.end(), id_.begin());
  const auto file_key = key_of(key, id_);
  sealer_ = std::make_unique<crypto::sealer>(file_key.bytes());
  write_whole(header_of(kind, id_, file_key));
}

backup_writer::backup_writer(const backup_reader& from, const crypto::secret32& key,
                             crypto::random_source& random)
    : path_(from.path_),
      kind_(from.kind_),
      id_(from.id_),
      last_tag_(from.last_tag_),
      place_(from.place_),
      size_(from.good_),
      random_(random) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file_ < 0)
    bad(path_, std::string("cannot be written: ") + std::strerror(errno));
  lock();
  sealer_ = std::make_unique<crypto::sealer>(key_of(key, id_).bytes());
  if (::ftruncate(file_, static_cast<off_t>(size_)) != 0 ||
      ::lseek(file_, static_cast<off_t>(size_), SEEK_SET) < 0)
    bad(path_, std::string("cannot be continued: ") + std::strerror(errno));
}

backup_writer::~backup_writer() {
  if (file_ >= 0)
    ::close(file_);
}

std::string backup_writer::id() const { return hex_of(id_); }

void backup_writer::lock() {
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0)
    return;
  ::close(std::exchange(file_, -1));
  bad(path_, "is being written by another command");
}

void backup_writer::write_whole(std::string_view bytes) {
  for (auto left = bytes; !left.empty();) {
    const auto put = ::write(file_, left.data(), left.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      const std::string why = std::strerror(errno);
      const bool cut = ::ftruncate(file_, static_cast<off_t>(size_)) == 0 &&
                       ::lseek(file_, static_cast<off_t>(size_), SEEK_SET) >= 0;
      bad(path_, "cannot be written: " + why + (cut ? "; what stands in it is good" : "") +
                     "; the same command goes on from there");
    }
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  size_ += bytes.size();
}

void backup_writer::put(char type, std::string_view content) {
  std::string plain(1, type);
  plain += content;
  const auto sealed = sealer_->seal(plain, place_of(kind_, place_, last_tag_), random_);
  write_whole(length_of(sealed.size()) + sealed);
  last_tag_ = sealed.substr(sealed.size() - tag_size);
  ++place_;
}

void backup_writer::sync() {
  if (::fsync(file_) != 0)
    bad(path_, std::string("cannot be synced: ") + std::strerror(errno));
}

}  // namespace glados::admin
