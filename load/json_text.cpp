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

std::string json_member(std::string_view body, const char* object, const char* name) {
  const auto all = parse(body);
  const auto at = all.FindMember(object);
  return at == all.MemberEnd() ? std::string() : text_of(at->value, name);
}

bool json_holds(std::string_view body, const char* name) {
  const auto all = parse(body);
  const auto at = all.FindMember(name);
  return at != all.MemberEnd() && at->value.IsObject();
}

std::uint64_t json_number(std::string_view body, const char* name) {
  const auto all = parse(body);
  const auto at = all.FindMember(name);
  return at == all.MemberEnd() || !at->value.IsUint64() ? 0 : at->value.GetUint64();
}

std::string newest_code(std::string_view body, std::string_view provider) {
  const auto all = parse(body);
  const auto at = all.FindMember("messages");
  if (at == all.MemberEnd() || !at->value.IsArray())
    return {};
  for (auto i = at->value.Size(); i-- > 0;)
    if (provider.empty() || text_of(at->value[i], "provider_id") == provider)
      return text_of(at->value[i], "code");
  return {};
}

std::vector<told_change> changes_in(std::string_view body) {
  std::vector<told_change> out;
  const auto all = parse(body);
  const auto at = all.FindMember("events");
  if (at == all.MemberEnd() || !at->value.IsArray())
    return out;
  for (const auto& one : at->value.GetArray()) {
    const auto data =
        one.IsObject() ? one.FindMember("data") : rapidjson::Value::ConstMemberIterator();
    if (!one.IsObject() || data == one.MemberEnd())
      continue;
    told_change told{text_of(data->value, "change_id"), text_of(data->value, "user_id"),
                     !text_of(data->value, "restore_until").empty()};
    if (!told.change.empty())
      out.push_back(std::move(told));
  }
  return out;
}

}  // namespace glados::load
