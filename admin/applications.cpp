// `glados admin applications`: enrolment, its five checks, the decision (docs/enrolment.md).
#include <algorithm>

#include "admin/commands.hpp"
#include "admin/secret_sink.hpp"

namespace glados::admin {
namespace {

const std::string base = "/admin/v1/applications";

/// "3 of 5", and what failed.
std::string checks_shown(const value& form) {
  const auto& checks = form.at("checks").items();
  std::string failed;
  std::size_t passed = 0;
  for (const auto& check : checks) {
    passed += check.at("result").text() == "pass" ? 1 : 0;
    if (check.at("result").text() == "fail")
      failed += " " + check.at("check").text();
  }
  auto out = std::to_string(passed) + " of " + std::to_string(checks.size());
  return failed.empty() ? out : out + ", failed:" + failed;
}

std::string text_of(const value& form) {
  facts top;
  for (const auto* name :
       {"id", "state", "provider_id", "name", "contact", "website", "apps", "scopes"})
    top.add(name, form.at(name).shown());
  if (!form.at("reason").text().empty())
    top.add("reason", form.at("reason").text());
  table checks({{"CHECK"}, {"RESULT"}, {"BY"}, {"AT"}, {"EVIDENCE"}, {"NOTE"}});
  for (const auto& one : form.at("checks").items())
    checks.add({one.at("check").text(), one.at("result").shown(), one.at("by").shown(),
                short_time(one.at("at").text()), one.at("evidence").shown(),
                one.at("note").shown()});
  return top.text() + "\n" + checks.text();
}

std::string path_of(const session& s) { return base + "/" + part(s.operand(0)); }

void show(session& s, const value& form) { s.show(form, text_of(form)); }

value texts(const std::vector<std::string>& from) {
  auto out = value::list();
  for (const auto& one : from) out.add(one);
  return out;
}

}  // namespace

void list_applications(session& s) {
  const auto all = s.get_all(base, "applications");
  const auto state = s.line().option("state");
  auto chosen = value::list();
  table out({{"ID"}, {"STATE"}, {"PROVIDER"}, {"NAME"}, {"CHECKS"}, {"SCOPES"}});
  for (const auto& form : all.items()) {
    if (state && form.at("state").text() != *state)
      continue;
    chosen.add(form);
    out.add({form.at("id").text(), form.at("state").text(), form.at("provider_id").text(),
             form.at("name").text(), checks_shown(form), form.at("scopes").shown()});
  }
  s.show(value::object().put("applications", chosen), out.text());
}

void show_application(session& s) { show(s, s.get(path_of(s))); }

void submit_application(session& s) {
  auto form = value::object();
  for (const auto* name : {"name", "contact", "website"}) form.put(name, s.text(name, true));
  form.put("provider_id", s.operand(0));
  form.put("apps", texts(s.line().all("app")));
  const auto wanted = s.text("scopes", true);  // `split` refers to it
  auto scopes = value::list();
  for (const auto one : split(wanted, ',')) scopes.add(one);
  form.put("scopes", scopes);
  show(s, s.change("POST", base, form));
}

void check_application(session& s) {
  auto step = value::object();
  step.put("check", s.operand(1)).put("result", s.operand(2));
  step.put("evidence", s.text("evidence", true)).put("note", s.text("note", false));
  show(s, s.change("POST", path_of(s) + "/checks", step));
}

void approve_application(session& s) {
  secret_sink secret(s);
  secret.give(s.change("POST", path_of(s) + "/approve"));
}

void reject_application(session& s) {
  const auto reason = s.text("reason", true);
  const auto form = s.get(path_of(s));
  const auto id = form.at("id").text();
  s.confirm(id, "This rejects application " + id + " of " + form.at("name").shown() + " (" +
                    form.at("provider_id").shown() + "); a decided application is never reopened.");
  show(s, s.change("POST", path_of(s) + "/reject", value::object().put("reason", reason)));
}

}  // namespace glados::admin
