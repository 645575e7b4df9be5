#include "http/serialize.hpp"

#include <charconv>

namespace glados::http {

namespace {

struct reason_row {
  int status;
  std::string_view reason;
};
constexpr std::array reasons{
    reason_row{200, "OK"},
    reason_row{201, "Created"},
    reason_row{202, "Accepted"},
    reason_row{204, "No Content"},
    reason_row{304, "Not Modified"},
    reason_row{400, "Bad Request"},
    reason_row{401, "Unauthorized"},
    reason_row{403, "Forbidden"},
    reason_row{404, "Not Found"},
    reason_row{405, "Method Not Allowed"},
    reason_row{409, "Conflict"},
    reason_row{410, "Gone"},
    reason_row{412, "Precondition Failed"},
    reason_row{413, "Content Too Large"},
    reason_row{415, "Unsupported Media Type"},
    reason_row{422, "Unprocessable Content"},
    reason_row{429, "Too Many Requests"},
    reason_row{500, "Internal Server Error"},
    reason_row{501, "Not Implemented"},
    reason_row{502, "Bad Gateway"},
    reason_row{503, "Service Unavailable"},
};

void append_number(std::string& out, std::size_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, end);
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view reason_of(int status) {
  for (const auto& row : reasons)
    if (row.status == status)
      return row.reason;
  return {};
}

std::string_view date_line::get() {
  const auto second = std::time(nullptr);
  if (second != second_) {
    std::tm parts{};
    ::gmtime_r(&second, &parts);
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char rest[32];
    size_ = std::strftime(rest, sizeof rest, "%H:%M:%S GMT\r\n", &parts);
    std::string line = std::string("Date: ") + days[static_cast<std::size_t>(parts.tm_wday)] +
                       ", " + (parts.tm_mday < 10 ? "0" : "") + std::to_string(parts.tm_mday) +
                       " " + months[static_cast<std::size_t>(parts.tm_mon)] + " " +
                       std::to_string(parts.tm_year + 1900) + " " + std::string(rest, size_);
    size_ = line.copy(text_.data(), text_.size());
    second_ = second;
  }
  return {text_.data(), size_};
}

void append_response(std::string& out, const response& reply, const answer_form& form,
                     std::string_view date) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(reply.status));
  out += ' ';
  out += reason_of(reply.status);
  out += "\r\n";
  out += date;
  const bool bodyless = has_no_body(reply.status);
  if (!reply.content_type.empty() && !bodyless) {
    out += "Content-Type: ";
    out += reply.content_type;
    out += "\r\n";
  }
  if (!bodyless) {
    out += "Content-Length: ";
    append_number(out, reply.body.size());
    out += "\r\n";
  }
  if (form.close)
    out += "Connection: close\r\n";
  else if (form.http10)
    out += "Connection: keep-alive\r\n";
  out += reply.header_lines;
  out += "\r\n";
  if (!bodyless && !form.head_only)
    out += reply.body;
}

}  // namespace glados::http
