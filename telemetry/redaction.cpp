#include "telemetry/redaction.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace glados::telemetry {
namespace {

constexpr std::size_t phone_digits = 7;
constexpr std::size_t code_digits = 6;
constexpr std::size_t token_length = 32;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_word(char c) { return is_digit(c) || is_upper(c) || is_lower(c); }
constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains_folded(std::string_view text, std::string_view needle) {
  return std::search(text.begin(), text.end(), needle.begin(), needle.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool has_marker(std::string_view text) {
  constexpr std::array<std::string_view, 9> markers{"tel:",      "mailto:", "sip:", "@",  "tel%3a",
                                                    "mailto%3a", "sip%3a",  "%40",  "%2b"};
  return std::any_of(markers.begin(), markers.end(),
                     [text](std::string_view marker) { return contains_folded(text, marker); });
}

bool has_international_number(std::string_view text) {
  constexpr std::string_view separators = " -.()/";
  for (std::size_t plus = text.find('+'); plus != text.npos; plus = text.find('+', plus + 1)) {
    std::size_t digits = 0;
    for (char c : text.substr(plus + 1)) {
      if (is_digit(c))
        ++digits;
      else if (separators.find(c) == separators.npos)
        break;
    }
    if (digits >= phone_digits)
      return true;
  }
  return false;
}

bool has_digit_run(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_digit(text[end])) ++end;
    bool starts_alone = i == 0 || !is_word(text[i - 1]);
    bool ends_alone = end == text.size() || !is_word(text[end]);
    if (starts_alone && end - i >= phone_digits)
      return true;
    if (starts_alone && ends_alone && end - i == code_digits)
      return true;
    i = end;
  }
  return false;
}

bool has_token(std::string_view text) {
  std::size_t run = 0;
  bool random_looking = false;
  for (char c : text) {
    if (!is_word(c) && c != '-' && c != '_') {
      run = 0;
      random_looking = false;
      continue;
    }
    ++run;
    random_looking = random_looking || is_digit(c) || is_upper(c);
    if (run >= token_length && random_looking)
      return true;
  }
  return false;
}

}  // namespace

bool looks_personal(std::string_view text) {
  return has_marker(text) || has_international_number(text) || has_digit_run(text) ||
         has_token(text);
}

}  // namespace glados::telemetry
