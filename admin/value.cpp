#include "admin/value.hpp"

#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>

namespace glados::admin {
namespace {

constexpr std::size_t deepest = 64;

void append_text(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      ((out += "\\u00") += digits[c >> 4 & 0xF]) += digits[c & 0xF];
    else
      out += c;
  }
  out += '"';
}

/// Takes the reader's events. Containers under way stand on a stack.
class builder {
 public:
  bool Null() { return take({}); }
  bool Bool(bool flag) { return take(flag); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return take(value::digits({text, size}));
  }
  bool Int(int) { return false; }  // numbers come raw
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return take(std::string(text, size));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    open_.back().name.assign(text, size);
    return true;
  }
  bool StartObject() { return begin(value::object()); }
  bool StartArray() { return begin(value::list()); }
  bool EndObject(rapidjson::SizeType) { return end(); }
  bool EndArray(rapidjson::SizeType) { return end(); }

  value root;

 private:
  struct level {
    value made;
    std::string name;  ///< of the member whose value comes next
  };

  bool take(value&& got) {
    if (open_.empty())
      root = std::move(got);
    else if (open_.back().made.what() == value::kind::object)
      open_.back().made.put(open_.back().name, std::move(got));
    else
      open_.back().made.add(std::move(got));
    return true;
  }

  bool begin(value&& empty) {
    open_.push_back({std::move(empty), {}});
    return open_.size() <= deepest;
  }

  bool end() {
    auto made = std::move(open_.back().made);
    open_.pop_back();
    return take(std::move(made));
  }

  std::vector<level> open_;
};

}  // namespace

value value::list() {
  value out;
  out.kind_ = kind::list;
  return out;
}

value value::object() {
  value out;
  out.kind_ = kind::object;
  return out;
}

value value::digits(std::string number) {
  value out;
  out.kind_ = kind::number;
  out.text_ = std::move(number);
  return out;
}

std::uint64_t value::count() const {
  std::uint64_t out = 0;
  const auto* last = text_.data() + text_.size();
  const auto [end, fault] = std::from_chars(text_.data(), last, out);
  return kind_ == kind::number && fault == std::errc{} && end == last ? out : 0;
}

std::string value::shown() const {
  switch (kind_) {
    case kind::boolean:
      return flag_ ? "yes" : "no";
    case kind::number:
      return text_;
    case kind::text:
      return text_.empty() ? "-" : text_;
    case kind::list: {
      std::string out;
      for (const auto& item : items_) (out += out.empty() ? "" : " ") += item.shown();
      return out.empty() ? "-" : out;
    }
    case kind::object:
      return json();
    default:
      return "-";
  }
}

const value& value::at(std::string_view name) const {
  static const value nothing;
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? nothing : items_[static_cast<std::size_t>(found - names_.begin())];
}

bool value::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

value& value::put(std::string name, value member) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) {
    items_[static_cast<std::size_t>(found - names_.begin())] = std::move(member);
    return *this;
  }
  names_.push_back(std::move(name));
  items_.push_back(std::move(member));
  return *this;
}

value& value::add(value element) {
  items_.push_back(std::move(element));
  return *this;
}

void value::remove(std::string_view name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end())
    return;
  items_.erase(items_.begin() + (found - names_.begin()));
  names_.erase(found);
}

void value::write(std::string& out, int depth, bool folded) const {
  const auto line = [&](int indent) {
    if (folded)
      out.append("\n").append(static_cast<std::size_t>(indent) * 2, ' ');
  };
  if (kind_ == kind::null)
    out += "null";
  else if (kind_ == kind::boolean)
    out += flag_ ? "true" : "false";
  else if (kind_ == kind::number)
    out += text_;
  else if (kind_ == kind::text)
    append_text(out, text_);
  else {
    const bool named = kind_ == kind::object;
    out += named ? '{' : '[';
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (i > 0)
        out += ',';
      line(depth + 1);
      if (named) {
        append_text(out, names_[i]);
        out += folded ? ": " : ":";
      }
      items_[i].write(out, depth + 1, folded);
    }
    if (!items_.empty())
      line(depth);
    out += named ? '}' : ']';
  }
}

std::string value::json() const {
  std::string out;
  write(out, 0, false);
  return out;
}

std::string value::pretty() const {
  std::string out;
  write(out, 0, true);
  return out + "\n";
}

std::optional<value> parse_json(std::string_view text) {
  constexpr unsigned how = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag |
                           rapidjson::kParseValidateEncodingFlag;
  const std::string ended(text);
  rapidjson::StringStream in(ended.c_str());
  rapidjson::Reader reader;
  builder out;
  if (ended.find('\0') != std::string::npos || reader.Parse<how>(in, out).IsError())
    return {};
  return std::move(out.root);
}

}  // namespace glados::admin
