// The published document and the tables of routes say the same.
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "http/api.hpp"
#include "http/openapi.hpp"

using namespace glados;
using namespace glados::http;

BOOST_AUTO_TEST_SUITE(admin_openapi)

namespace {

using value = rapidjson::Value;

const rapidjson::Document& document() {
  static const auto parsed = [] {
    rapidjson::Document out;
    const auto text = openapi_json();
    out.Parse(text.data(), text.size());
    return out;
  }();
  return parsed;
}

struct operation {
  const value* path = nullptr;
  const value* self = nullptr;
};

/// "GET /livez" -> the operation.
const std::map<std::string, operation>& operations() {
  static const auto found = [] {
    std::map<std::string, operation> out;
    for (const auto& path : document()["paths"].GetObject())
      for (const auto& item : path.value.GetObject()) {
        std::string method = item.name.GetString();
        if (method == "servers" || method == "parameters")
          continue;
        std::transform(method.begin(), method.end(), method.begin(), ::toupper);
        out[method + " " + path.name.GetString()] = {&path.value, &item.value};
      }
    return out;
  }();
  return found;
}

std::vector<const route_row*> all_rows() {
  std::vector<const route_row*> out;
  for (const auto rows : {provider_routes(), admin_routes()})
    for (const auto& row : rows) out.push_back(&row);
  return out;
}

std::string key(const route_row& row) {
  return std::string(row.method) + " " + std::string(row.pattern);
}

const value& resolved(const value& at) {
  if (!at.IsObject() || !at.HasMember("$ref"))
    return at;
  const auto* found = rapidjson::Pointer(at["$ref"].GetString()).Get(document());
  BOOST_REQUIRE_MESSAGE(found, at["$ref"].GetString());
  return *found;
}

std::set<std::string> names_of(const value& parameters, std::string_view where) {
  std::set<std::string> out;
  for (const auto& item : parameters.GetArray())
    if (resolved(item)["in"].GetString() == where)
      out.insert(resolved(item)["name"].GetString());
  return out;
}

std::set<std::string> parameters_of(const operation& at, std::string_view where) {
  std::set<std::string> out;
  for (const auto* level : {at.path, at.self})
    if (level->HasMember("parameters"))
      out.merge(names_of((*level)["parameters"], where));
  return out;
}

/// What the operation's first security requirement says under a scheme; nothing: not required.
std::optional<std::set<std::string>> required(const operation& at, const char* scheme) {
  const auto& first = (*at.self)["security"][0];
  if (!first.HasMember(scheme))
    return {};
  std::set<std::string> out;
  for (const auto& item : first[scheme].GetArray()) out.insert(item.GetString());
  return out;
}

void check_references(const value& at) {
  if (at.IsObject()) {
    resolved(at);
    for (const auto& member : at.GetObject()) check_references(member.value);
  } else if (at.IsArray()) {
    for (const auto& item : at.GetArray()) check_references(item);
  }
}

/// Every object that lists members is closed: nothing may be added in silence.
void check_closed(const value& at, const std::string& where) {
  if (at.IsObject()) {
    if (at.HasMember("type") && at["type"] == "object" && at.HasMember("properties"))
      BOOST_TEST(at.HasMember("additionalProperties"), where);
    for (const auto& member : at.GetObject())
      check_closed(member.value, where + "/" + member.name.GetString());
  } else if (at.IsArray()) {
    for (const auto& item : at.GetArray()) check_closed(item, where);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_is_one_json_document_of_openapi_3_1) {
  BOOST_REQUIRE(!document().HasParseError());
  BOOST_TEST(document()["openapi"].GetString() == std::string("3.1.0"));
  BOOST_TEST(!document().HasMember("x-shared"));
  check_references(document());
}

BOOST_AUTO_TEST_CASE(every_route_is_in_it_under_its_name) {
  for (const auto* row : all_rows()) {
    const auto found = operations().find(key(*row));
    BOOST_TEST_CONTEXT(key(*row)) {
      BOOST_REQUIRE(found != operations().end());
      BOOST_TEST((*found->second.self)["operationId"].GetString() == row->name);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_in_it) {
  std::set<std::string> served;
  for (const auto* row : all_rows()) served.insert(key(*row));
  for (const auto& [name, at] : operations()) BOOST_TEST(served.contains(name), name);
  BOOST_TEST(served.size() == all_rows().size());
}

BOOST_AUTO_TEST_CASE(names_are_unique) {
  std::set<std::string_view> seen;
  for (const auto* row : all_rows()) BOOST_TEST(seen.insert(row->name).second, row->name);
}

BOOST_AUTO_TEST_CASE(scopes_and_roles_are_those_of_the_tables) {
  for (const auto& row : provider_routes()) {
    const auto& at = operations().at(key(row));
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(required(at, "client_certificate").has_value());
      const auto scopes = required(at, "oauth");
      BOOST_TEST(scopes.has_value() == !row.scope.empty());
      if (scopes && row.scope != "any")
        BOOST_TEST(scopes->contains(std::string(row.scope)));
      BOOST_TEST(!at.path->HasMember("servers"));
    }
  }
  for (const auto& row : admin_routes()) {
    const auto& at = operations().at(key(row));
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(required(at, "admin_certificate")
                     .value()
                     .contains(std::string(to_string(role_for(row.role)))));
      BOOST_TEST(at.path->HasMember("servers"));
    }
  }
}

constexpr const char* media_type(body_rule rule) {
  switch (rule) {
    case body_rule::form:
      return "application/x-www-form-urlencoded";
    case body_rule::ndjson:
      return "application/x-ndjson";
    default:
      return "application/json";
  }
}

BOOST_AUTO_TEST_CASE(bodies_keys_and_path_parameters_are_those_of_the_tables) {
  for (const auto* row : all_rows()) {
    const auto& at = operations().at(key(*row));
    BOOST_TEST_CONTEXT(row->name) {
      const bool takes = at.self->HasMember("requestBody");
      const bool post = row->method == "POST";
      BOOST_TEST(takes == (post || row->body != body_rule::none));
      if (takes) {
        const auto& body = resolved((*at.self)["requestBody"]);
        const bool needed = row->body == body_rule::json || row->body == body_rule::form ||
                            row->body == body_rule::ndjson;
        BOOST_TEST(body["required"].GetBool() == needed);
        BOOST_TEST(body["content"].HasMember(media_type(row->body)));
      }
      BOOST_TEST(parameters_of(at, "header").contains("Idempotency-Key") == row->idempotent);
      std::set<std::string> named;
      for (std::size_t i = 0; (i = row->pattern.find('{', i)) != row->pattern.npos; ++i)
        named.insert(std::string(row->pattern.substr(i + 1, row->pattern.find('}', i) - i - 1)));
      BOOST_TEST((parameters_of(at, "path") == named));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_answer_names_its_request_and_every_operation_its_usual_refusals) {
  for (const auto& [name, at] : operations()) {
    const auto& responses = (*at.self)["responses"];
    for (const auto& answer : responses.GetObject())
      BOOST_TEST(resolved(answer.value)["headers"].HasMember("X-Request-Id"), name);
    for (const auto* status : {"400", "413", "500", "503"})
      BOOST_TEST(responses.HasMember(status), name << " lacks " << status);
    if (required(at, "oauth") || required(at, "admin_certificate"))
      for (const auto* status : {"401", "403"})
        BOOST_TEST(responses.HasMember(status), name << " lacks " << status);
  }
}

BOOST_AUTO_TEST_CASE(problems_are_those_of_the_error_table) {
  std::set<std::string> known;
  for (const auto& row : errc_rows) known.insert("urn:glados:problem:" + std::string(row.problem));
  std::size_t checked = 0;
  for (const auto& answer : document()["components"]["responses"].GetObject()) {
    if (!answer.value.HasMember("content") ||
        !answer.value["content"].HasMember("application/problem+json"))
      continue;
    const auto& schema = answer.value["content"]["application/problem+json"]["schema"];
    if (!schema.HasMember("allOf"))
      continue;
    const auto& type = schema["allOf"][1]["properties"]["type"];
    const int status = schema["allOf"][1]["properties"]["status"]["const"].GetInt();
    const auto check = [&](const value& name) {
      ++checked;
      BOOST_TEST(known.contains(name.GetString()), name.GetString());
      for (const auto& row : errc_rows)
        if ("urn:glados:problem:" + std::string(row.problem) == name.GetString())
          BOOST_TEST(row.status == status, name.GetString());
    };
    if (type.HasMember("const"))
      check(type["const"]);
    else
      for (const auto& name : type["enum"].GetArray()) check(name);
  }
  BOOST_TEST(checked > 20u);
}

BOOST_AUTO_TEST_CASE(objects_are_closed) {
  check_closed(document()["components"]["schemas"], "schemas");
}

BOOST_AUTO_TEST_SUITE_END()
