// Where one HTTP/1 request ends and the next begins (RFC 9112), judged strictly before Pistache
// sees a byte: whatever two parsers could read in two ways is refused. Pure: no sockets, no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace glados::http {

/// Why a request was refused. `code` none: it was not.
struct refusal {
  errc code = errc::none;
  std::string_view detail;  ///< a literal of ours
  explicit operator bool() const { return code != errc::none; }
};

/// The head of one request. All views point into the buffer it was read from.
struct request_head {
  static constexpr std::size_t max_fields = 64;

  std::string_view method, path, query;
  std::array<header_field, max_fields> fields;
  std::size_t field_count = 0;
  std::size_t size = 0;  ///< bytes of the head with its empty line
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool http10 = false;
  bool keep_alive = true;
  bool expects_continue = false;

  std::span<const header_field> headers() const { return {fields.data(), field_count}; }
  bool has_body() const { return chunked || content_length > 0; }
};

/// Looks for the end of a head in a buffer that grows; every byte is looked at once.
class head_scanner {
 public:
  /// Returns the length of the head including its empty line, 0 while it is incomplete. A line feed
  /// without carriage return, a NUL, or a head over `limit` sets `refused()`.
  std::size_t scan(std::string_view buffer, std::size_t limit);
  refusal refused() const { return refused_; }
  void reset() { *this = head_scanner{}; }

 private:
  std::size_t position_ = 0;
  std::size_t line_start_ = 0;
  bool any_line_ = false;
  refusal refused_;
};

/// Reads a complete head (as measured by `head_scanner`).
refusal parse_head(std::string_view text, request_head& head);

/// Puts a chunked body together, as it comes. Extensions and trailers are checked and dropped.
class chunked_reader {
 public:
  enum class status : std::uint8_t { more, complete, refused };

  /// Consumes from `input` (shortened by what was used) and appends data to `body`, which may not
  /// grow over `limit`.
  status feed(std::string_view& input, std::string& body, std::size_t limit);
  refusal why() const { return why_; }
  void reset() { *this = chunked_reader{}; }

 private:
  enum class step : std::uint8_t { size_line, data, data_end, trailer_line };

  bool take_line(std::string_view& input, std::size_t limit);
  bool read_size(std::size_t room);
  status refuse(errc code, std::string_view detail);

  step step_ = step::size_line;
  std::string line_;
  std::uint64_t left_ = 0;
  std::size_t trailer_bytes_ = 0;
  bool line_done_ = false;
  refusal why_;
};

}  // namespace glados::http
