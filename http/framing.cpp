#include "http/framing.hpp"

#include <cstring>

namespace glados::http {

namespace {

constexpr std::size_t chunk_line_limit = 256;
constexpr std::size_t trailer_limit = 4096;
constexpr refusal fine{};

constexpr refusal bad(std::string_view detail) { return {errc::malformed_request, detail}; }

/// tchar of RFC 9110 5.6.2.
constexpr bool is_token_char(unsigned char byte) {
  if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
    return true;
  for (char other : std::string_view("!#$%&'*+-.^_`|~"))
    if (byte == static_cast<unsigned char>(other))
      return true;
  return false;
}

struct byte_table {
  std::array<bool, 256> token{};
  constexpr byte_table() {
    for (unsigned byte = 0; byte < 256; ++byte)
      token[byte] = is_token_char(static_cast<unsigned char>(byte));
  }
};
constexpr byte_table bytes;

bool is_token(std::string_view text) {
  for (char byte : text)
    if (!bytes.token[static_cast<unsigned char>(byte)])
      return false;
  return !text.empty();
}

bool is_target(std::string_view text) {
  for (char byte : text)
    if (byte <= 0x20 || byte >= 0x7f || byte == '#')  // char may be signed: also above 0x7f
      return false;
  return !text.empty();
}

bool is_field_value(std::string_view text) {
  for (char raw : text) {
    const auto byte = static_cast<unsigned char>(raw);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
      return false;
  }
  return true;
}

bool is_host(std::string_view text) {
  for (char byte : text)
    if (byte <= 0x20 || byte >= 0x7f || std::strchr(",/?#@\\<>\"{}|^`", byte))
      return false;
  return !text.empty();
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Only digits, and not more than fit.
bool read_length(std::string_view text, std::uint64_t& length) {
  if (text.empty() || text.size() > 18)
    return false;
  length = 0;
  for (char byte : text) {
    if (byte < '0' || byte > '9')
      return false;
    length = length * 10 + static_cast<std::uint64_t>(byte - '0');
  }
  return true;
}

refusal split_target(std::string_view target, request_head& head) {
  if (!is_target(target))
    return bad("bad request target");
  if (target.front() != '/') {  // absolute form, or the asterisk of OPTIONS
    const auto scheme = target.find("://");
    if (scheme == target.npos) {
      if (target != "*" || head.method != "OPTIONS")
        return bad("bad request target");
    } else {
      const auto slash = target.find_first_of("/?", scheme + 3);
      target = slash == target.npos ? std::string_view("/") : target.substr(slash);
      if (target.front() == '?')
        return bad("bad request target");
    }
  }
  const auto mark = target.find('?');
  head.path = target.substr(0, mark);
  head.query = mark == target.npos ? std::string_view() : target.substr(mark + 1);
  return fine;
}

refusal parse_request_line(std::string_view line, request_head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last)
    return bad("bad request line");
  head.method = line.substr(0, first);
  if (!is_token(head.method) || head.method.size() > 32)
    return bad("bad method");
  const auto version = line.substr(last + 1);
  if (version == "HTTP/1.0")
    head.http10 = true;
  else if (version != "HTTP/1.1")
    return bad("only HTTP/1.0 and HTTP/1.1 are spoken here");
  return split_target(line.substr(first + 1, last - first - 1), head);
}

void read_connection(std::string_view value, bool& close, bool& keep) {
  while (!value.empty()) {
    const auto comma = value.find(',');
    const auto word = trim(value.substr(0, comma));
    close |= same_name(word, "close");
    keep |= same_name(word, "keep-alive");
    value = comma == value.npos ? std::string_view() : value.substr(comma + 1);
  }
}

/// What the framing needs to know of all headers together.
struct framing_facts {
  unsigned hosts = 0, lengths = 0, codings = 0;
  bool host_fine = true, close = false, keep = false;
  std::string_view coding;
};

refusal note_field(const header_field& field, request_head& head, framing_facts& facts) {
  const auto& [name, value] = field;
  switch (name.size()) {
    case 4:
      if (same_name(name, "host")) {
        ++facts.hosts;
        facts.host_fine = is_host(value);
      }
      break;
    case 6:
      if (same_name(name, "expect"))
        head.expects_continue = same_name(value, "100-continue");
      break;
    case 10:
      if (same_name(name, "connection"))
        read_connection(value, facts.close, facts.keep);
      break;
    case 14:
      if (same_name(name, "content-length")) {
        ++facts.lengths;
        if (!read_length(value, head.content_length))
          return bad("bad Content-Length");
      }
      break;
    case 17:
      if (same_name(name, "transfer-encoding")) {
        ++facts.codings;
        facts.coding = value;
      }
      break;
    default:
      break;
  }
  return fine;
}

refusal judge(const framing_facts& facts, request_head& head) {
  if (facts.hosts > 1 || (facts.hosts == 0 && !head.http10) || !facts.host_fine)
    return bad("exactly one Host is needed");
  if (facts.lengths > 1)
    return bad("more than one Content-Length");
  if (facts.codings > 1 || (facts.codings == 1 && facts.lengths == 1))
    return bad("ambiguous body length");
  if (facts.codings == 1) {
    if (head.http10)
      return bad("Transfer-Encoding in HTTP/1.0");
    if (!same_name(facts.coding, "chunked"))
      return {errc::not_implemented, "unknown transfer coding"};
    head.chunked = true;
  }
  head.keep_alive = !facts.close && (!head.http10 || facts.keep);
  if (head.http10)
    head.expects_continue = false;
  return fine;
}

refusal parse_field(std::string_view line, request_head& head, framing_facts& facts) {
  if (line.front() == ' ' || line.front() == '\t')
    return bad("folded header");
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon)))
    return bad("bad header name");
  if (head.field_count == request_head::max_fields)
    return bad("too many headers");
  auto& field = head.fields[head.field_count++];
  field = {line.substr(0, colon), trim(line.substr(colon + 1))};
  if (!is_field_value(field.value))
    return bad("bad header value");
  return note_field(field, head, facts);
}

