#include "http/message.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

namespace glados::http {

namespace {

constexpr unsigned char lower(unsigned char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + 32) : byte;
}

void append_clean(std::string& to, std::string_view text) {
  const auto breaks = [](char byte) { return byte == '\r' || byte == '\n' || byte == '\0'; };
  if (std::none_of(text.begin(), text.end(), breaks))
    to += text;
  else
    std::copy_if(text.begin(), text.end(), std::back_inserter(to), std::not_fn(breaks));
}

}  // namespace

bool same_name(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size())
    return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto a = static_cast<unsigned char>(left[i]), b = static_cast<unsigned char>(right[i]);
    if (a != b && lower(a) != lower(b))
      return false;
  }
  return true;
}

std::string_view request::header(std::string_view name) const noexcept {
  for (const auto& field : headers)
    if (same_name(field.name, name))
      return field.value;
  return {};
}

std::size_t request::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (const auto& field : headers) found += same_name(field.name, name) ? 1 : 0;
  return found;
}

response& response::add_header(std::string_view name, std::string_view value) {
  append_clean(header_lines, name);
  header_lines += ": ";
  append_clean(header_lines, value);
  header_lines += "\r\n";
  return *this;
}

response bare_problem(errc code, std::string_view detail, std::string_view) {
  const auto& row = row_of(code);
  response reply;
  reply.status = row.status;
  reply.content_type = "application/problem+json";
  reply.body = R"({"type":"urn:glados:problem:)" + std::string(row.problem) + R"(","title":")" +
               std::string(row.title) + R"(","status":)" + std::to_string(row.status) +
               R"(,"detail":")" + std::string(detail) + "\"}";
  if (row.status == 503)
    reply.add_header("Retry-After", "1");
  return reply;
}

}  // namespace glados::http
