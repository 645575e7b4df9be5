// The files of back-ups and of the change log (docs/decisions/0007): sealed frames, one behind the
// other, under a key of the operator's.
//
//   header  "GLADOSBK", version 1, kind, id of the file (16 random bytes), check of the key (16)
//   frame   length (4, big endian), then AES-256-GCM of type and content, bound to the kind of
//   file,
//           the frame's place, and the tag of the frame before
//
// A frame that is missing, repeated, moved, changed, or of another file does not open. What is cut
// off shows by the missing end frame; a change log has none, so there it is only shorter. What a
// crash left half-written is cut off when the file is continued.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/random.hpp"
#include "crypto/seal.hpp"

namespace glados::admin {

enum class file_kind : std::uint8_t { backup = 1, changes = 2 };

/// The operator's key: 32 bytes or 64 hex digits in a file that nobody else can read. A bad line
/// otherwise.
crypto::secret32 read_backup_key(const std::string& path);

struct frame {
  char type = 0;
  std::string content;
};

inline constexpr char end_type = 'Z';
inline constexpr std::size_t largest_frame = 4 * 1024 * 1024;

/// Reads a file from its start. Owned by one command; throws `stop`: bad line for what is no such
/// file, or for another key; untrue for what was tampered with or cut off.
class backup_reader {
 public:
  backup_reader(const std::string& path, file_kind kind, const crypto::secret32& key);
  backup_reader(const backup_reader&) = delete;
  backup_reader& operator=(const backup_reader&) = delete;
  ~backup_reader();

  /// The next frame; nothing at the end of the file. Behind an end frame nothing may stand.
  std::optional<frame> next();
  /// The file ends within a frame: a crash left that, or somebody cut it off.
  bool torn() const { return torn_; }
  bool ended() const { return ended_; }
  /// Lower-case hex.
  std::string id() const;
  std::uint64_t frames() const { return place_; }

 private:
  friend class backup_writer;
  bool read_all(void* to, std::size_t size, std::size_t& got);

  std::string path_;
  int file_ = -1;
  file_kind kind_;
  std::string id_;
  std::unique_ptr<crypto::sealer> sealer_;
  std::string last_tag_;
  std::uint64_t place_ = 0;
  std::uint64_t good_ = 0;  ///< bytes up to the last whole frame
  bool torn_ = false, ended_ = false;
};

/// Writes a new file, or goes on behind the last whole frame of one that was read to its end. One
/// process at a time.
class backup_writer {
 public:
  /// A new file of mode 0600; a bad line when it exists or cannot be made.
  backup_writer(const std::string& path, file_kind kind, const crypto::secret32& key,
                crypto::random_source& random);
  /// Goes on with the file that `from` has read to its end.
  backup_writer(const backup_reader& from, const crypto::secret32& key,
                crypto::random_source& random);
  backup_writer(const backup_writer&) = delete;
  backup_writer& operator=(const backup_writer&) = delete;
  ~backup_writer();

  /// When it cannot be written (a full disk, say) the file is cut back to what it was, and `stop`
  /// (bad line) says so: the same command goes on from there.
  void put(char type, std::string_view content);
  /// What was put is on disk when this returns.
  void sync();
  std::string id() const;
  std::uint64_t size() const { return size_; }

 private:
  void lock();
  void write_whole(std::string_view bytes);

  std::string path_;
  int file_ = -1;
  file_kind kind_;
  std::string id_;
  std::unique_ptr<crypto::sealer> sealer_;
  std::string last_tag_;
  std::uint64_t place_ = 0;
  std::uint64_t size_ = 0;
  crypto::random_source& random_;
};

}  // namespace glados::admin
