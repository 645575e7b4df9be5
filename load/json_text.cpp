#include "load/json_text.hpp"

#include <rapidjson/document.h>

namespace glados::load {
namespace {

rapidjson::Document parse(std::string_view body) {
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (out.HasParseError() || !out.IsObject())
    out.SetObject();
  return out;
}

std::string text_of(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject())
    return {};
  const auto at = object.FindMember(name);
  if (at == object.MemberEnd() || !at->value.IsString())
    return {};
  return {at->value.GetString(), at->value.GetStringLength()};
}

}  // namespace

std::string json_member(std::string_view body, const char* name) {
  return text_of(parse(body), name);
}

std::uint64_t json_number(std::string_view body, const char* name) {
  const auto all = parse(body);
  const auto at = all.FindMember(name);
  return at == all.MemberEnd() || !at->value.IsUint64() ? 0 : at->value.GetUint64();
}

std::string newest_code(std::string_view body) {
  const auto all = parse(body);
  const auto at = all.FindMember("messages");
  if (at == all.MemberEnd() || !at->value.IsArray() || at->value.Empty())
    return {};
  return text_of(at->value[at->value.Size() - 1], "code");
}

}  // namespace glados::load
