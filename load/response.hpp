// Just enough of HTTP/1.1 to know where an answer ends and what its status is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace glados::load {

/// Reads one answer after the other from a connection's bytes. Owned by a connection, used by its
/// thread. Understands Content-Length, chunked bodies and answers without a body (204, 304); an
/// answer that ends with the connection counts as malformed. Bodies are skipped unless they are to
/// be kept.
class response_reader {
 public:
  enum class progress : std::uint8_t { more, done, malformed };

  /// `done` exactly at the answer's last byte. Bytes behind it (nothing was asked) are malformed.
  progress feed(std::string_view bytes);
  /// Before the next answer.
  void reset(bool keep_body = false);

  int status() const { return status_; }
  /// The server will close the connection after this answer.
  bool closes() const { return closes_; }
  /// Of an answer with Content-Length that was to be kept, as much as is kept of one.
  std::string_view body() const { return body_; }

 private:
  progress read_head(std::string_view& bytes);
  bool parse_head();
  bool parse_line(std::string_view line);
  progress read_chunks(std::string_view bytes);
  progress body_begun();

  enum class part : std::uint8_t { head, sized, size_line, chunk, chunk_end, trailer };
  part at_ = part::head;
  std::string head_, body_;
  std::size_t left_ = 0;  ///< bytes of the body or of the chunk
  std::size_t line_ = 0;  ///< characters of a trailer line so far
  int status_ = 0;
  bool chunked_ = false, has_length_ = false, closes_ = false, keeps_ = false;
};

}  // namespace glados::load
