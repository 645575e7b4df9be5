// A JSON value as a tree. Numbers keep their digits, members their order.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glados::admin {

class value {
 public:
  enum class kind : std::uint8_t { null, boolean, number, text, list, object };

  value() = default;
  value(std::string text) : kind_(kind::text), text_(std::move(text)) {}
  value(std::string_view text) : value(std::string(text)) {}
  value(const char* text) : value(std::string(text)) {}
  value(bool flag) : kind_(kind::boolean), flag_(flag) {}
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) value(Number number)
      : kind_(kind::number), text_(std::to_string(number)) {}

  static value list();
  static value object();
  static value digits(std::string number);  ///< a number as it stands in JSON

  kind what() const { return kind_; }
  bool is_null() const { return kind_ == kind::null; }
  bool truth() const { return kind_ == kind::boolean && flag_; }
  /// Of a text; the digits of a number; else empty.
  const std::string& text() const { return text_; }
  /// A number that is whole and not negative; else 0.
  std::uint64_t count() const;
  /// For people: "-" for null and the empty text, "yes" and "no", a list with blanks between.
  std::string shown() const;

  /// The member of this name; null when there is none.
  const value& at(std::string_view name) const;
  bool has(std::string_view name) const;
  /// The elements of a list, the members' values of an object.
  const std::vector<value>& items() const { return items_; }
  const std::vector<std::string>& names() const { return names_; }

  value& put(std::string name, value member);  ///< replaces one of this name
  value& add(value element);
  void remove(std::string_view name);

  std::string json() const;    ///< on one line
  std::string pretty() const;  ///< indented, with a line feed at the end

 private:
  void write(std::string& out, int depth, bool folded) const;

  kind kind_ = kind::null;
  bool flag_ = false;
  std::string text_;
  std::vector<std::string> names_;
  std::vector<value> items_;
};

/// Nothing for what is not one JSON value of UTF-8, or nests deeper than 64.
std::optional<value> parse_json(std::string_view text);

}  // namespace glados::admin