/// Takes one line off; the scanner has made sure that every LF stands after a CR.
std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end == 0 ? 0 : end - 1);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::size_t head_scanner::scan(std::string_view buffer, std::size_t limit) {
  const auto window = buffer.substr(0, limit);
  while (position_ < window.size()) {
    const auto* found = static_cast<const char*>(
        std::memchr(window.data() + position_, '\n', window.size() - position_));
    if (!found)
      break;
    const auto at = static_cast<std::size_t>(found - window.data());
    if (at == 0 || window[at - 1] != '\r') {
      refused_ = bad("line feed without carriage return");
      return 0;
    }
    const bool empty_line = at - 1 == line_start_;
    if (empty_line && any_line_)
      return at + 1;
    if (empty_line && at > 3) {  // RFC 9112 2.2: a stray empty line before the request is let pass
      refused_ = bad("bad request line");
      return 0;
    }
    any_line_ = any_line_ || !empty_line;
    line_start_ = position_ = at + 1;
  }
  position_ = window.size();
  if (buffer.size() >= limit)
    refused_ = bad("request head too large");
  return 0;
}

refusal parse_head(std::string_view text, request_head& head) {
  head.field_count = 0;
  head.content_length = 0;
  head.chunked = head.http10 = head.expects_continue = false;
  head.size = text.size();
  while (text.substr(0, 2) == "\r\n") text.remove_prefix(2);
  auto line = next_line(text);
  if (auto no = parse_request_line(line, head))
    return no;
  framing_facts facts;
  for (line = next_line(text); !line.empty(); line = next_line(text))
    if (auto no = parse_field(line, head, facts))
      return no;
  return judge(facts, head);
}

chunked_reader::status chunked_reader::refuse(errc code, std::string_view detail) {
  why_ = {code, detail};
  return status::refused;
}

/// Collects one line in `line_`, without its CRLF. Returns false when it must wait or has refused.
bool chunked_reader::take_line(std::string_view& input, std::size_t limit) {
  if (line_done_) {
    line_.clear();
    line_done_ = false;
  }
  const auto end = input.find('\n');
  const auto part = input.substr(0, end == input.npos ? input.size() : end + 1);
  if (line_.size() + part.size() > limit) {
    why_ = bad("chunk line too long");
    return false;
  }
  line_ += part;
  input.remove_prefix(part.size());
  if (end == input.npos)
    return false;
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
    why_ = bad("line feed without carriage return");
    return false;
  }
  line_.resize(line_.size() - 2);
  line_done_ = true;
  if (!is_field_value(line_))
    why_ = bad("bad chunk line");
  return !why_;
}

bool chunked_reader::read_size(std::size_t room) {
  const auto digits = line_.find(';');
  const auto text = std::string_view(line_).substr(0, digits);
  if (text.empty() || text.size() > 8) {
    why_ = bad("bad chunk size");
    return false;
  }
  left_ = 0;
  for (char byte : text) {
    const bool number = byte >= '0' && byte <= '9';
    const char low = static_cast<char>(byte | 0x20);
    if (!number && (low < 'a' || low > 'f')) {
      why_ = bad("bad chunk size");
      return false;
    }
    left_ = left_ * 16 + static_cast<std::uint64_t>(number ? byte - '0' : low - 'a' + 10);
  }
  if (left_ > room)
    why_ = {errc::payload_too_large, "body over the limit"};
  return !why_;
}

chunked_reader::status chunked_reader::feed(std::string_view& input, std::string& body,
                                            std::size_t limit) {
  while (!input.empty()) {
    switch (step_) {
      case step::size_line:
        if (!take_line(input, chunk_line_limit) || !read_size(limit - body.size()))
          return why_ ? status::refused : status::more;
        step_ = left_ == 0 ? step::trailer_line : step::data;
        break;
      case step::data: {
        const auto part = input.substr(0, left_);
        body += part;
        left_ -= part.size();
        input.remove_prefix(part.size());
        if (left_ == 0)
          step_ = step::data_end;
        break;
      }
      case step::data_end:
        if (!take_line(input, 2))
          return why_ ? status::refused : status::more;
        step_ = step::size_line;
        break;
      case step::trailer_line: {
        if (!take_line(input, trailer_limit))
          return why_ ? status::refused : status::more;
        if (line_.empty())
          return status::complete;
        trailer_bytes_ += line_.size();
        const auto colon = line_.find(':');
        if (trailer_bytes_ > trailer_limit || colon == line_.npos ||
            !is_token(std::string_view(line_).substr(0, colon)))
          return refuse(errc::malformed_request, "bad trailer");
        break;
      }
    }
  }
  return status::more;
}

}  // namespace glados::http
