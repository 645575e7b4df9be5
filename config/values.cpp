#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "config/forms.hpp"

namespace glados::config {

namespace {

template <class T>
constexpr bool is_count = std::is_same_v<T, port_number> || std::is_same_v<T, std::uint32_t>;

template <class T>
struct type_tag {
  using type = T;
};

// The row's type, as a tag for a generic lambda.
template <class Use>
auto with_type(const option& row, Use use) {
  return std::visit(
      [&](const auto& fallback) {
        return use(type_tag<std::remove_cvref_t<decltype(fallback)>>{});
      },
      row.fallback);
}

std::string in_unit(const option& row, double amount) {
  return with_type(row, [&](auto tag) -> std::string {
    using type = typename decltype(tag)::type;
    if constexpr (std::is_same_v<type, duration> || std::is_same_v<type, duration_list>)
      return forms::print(duration(static_cast<std::int64_t>(amount)));
    else if constexpr (std::is_same_v<type, byte_count>)
      return forms::print_size(static_cast<byte_count>(amount));
    else if constexpr (is_count<type>)
      return std::to_string(static_cast<std::int64_t>(amount));
    else
      return print(value(amount));
  });
}

bool within(const option& row, double amount, std::string& why) {
  const auto& limits = row.allowed;
  const bool good = std::isfinite(amount) && (!limits.least || amount >= *limits.least) &&
                    (!limits.most || amount <= *limits.most);
  if (!good)
    why = "must be " + print_bounds(row);
  return good;
}

bool acceptable(const option& row, const std::string& text, std::string& why) {
  const auto& limits = row.allowed;
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; })) {
    why = "must not hold control characters";
    return false;
  }
  if (!limits.choices.empty() &&
      std::find(limits.choices.begin(), limits.choices.end(), text) == limits.choices.end())
    why = "must be " + print_bounds(row);
  else if (limits.complaint != nullptr)
    why = limits.complaint(text);
  return why.empty();
}

std::optional<value> as_duration(const option& row, std::string_view text, std::string& why) {
  const auto span = forms::parse_duration(text);
  if (!span)
    why = "needs a duration such as \"250ms\", \"3s\", \"10m\", \"1h\"";
  if (!span || !within(row, magnitude(*span), why))
    return std::nullopt;
  return *span;
}

std::optional<value> as_durations(const option& row, const text_list& texts, std::string& why) {
  duration_list list;
  for (const auto& text : texts) {
    const auto span = as_duration(row, text, why);
    if (!span)
      return std::nullopt;
    list.push_back(std::get<duration>(*span));
  }
  return list;
}

std::optional<value> as_size(const option& row, std::string_view text, std::string& why) {
  const auto size = forms::parse_size(text);
  if (!size)
    why = "needs a size such as \"512B\", \"64KiB\", \"256MiB\"";
  if (!size || !within(row, magnitude(*size), why))
    return std::nullopt;
  return *size;
}

std::optional<value> as_texts(const option& row, const text_list& texts, std::string& why) {
  for (auto at = texts.begin(); at != texts.end(); ++at) {
    if (!acceptable(row, *at, why))
      return std::nullopt;
    if (std::find(texts.begin(), at, *at) != at) {
      why = "names the same thing twice";
      return std::nullopt;
    }
  }
  return texts;
}

template <class T>
std::optional<value> as_count(const option& row, std::int64_t number, std::string& why) {
  if (!within(row, static_cast<double>(number), why))
    return std::nullopt;
  return static_cast<T>(number);  // every count has bounds within its type, see the tests
}

text_list split(std::string_view text) {
  text_list parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto piece = text.substr(0, comma);
    while (piece.starts_with(' ')) piece.remove_prefix(1);
    while (piece.ends_with(' ')) piece.remove_suffix(1);
    parts.emplace_back(piece);
    if (comma == std::string_view::npos)
      break;
    text.remove_prefix(comma + 1);
  }
  return parts;
}

template <class T>
std::optional<T> number_of(std::string_view text) {
  T number{};
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || rest != text.data() + text.size())
    return std::nullopt;
  return number;
}

