// Builds a mail message (RFC 5322, MIME). Pure: the caller gives the time and the identifier.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace glados::delivery {

struct mail_parts {
  std::string_view from_address;
  std::string_view from_name;  ///< may be empty
  std::string_view to;
  std::string_view subject;     ///< UTF-8
  std::string_view text;        ///< UTF-8, any line ends
  std::string_view message_id;  ///< "local" or "local@domain"; empty leaves the header out
  std::time_t date = 0;
};

/// The message with CRLF line ends, not yet dot-stuffed. Empty if a field that becomes a header
/// holds a line break or another control character, or an address is not one.
std::string build_mail(const mail_parts& parts);

/// RFC 2047: plain ASCII as it is, else base64 words of at most 75 characters, never cutting
/// through a character, each further one on a line of its own.
std::string encode_header_text(std::string_view utf8);
/// RFC 2045 section 6.7, lines of at most 76 characters, line ends made CRLF.
std::string encode_quoted_printable(std::string_view text);
/// RFC 2045 section 6.8 without line breaks.
std::string encode_base64(std::string_view bytes);
/// RFC 5322 section 3.3, always UTC, whatever the locale.
std::string format_mail_date(std::time_t when);

}  // namespace glados::delivery
