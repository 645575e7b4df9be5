// Strict JSON in, small JSON out (api.md section 1). A body is one object of at most 16 levels, in
// valid UTF-8, without duplicate members; whatever a handler did not ask for is refused. RapidJSON
// does the parsing and stays inside json.cpp.
//
//   json_input in(request.body);
//   auto sii = in.text("sii", 512);
//   auto attest = in.flag("attestation", false);
//   if (auto fault = in.finish())
//     return answer(problem(*fault));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errc.hpp"

namespace glados::http {

inline constexpr std::size_t max_json_depth = 16;

/// Why a body was refused: `malformed_request` with a JSON pointer to the offending member, or
/// `payload_too_large` for one that nests too deep.
struct json_fault {
  errc code = errc::malformed_request;
  std::string pointer;
  std::string detail;
};

/// One request body, read member by member. Views live as long as the input. After the first fault
/// every getter returns an empty value; `finish` tells the first fault.
class json_input {
 public:
  explicit json_input(std::string_view body);
  /// For bodies that may also be absent: an empty body counts as `{}`.
  static json_input or_empty(std::string_view body);
  ~json_input();
  json_input(json_input&&) noexcept;

  /// A string of at most `max_chars` characters (code points) without NUL; required.
  std::string_view text(std::string_view name, std::size_t max_chars);
  std::optional<std::string_view> optional_text(std::string_view name, std::size_t max_chars);
  bool flag(std::string_view name, bool otherwise);
  /// An integer from 0 to 2^53.
  std::optional<std::uint64_t> optional_number(std::string_view name);
  /// Absent: outer nullopt. `null`: inner nullopt.
  std::optional<std::optional<std::uint64_t>> nullable_number(std::string_view name);
  /// An array of at most `max_items` strings.
  std::vector<std::string> texts(std::string_view name, std::size_t max_items,
                                 std::size_t max_chars);
  std::optional<std::vector<std::string>> optional_texts(std::string_view name,
                                                         std::size_t max_items,
                                                         std::size_t max_chars);
  /// A nested object, to be read the same way (its members' faults are faults of this input). Call
  /// `finish` of the outer one only. Absent: an object without members.
  json_input object(std::string_view name);
  bool has(std::string_view name) const;

  /// Records a fault of the handler's own, e.g. a value outside its listed set.
  void refuse(std::string_view name, std::string detail);

  /// The first fault: of the text itself, of a member, or an unknown member.
  std::optional<json_fault> finish();

 private:
  struct document;
  json_input() = default;
  const void* find(std::string_view name);
  void fail(std::string_view name, std::string detail);

  std::shared_ptr<document> doc_;
  const void* node_ = nullptr;  ///< rapidjson::Value, an object
  std::string prefix_;
};

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

/// Writes one JSON object or array of small size. Names are ours and not escaped.
class json_output {
 public:
  json_output& begin_object();
  json_output& end_object();
  json_output& begin_array();
  json_output& end_array();
  json_output& name(std::string_view member);
  json_output& value(std::string_view text);
  json_output& value(const char* text) { return value(std::string_view(text)); }
  json_output& value(std::uint64_t number);
  json_output& value(std::int64_t number);
  json_output& value(int number) { return value(static_cast<std::int64_t>(number)); }
  json_output& value(std::uint32_t number) { return value(static_cast<std::uint64_t>(number)); }
  json_output& value(double number);
  json_output& value(bool truth);
  json_output& null();
  /// JSON text that was checked before.
  json_output& raw(std::string_view json);
  template <class T>
  json_output& member(std::string_view key, const T& v) {
    name(key);
    return value(v);
  }
  std::string take() { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  bool comma_ = false;
};

}  // namespace glados::http