// What a text would be if TOML had held it.
toml_value as_toml(const option& row, std::string_view text) {
  return with_type(row, [&](auto tag) -> toml_value {
    using type = typename decltype(tag)::type;
    if constexpr (std::is_same_v<type, bool>) {
      if (text == "true" || text == "false")
        return text == "true";
    } else if constexpr (is_count<type>) {
      if (const auto number = number_of<std::int64_t>(text))
        return *number;
    } else if constexpr (std::is_same_v<type, double>) {
      if (const auto number = number_of<double>(text))
        return *number;
    } else if constexpr (std::is_same_v<type, text_list> || std::is_same_v<type, duration_list>) {
      return split(text);
    }
    return std::string(text);
  });
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

std::string print_fraction(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  std::string out(text.data(), end);
  if (out.find_first_of(".e") == std::string::npos)
    out += ".0";
  return out;
}

}  // namespace

std::optional<value> from_toml(const option& row, const toml_value& content, std::string& why) {
  return with_type(row, [&](auto tag) -> std::optional<value> {
    using type = typename decltype(tag)::type;
    const auto* text = std::get_if<std::string>(&content);
    const auto* whole = std::get_if<std::int64_t>(&content);
    const auto* texts = std::get_if<text_list>(&content);
    if constexpr (std::is_same_v<type, bool>) {
      if (const auto* flag = std::get_if<bool>(&content))
        return *flag;
      why = "needs true or false";
    } else if constexpr (is_count<type>) {
      if (whole != nullptr)
        return as_count<type>(row, *whole, why);
      why = "needs a whole number";
    } else if constexpr (std::is_same_v<type, double>) {
      const auto* fraction = std::get_if<double>(&content);
      if (fraction == nullptr && whole == nullptr)
        why = "needs a number";
      else if (const double number = fraction ? *fraction : static_cast<double>(*whole);
               within(row, number, why))
        return number;
    } else if constexpr (std::is_same_v<type, text_list> || std::is_same_v<type, duration_list>) {
      if (texts == nullptr)
        why = "needs a list of strings";
      else if constexpr (std::is_same_v<type, text_list>)
        return as_texts(row, *texts, why);
      else
        return as_durations(row, *texts, why);
    } else if (text == nullptr) {
      why = "needs a string";
    } else if constexpr (std::is_same_v<type, duration>) {
      return as_duration(row, *text, why);
    } else if constexpr (std::is_same_v<type, byte_count>) {
      return as_size(row, *text, why);
    } else if (acceptable(row, *text, why)) {
      return *text;
    }
    return std::nullopt;
  });
}

std::optional<value> from_text(const option& row, std::string_view text, std::string& why) {
  return from_toml(row, as_toml(row, text), why);
}

std::string print(const value& content) {
  return std::visit(
      [](const auto& held) -> std::string {
        using type = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<type, bool>)
          return held ? "true" : "false";
        else if constexpr (std::is_same_v<type, double>)
          return print_fraction(held);
        else if constexpr (std::is_same_v<type, std::string>)
          return quoted(held);
        else if constexpr (std::is_same_v<type, duration>)
          return quoted(forms::print(held));
        else if constexpr (std::is_same_v<type, byte_count>)
          return quoted(forms::print_size(held));
        else if constexpr (is_count<type>)
          return std::to_string(held);
        else {
          std::string out = "[";
          for (const auto& element : held)
            out.append(out.size() > 1 ? ", " : "").append(print(value(element)));
          return out.append("]");
        }
      },
      content);
}

std::string print_bounds(const option& row) {
  std::string out;
  const auto& limits = row.allowed;
  if (!limits.choices.empty()) {
    for (const auto choice : limits.choices)
      out.append(out.empty() ? "" : " or ").append(quoted(choice));
  } else if (limits.least && limits.most) {
    out = in_unit(row, *limits.least) + " to " + in_unit(row, *limits.most);
  }
  return out;
}

}  // namespace glados::config
