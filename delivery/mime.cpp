#include "delivery/mime.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "delivery/message.hpp"
#include "delivery/utf8.hpp"

namespace glados::delivery {
namespace {

constexpr std::string_view crlf = "\r\n";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text[i] == '\n') {
      out += crlf;
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
        ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Base64 is shorter, and easier on old relays, where most characters are not ASCII.
bool prefers_base64(std::string_view text) {
  const auto beyond = std::count_if(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<std::size_t>(beyond) * 4 > text.size();
}

std::string base64_lines(std::string_view text) {
  std::string canonical = with_crlf(text);
  std::string all = encode_base64(canonical);
  std::string out;
  for (std::size_t i = 0; i < all.size(); i += 76) out.append(all, i, 76).append(crlf);
  wipe(canonical);
  wipe(all);
  return out;
}

/// A display name is a quoted string if ASCII, else encoded words.
std::string mailbox(std::string_view name, std::string_view address) {
  std::string out;
  if (!name.empty() && is_ascii(name)) {
    out += '"';
    for (char c : name) {
      if (c == '"' || c == '\\')
        out += '\\';
      out += c;
    }
    out += "\" ";
  } else if (!name.empty()) {
    out += encode_header_text(name) + " ";
  }
  return out.append("<").append(address).append(">");
}

std::string message_id_of(const mail_parts& parts) {
  std::string id{parts.message_id};
  if (id.find('@') == std::string::npos)
    id.append(parts.from_address.substr(parts.from_address.find('@')));
  return id;
}

bool well_formed(const mail_parts& parts) {
  return plausible_mail_address(parts.from_address) && plausible_mail_address(parts.to) &&
         single_line(parts.from_name) && single_line(parts.subject) &&
         (parts.message_id.empty() || plausible_mail_address(message_id_of(parts)));
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= have ? digits[(group >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

std::string encode_header_text(std::string_view utf8) {
  constexpr std::size_t word_bytes = 45;  // 60 base64 characters and 12 of "=?UTF-8?B?" and "?="
  const bool looks_encoded = utf8.find("=?") != std::string_view::npos;
  if (is_ascii(utf8) && !looks_encoded && utf8.size() <= 900)
    return std::string{utf8};
  std::string out;
  while (!utf8.empty()) {
    std::string_view rest = utf8;
    std::size_t taken = 0;
    while (!rest.empty()) {
      char32_t point = 0;
      std::string_view before = rest;
      if (!next_code_point(rest, point))
        rest.remove_prefix(1);  // not UTF-8: pass the byte on, the reader shows a mark
      const std::size_t length = before.size() - rest.size();
      if (taken + length > word_bytes)
        break;
      taken += length;
    }
    if (!out.empty())
      out.append(crlf).append(" ");
    out.append("=?UTF-8?B?").append(encode_base64(utf8.substr(0, taken))).append("?=");
    utf8.remove_prefix(taken);
  }
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string canonical = with_crlf(text);
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    const auto byte = static_cast<unsigned char>(canonical[i]);
    if (byte == '\r') {  // with_crlf leaves none without its '\n'
      out += crlf;
      column = 0;
      ++i;
      continue;
    }
    const bool at_end = i + 1 == canonical.size() || canonical[i + 1] == '\r';
    const bool blank = byte == ' ' || byte == '\t';
    const bool plain = (byte > 0x20 && byte < 0x7f && byte != '=') || (blank && !at_end);
    const std::size_t width = plain ? 1 : 3;
    if (column + width > 75) {  // column 76 is for the soft break
      out.append("=").append(crlf);
      column = 0;
    }
    if (plain)
      out += static_cast<char>(byte);
    else
      out.append("=").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    column += width;
  }
  wipe(canonical);
  return out;
}

std::string format_mail_date(std::time_t when) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&when, &utc);
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return line.data();
}

std::string build_mail(const mail_parts& parts) {
  if (!well_formed(parts))
    return {};
  std::string mail;
  mail.reserve(parts.text.size() * 2 + 1024);
  const auto header = [&](std::string_view name, std::string_view value) {
    mail.append(name).append(": ").append(value).append(crlf);
  };
  header("From", mailbox(parts.from_name, parts.from_address));
  header("To", mailbox({}, parts.to));
  header("Subject", encode_header_text(parts.subject));
  header("Date", format_mail_date(parts.date));
  if (!parts.message_id.empty())
    header("Message-ID", std::string{"<"}.append(message_id_of(parts)).append(">"));
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  const bool base64 = prefers_base64(parts.text);
  header("Content-Transfer-Encoding", base64 ? "base64" : "quoted-printable");
  header("Auto-Submitted", "auto-generated");  // RFC 3834: no vacation answers
  mail += crlf;
  mail += base64 ? base64_lines(parts.text) : encode_quoted_printable(parts.text);
  if (!mail.ends_with(crlf))
    mail += crlf;
  return mail;
}

}  // namespace glados::delivery
