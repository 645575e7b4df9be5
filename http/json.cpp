#include "http/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/memorybuffer.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "domain/text.hpp"

namespace glados::http {
namespace {

using node = rapidjson::Value;

constexpr std::uint64_t max_integer = std::uint64_t{1} << 53;
constexpr std::size_t arena_bytes =
    4096;  // enough for every call but bulk: then nothing is allocated

/// Deepest nesting of a text, strings respected. Runs before the parser sees a byte.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

std::string_view view(const node& text) { return {text.GetString(), text.GetStringLength()}; }

/// `/` and `~` as RFC 6901 wants them.
std::string pointer_segment(std::string_view name) {
  std::string out = "/";
  for (const char c : name.substr(0, 64))
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  return out;
}

/// Pointer of the first member that stands twice in one object.
std::optional<std::string> duplicate(const node& at, const std::string& prefix) {
  if (at.IsArray()) {
    for (rapidjson::SizeType i = 0; i < at.Size(); ++i)
      if (auto found = duplicate(at[i], prefix + "/" + std::to_string(i)))
        return found;
    return {};
  }
  if (!at.IsObject())
    return {};
  std::vector<std::string_view> names;
  names.reserve(at.MemberCount());
  for (const auto& member : at.GetObject()) names.push_back(view(member.name));
  std::sort(names.begin(), names.end());
  if (auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    return prefix + pointer_segment(*twice);
  for (const auto& member : at.GetObject())
    if (member.value.IsObject() || member.value.IsArray())
      if (auto found = duplicate(member.value, prefix + pointer_segment(view(member.name))))
        return found;
  return {};
}

/// Whether every string is UTF-8 after its escapes were resolved: the parser lets the second half
/// of a surrogate pair pass alone.
bool well_formed(const node& at) {
  if (at.IsString())
    return valid_utf8(view(at));
  if (at.IsArray())
    return std::all_of(at.Begin(), at.End(), well_formed);
  if (!at.IsObject())
    return true;
  return std::all_of(at.MemberBegin(), at.MemberEnd(), [](const auto& member) {
    return well_formed(member.name) && well_formed(member.value);
  });
}

}  // namespace

struct json_input::document {
  explicit document(std::string_view text)
      : allocator(arena.data(), arena.size()), root(&allocator, 512, &stack) {
    parse(text);
  }

