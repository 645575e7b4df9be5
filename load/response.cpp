#include "load/response.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace glados::load {
namespace {

constexpr std::size_t longest_head = 64 * 1024;
constexpr std::size_t longest_body = 256 * 1024;  // of those that are kept

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

void response_reader::reset(bool keep_body) {
  keeps_ = keep_body;
  body_.clear();
  at_ = part::head;
  head_.clear();
  left_ = line_ = 0;
  status_ = 0;
  chunked_ = has_length_ = closes_ = false;
}

response_reader::progress response_reader::feed(std::string_view bytes) {
  if (at_ == part::head) {
    const auto got = read_head(bytes);
    if (got != progress::done || at_ == part::head)
      return got;
  }
  if (at_ != part::sized)
    return read_chunks(bytes);
  if (bytes.size() > left_)
    return progress::malformed;
  left_ -= bytes.size();
  if (keeps_ && body_.size() + bytes.size() <= longest_body)
    body_.append(bytes);
  return left_ == 0 ? progress::done : progress::more;
}

/// `done` once the head is complete; `bytes` then begins with the body.
response_reader::progress response_reader::read_head(std::string_view& bytes) {
  for (;;) {
    const auto before = head_.size();
    head_.append(bytes);
    const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos)
      return head_.size() > longest_head ? progress::malformed : progress::more;
    bytes.remove_prefix(end + 4 - before);
    head_.resize(end + 2);
    if (!parse_head())
      return progress::malformed;
    if (status_ >= 200)
      return body_begun();
    reset(keeps_);  // 1xx: the answer proper follows
  }
}

response_reader::progress response_reader::body_begun() {
  if (status_ == 204 || status_ == 304)
    has_length_ = true, left_ = 0, chunked_ = false;
  if (!chunked_ && !has_length_)
    return progress::malformed;
  if (chunked_)
    left_ = 0;
  at_ = chunked_ ? part::size_line : part::sized;
  return progress::done;
}

bool response_reader::parse_head() {
  const std::string_view head = head_;
  if (head.size() < 14 || !head.starts_with("HTTP/1.") || head[8] != ' ')
    return false;
  const auto [end, fault] = std::from_chars(head.data() + 9, head.data() + 12, status_);
  if (fault != std::errc() || end != head.data() + 12)
    return false;
  std::size_t at = head.find('\n') + 1;
  while (at < head.size()) {
    const auto stop = head.find('\n', at);
    const char first = static_cast<char>(head[at] | 0x20);
    if ((first == 'c' || first == 't') && !parse_line(head.substr(at, stop - at - 1)))
      return false;
    at = stop + 1;
  }
  return true;
}

bool response_reader::parse_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return false;
  const auto name = line.substr(0, colon);
  const auto begin = line.find_first_not_of(" \t", colon + 1);
  const auto value = begin == std::string_view::npos ? std::string_view() : line.substr(begin);
  if (equal(name, "content-length")) {
    has_length_ = true;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), left_);
    return fault == std::errc() && end == value.data() + value.size();
  }
  if (equal(name, "transfer-encoding"))
    return chunked_ = equal(value, "chunked");
  if (equal(name, "connection"))
    closes_ = equal(value, "close");
  return true;
}

response_reader::progress response_reader::read_chunks(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    switch (at_) {
      case part::size_line:
        if (c == '\n') {
          at_ = left_ == 0 ? part::trailer : part::chunk;
          line_ = 0;
        } else if (const int digit = digit_of(c); line_ == 0 && digit >= 0) {
          if (left_ >= longest_head * longest_head)
            return progress::malformed;
          left_ = left_ * 16 + static_cast<std::size_t>(digit);
        } else {
          line_ = 1;  // an extension or the end of the line
        }
        break;
      case part::chunk: {
        const auto taken = std::min(left_, bytes.size() - i);
        left_ -= taken;
        i += taken - 1;
        if (left_ == 0)
          at_ = part::chunk_end;
        break;
      }
      case part::chunk_end:
        if (c == '\n')
          at_ = part::size_line, line_ = 0;
        break;
      default:
        if (c == '\n' && line_ == 0)
          return i + 1 == bytes.size() ? progress::done : progress::malformed;
        line_ = c == '\n' ? 0 : line_ + (c != '\r');
    }
  }
  return progress::more;
}

}  // namespace glados::load
