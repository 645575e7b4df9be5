// Where a number is from, in four bytes: each of millions of live mapping actors keeps one.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>

namespace glados {

/// ISO 3166 ("DE"), or "+870" for a number outside countries (sii.hpp); or nothing. A longer text
/// is none and is dropped.
class region_code {
 public:
  region_code() = default;
  template <class Text>
  requires std::is_convertible_v<const Text&, std::string_view> region_code(
      const Text& from) {  // NOLINT(google-explicit-constructor): it is a text
    const std::string_view text = from;
    if (text.size() <= letters_.size())
      std::copy(text.begin(), text.end(), letters_.begin());
  }

  std::string_view view() const {
    const auto end = std::find(letters_.begin(), letters_.end(), '\0');
    return {letters_.data(), static_cast<std::size_t>(end - letters_.begin())};
  }
  operator std::string() const {
    return std::string(view());
  }  // NOLINT(google-explicit-constructor)
  bool empty() const { return letters_[0] == '\0'; }

  friend bool operator==(const region_code&, const region_code&) = default;

 private:
  std::array<char, 4> letters_{};
};

}  // namespace glados