  void parse(std::string_view text) {
    if (nesting(text) > max_json_depth) {
      fault = json_fault{errc::payload_too_large, "", "nests deeper than 16 levels"};
      return;
    }
    rapidjson::MemoryStream raw(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(raw);
    constexpr unsigned strict =
        rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
    if (text.find('\0') != std::string_view::npos || text.substr(0, 3) == "\xEF\xBB\xBF" ||
        root.ParseStream<strict>(stream).HasParseError() ||
        (text.find("\\u") != std::string_view::npos && !well_formed(root))) {
      fault = json_fault{errc::malformed_request, "", "the body is not valid JSON in UTF-8"};
    } else if (!root.IsObject()) {
      fault = json_fault{errc::malformed_request, "", "the body is not one JSON object"};
    } else if (auto twice = duplicate(root, "")) {
      fault = json_fault{errc::malformed_request, *twice, "duplicate member"};
    }
  }

  std::array<char, arena_bytes> arena;
  rapidjson::MemoryPoolAllocator<> allocator;
  rapidjson::CrtAllocator stack;
  rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>,
                             rapidjson::CrtAllocator>
      root;
  std::optional<json_fault> fault;
  std::vector<std::pair<const node*, std::string>> objects;  ///< each object that was read
  std::vector<const node*> seen;                             ///< names of members that were read
};

json_input::json_input(std::string_view body) : doc_(std::make_shared<document>(body)) {
  if (!doc_->fault) {
    node_ = static_cast<const node*>(&doc_->root);
    doc_->objects.emplace_back(static_cast<const node*>(node_), "");
  }
}

json_input json_input::or_empty(std::string_view body) {
  return json_input(body.empty() ? std::string_view("{}") : body);
}

json_input::~json_input() = default;
json_input::json_input(json_input&&) noexcept = default;

const void* json_input::find(std::string_view name) {
  if (doc_->fault || node_ == nullptr)
    return nullptr;
  for (const auto& member : static_cast<const node*>(node_)->GetObject())
    if (view(member.name) == name) {
      doc_->seen.push_back(&member.name);
      return &member.value;
    }
  return nullptr;
}

bool json_input::has(std::string_view name) const {
  if (doc_->fault || node_ == nullptr)
    return false;
  for (const auto& member : static_cast<const node*>(node_)->GetObject())
    if (view(member.name) == name)
      return true;
  return false;
}

void json_input::fail(std::string_view name, std::string detail) {
  if (!doc_->fault)
    doc_->fault =
        json_fault{errc::malformed_request, prefix_ + pointer_segment(name), std::move(detail)};
}

void json_input::refuse(std::string_view name, std::string detail) {
  fail(name, std::move(detail));
}

std::optional<std::string_view> json_input::optional_text(std::string_view name,
                                                          std::size_t max_chars) {
  const auto* found = static_cast<const node*>(find(name));
  if (found == nullptr)
    return {};
  if (!found->IsString())
    fail(name, "not a string");
  else if (view(*found).find('\0') != std::string_view::npos)
    fail(name, "holds a NUL character");
  else if (found->GetStringLength() > max_chars && utf8_length(view(*found)) > max_chars)
    fail(name, "longer than " + std::to_string(max_chars) + " characters");
  else
    return view(*found);
  return {};
}

std::string_view json_input::text(std::string_view name, std::size_t max_chars) {
  if (!doc_->fault && !has(name))
    fail(name, "missing member");
  return optional_text(name, max_chars).value_or(std::string_view{});
}

bool json_input::flag(std::string_view name, bool otherwise) {
  const auto* found = static_cast<const node*>(find(name));
  if (found == nullptr)
    return otherwise;
  if (!found->IsBool()) {
    fail(name, "not true or false");
    return otherwise;
  }
  return found->GetBool();
}

std::optional<std::uint64_t> json_input::optional_number(std::string_view name) {
  const auto* found = static_cast<const node*>(find(name));
  if (found == nullptr)
    return {};
  if (!found->IsUint64() || found->GetUint64() > max_integer) {
    fail(name, "not an integer from 0 to 2^53");
    return {};
  }
  return found->GetUint64();
}

std::optional<std::optional<std::uint64_t>> json_input::nullable_number(std::string_view name) {
  const auto* found = static_cast<const node*>(find(name));
  if (found == nullptr)
    return {};
  if (found->IsNull())
    return std::optional<std::uint64_t>{};
  return optional_number(name);
}

std::optional<std::vector<std::string>> json_input::optional_texts(std::string_view name,
                                                                   std::size_t max_items,
                                                                   std::size_t max_chars) {
  const auto* found = static_cast<const node*>(find(name));
  if (found == nullptr)
    return {};
  std::vector<std::string> out;
  if (!found->IsArray() || found->Size() > max_items) {
    fail(name, "not an array of at most " + std::to_string(max_items) + " strings");
    return {};
  }
  for (const auto& item : found->GetArray()) {
    if (!item.IsString() || view(item).find('\0') != std::string_view::npos ||
        utf8_length(view(item)) > max_chars) {
      fail(name, "an item is not a string of at most " + std::to_string(max_chars) + " characters");
      return {};
    }
    out.emplace_back(view(item));
  }
  return out;
}

std::vector<std::string> json_input::texts(std::string_view name, std::size_t max_items,
                                           std::size_t max_chars) {
  if (!doc_->fault && !has(name))
    fail(name, "missing member");
  return optional_texts(name, max_items, max_chars).value_or(std::vector<std::string>{});
}

json_input json_input::object(std::string_view name) {
  json_input out;
  out.doc_ = doc_;
  out.prefix_ = prefix_ + pointer_segment(name);
  const auto* found = static_cast<const node*>(find(name));
  if (found != nullptr && !found->IsObject()) {
    fail(name, "not an object");
  } else if (found != nullptr) {
    out.node_ = found;
    doc_->objects.emplace_back(found, out.prefix_);
  }
  return out;
}

std::optional<json_fault> json_input::finish() {
  if (doc_->fault)
    return doc_->fault;
  for (const auto& [at, prefix] : doc_->objects)
    for (const auto& member : at->GetObject())
      if (std::find(doc_->seen.begin(), doc_->seen.end(), &member.name) == doc_->seen.end())
        return json_fault{errc::malformed_request, prefix + pointer_segment(view(member.name)),
                          "unknown member"};
  return {};
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  };
  out += '"';
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::find_if(text.begin(), text.end(), special) - text.begin());
    out += text.substr(0, plain);
    if (plain == text.size())
      break;
    const char c = text[plain];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      out += "\\u00";
      out += digits[(c >> 4) & 0xF];
      out += digits[c & 0xF];
    }
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void json_output::separate() {
  if (comma_)
    out_ += ',';
  comma_ = false;
}

json_output& json_output::begin_object() {
  constexpr std::size_t usual_size = 256;
  if (out_.empty())
    out_.reserve(usual_size);
  separate();
  out_ += '{';
  return *this;
}

json_output& json_output::end_object() {
  out_ += '}';
  comma_ = true;
  return *this;
}

json_output& json_output::begin_array() {
  separate();
  out_ += '[';
  return *this;
}

json_output& json_output::end_array() {
  out_ += ']';
  comma_ = true;
  return *this;
}

json_output& json_output::name(std::string_view member) {
  separate();
  out_ += '"';
  out_ += member;
  out_ += "\":";
  return *this;
}

json_output& json_output::raw(std::string_view json) {
  separate();
  out_ += json;
  comma_ = true;
  return *this;
}

json_output& json_output::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  comma_ = true;
  return *this;
}

json_output& json_output::value(std::uint64_t number) { return raw(std::to_string(number)); }
json_output& json_output::value(std::int64_t number) { return raw(std::to_string(number)); }
json_output& json_output::value(bool truth) { return raw(truth ? "true" : "false"); }
json_output& json_output::null() { return raw("null"); }

json_output& json_output::value(double number) {
  if (!std::isfinite(number))
    return null();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", number);
  return raw(text.data());
}

}  // namespace glados::http
