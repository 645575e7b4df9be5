#include "http/form.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "domain/text.hpp"
#include "http/message.hpp"

namespace glados::http {
namespace {

constexpr std::size_t fields_max = 64;
constexpr std::string_view basic_scheme = "Basic ";

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool scope_character(char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

std::optional<std::string> form_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3)
      return {};
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0)
      return {};
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  if (out.find('\0') != std::string::npos || !valid_utf8(out))
    return {};
  return out;
}

form::~form() {
  for (auto& [name, value] : fields_) crypto::cleanse(value);
}

std::optional<form> form::parse(std::string_view body) {
  form out;
  while (!body.empty()) {
    const auto pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    auto name = form_decode(pair.substr(0, equals));
    auto value = form_decode(equals == std::string_view::npos ? std::string_view{}
                                                              : pair.substr(equals + 1));
    if (!name || !value || out.fields_.size() == fields_max)
      return {};
    for (const auto& [known, given] : out.fields_)
      if (known == *name)
        return {};
    out.fields_.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

const std::string* form::find(std::string_view name) const {
  for (const auto& [known, value] : fields_)
    if (known == name)
      return value.empty() ? nullptr : &value;
  return nullptr;
}

bool is_basic(std::string_view header) {
  return header.size() >= basic_scheme.size() &&
         same_name(header.substr(0, basic_scheme.size()), basic_scheme);
}

std::optional<client_credentials> parse_basic(std::string_view header) {
  if (!is_basic(header))
    return {};
  header.remove_prefix(basic_scheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  auto pair = crypto::unbase64(header);
  if (!pair)
    return {};
  std::optional<client_credentials> out;
  if (const auto colon = pair->find(':'); colon != std::string::npos) {
    auto id = form_decode(std::string_view(*pair).substr(0, colon));
    auto secret = form_decode(std::string_view(*pair).substr(colon + 1));
    if (id && secret && !id->empty())
      out = client_credentials{std::move(*id), std::move(*secret)};
  }
  crypto::cleanse(*pair);
  return out;
}

std::optional<std::vector<std::string>> parse_scope(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    const auto token = text.substr(0, text.find(' '));
    if (token.empty() || !std::all_of(token.begin(), token.end(), scope_character))
      return {};
    if (std::find(out.begin(), out.end(), token) == out.end())
      out.emplace_back(token);
    if (token.size() == text.size())
      return out;
    text.remove_prefix(token.size() + 1);
  }
}

std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string out;
  for (const auto& scope : scopes) out.append(out.empty() ? "" : " ").append(scope);
  return out;
}

}  // namespace glados::http
