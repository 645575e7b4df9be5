#include "http/abuse_json.hpp"

#include <cstdio>

#include "domain/time_text.hpp"
#include "telemetry/redaction.hpp"

namespace glados::http {
namespace {

std::string thousandths(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "%llu.%03llu", static_cast<unsigned long long>(value / 1000),
                static_cast<unsigned long long>(value % 1000));
  std::string out = text;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.')
    out.pop_back();
  return out;
}

void put_level(json_output& out, const char* name, standing_level level) {
  out.name(name);
  if (level == standing_level::good)
    out.null();
  else
    out.value(to_string(level));
}

void put_text(json_output& out, const char* name, std::string_view text) {
  out.name(name);
  if (text.empty())
    out.null();
  else
    out.value(text);
}

void put_report(json_output& out, const report& filed, const crypto::key_ring& keys) {
  const auto opened = keys.open_for(filed.reporter, filed.note, filed.id);
  const std::string note = opened.value_or("");
  out.begin_object().member("id", filed.id).member("state", to_string(filed.state));
  out.member("change_id", filed.change_id).member("reason", to_string(filed.reason));
  out.member("note", telemetry::looks_personal(note) ? telemetry::redacted_text : note);
  out.member("reporter", filed.reporter).member("provider_id", filed.accused);
  out.member("created_at", rfc3339(filed.at));
  put_text(out, "resolved_by", filed.resolved_by);
  put_text(out, "resolution", filed.resolution);
  out.name("resolved_at");
  if (filed.resolved_at == instant{})
    out.null();
  else
    out.value(rfc3339(filed.resolved_at));
  out.end_object();
}

}  // namespace

void put_standing(json_output& out, const provider_standing& is, const ladder& rules, instant now) {
  out.begin_object().member("level", to_string(is.level));
  out.name("strikes").raw(thousandths(strikes_at(is, rules, now)));
  put_level(out, "proposed_level", is.proposed);
  out.end_object();
}

std::string report_json(const report& filed, const crypto::key_ring& keys) {
  json_output out;
  put_report(out, filed, keys);
  return out.take();
}

std::string reports_json(const std::vector<report>& filed, const std::string& next,
                         const crypto::key_ring& keys) {
  json_output out;
  out.begin_object().name("reports").begin_array();
  for (const auto& one : filed) put_report(out, one, keys);
  out.end_array().member("next", next).end_object();
  return out.take();
}

std::string strikes_json(const provider& who, const std::vector<strike>& strikes,
                         const std::vector<bool>& counted, const std::string& after,
                         std::size_t limit, const ladder& rules, instant now) {
  json_output out;
  out.begin_object().member("provider_id", who.id);
  put_standing(out.name("standing"), who.standing, rules, now);
  out.name("strikes").begin_array();
  std::string next = after;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < strikes.size() && shown < limit; ++i) {
    const auto& one = strikes[i];
    if (one.id <= after)
      continue;
    out.begin_object().member("report_id", one.id).member("change_id", one.change_id);
    out.member("cause", to_string(one.kind)).member("reporter", one.reporter);
    out.member("at", rfc3339(one.at)).member("counts", static_cast<bool>(counted[i]));
    out.end_object();
    next = one.id;
    ++shown;
  }
  out.end_array().member("next", next).end_object();
  return out.take();
}

}  // namespace glados::http
