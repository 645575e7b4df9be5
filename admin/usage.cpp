// `glados admin providers usage` and `budget`, and `glados admin report`: what was used, by whom,
// and what of it may be published.
#include <chrono>

#include "admin/commands.hpp"
#include "admin/providers.hpp"
#include "admin/publish.hpp"
#include "domain/time_text.hpp"

namespace glados::admin {
namespace {

std::string month_of(const session& s) {
  const auto given = s.line().option("month");
  if (given && !valid_month(*given))
    throw stop(outcome::bad_line, "--month needs a month as 2026-11");
  return given.value_or("");
}

std::string money(const value& micros) {
  const auto all = micros.count();
  auto cents = std::to_string(all / 10'000 % 100);
  return grouped(std::to_string(all / 1'000'000)) + "." +
         std::string(2 - std::min<std::size_t>(2, cents.size()), '0') + cents;
}

value usage_of(session& s, const std::string& provider, const std::string& month) {
  return s.get("/admin/v1/providers/" + part(provider) + "/usage" +
               (month.empty() ? "" : "?month=" + month));
}

/// By the name of a kind of event.
using rows = std::map<std::string, publication_row>;

void add_usage(rows& into, const value& used) {
  into["lookups"].add("answered", used.at("lookups").at("hits").count());
  into["lookups"].add("nobody has it", used.at("lookups").at("misses").count());
  for (const auto& one : used.at("sends").items())
    into["codes sent"].add(
        one.at("channel").text() +
            (one.at("country").is_null() ? std::string() : " " + one.at("country").text()),
        one.at("count").count());
  into["bulk rows"].add("", used.at("bulk_rows").count());
}

/// Reports by reason when they were filed, by outcome when they were settled.
void add_reports(session& s, rows& into, const std::string& month) {
  const auto all = s.get_all("/admin/v1/reports", "reports");
  for (const auto& one : all.items()) {
    if (in_month(one.at("created_at"), month))
      into["reports filed"].add(one.at("reason").text(), 1);
    if (in_month(one.at("resolved_at"), month))
      into["reports settled"].add(one.at("state").text(), 1);
  }
}

void add_strikes(session& s, rows& into, const std::string& provider, const std::string& month) {
  const auto all = s.get_all("/admin/v1/providers/" + part(provider) + "/strikes", "strikes");
  for (const auto& one : all.items())
    if (in_month(one.at("at"), month))
      into["strikes"].add(one.at("cause").text(), 1);
}

std::string cell_text(const value& count) {
  return count.is_null() ? "<" + std::to_string(least_published) : grouped(count.text());
}

std::string report_text(const value& told) {
  table out({{"WHAT"}, {"OF THESE"}, {"NUMBER", table::align::right}});
  for (const auto& name : told.at("rows").names()) {
    const auto& row = told.at("rows").at(name);
    out.add({name, "all", cell_text(row.at("total"))});
    for (const auto& cell : row.at("by").names())
      out.add({"", cell, cell_text(row.at("by").at(cell))});
  }
  return "GLADOS, " + told.at("month").text() + ", all providers together (" +
         told.at("providers").text() + ")\n\n" + out.text();
}

}  // namespace

void show_usage(session& s) {
  const auto used = usage_of(s, s.operand(0), month_of(s));
  const auto& due = used.at("statement");
  facts top;
  top.add("month", used.at("month").text());
  top.add("lookups", grouped(used.at("lookups").at("hits").text()) + " answered, " +
                         grouped(used.at("lookups").at("misses").text()) + " of nobody");
  top.add("bulk rows", grouped(used.at("bulk_rows").text()));
  table lines({{"ITEM"},
               {"CHANNEL"},
               {"COUNTRY"},
               {"QUANTITY", table::align::right},
               {due.at("currency").text(), table::align::right}});
  for (const auto& one : due.at("lines").items())
    lines.add({one.at("item").text(), one.at("channel").shown(), one.at("country").shown(),
               grouped(one.at("quantity").text()), money(one.at("amount_micros"))});
  lines.add({"total", "", "", "", money(due.at("total_micros"))});
  s.show(used, top.text() + "\n" + lines.text());
}

void show_budget(session& s) {
  const auto told = s.get(provider_path(s) + "/quota");
  table policies({{"POLICY"},
                  {"QUOTA", table::align::right},
                  {"LEFT", table::align::right},
                  {"WHOLE AGAIN IN s", table::align::right}});
  for (const auto& one : told.at("policies").items())
    policies.add({one.at("name").text(), grouped(one.at("quota").text()),
                  grouped(one.at("remaining").text()), grouped(one.at("reset_seconds").text())});
  facts below;
  for (const auto& name : told.at("users").names())
    below.add("users " + name, grouped(told.at("users").at(name).text()));
  for (const auto& name : told.at("standing").names())
    below.add("standing " + name, told.at("standing").at(name).shown());
  s.show(told, policies.text() + "\n" + below.text());
}

void publish_report(session& s) {
  const auto month = month_of(s);
  if (month.empty())
    throw stop(outcome::bad_line, "report needs --month");
  rows found;
  for (const auto* name :
       {"lookups", "codes sent", "bulk rows", "reports filed", "reports settled", "strikes"})
    found[name];
  const auto all = s.get_all("/admin/v1/providers", "providers");
  std::size_t done = 0;
  for (const auto& who : all.items()) {
    const auto& id = who.at("provider_id").text();
    s.progress(std::to_string(++done) + " of " + std::to_string(all.items().size()) + " providers");
    add_usage(found, usage_of(s, id, month));
    add_strikes(s, found, id, month);
  }
  add_reports(s, found, month);
  s.progress("");
  auto told = value::object();
  for (const auto& [name, row] : found) told.put(name, row.published());
  const auto result = value::object()
                          .put("month", month)
                          .put("least_published", least_published)
                          .put("providers", all.items().size())
                          .put("rows", told);
  s.show(result, report_text(result));
}

}  // namespace glados::admin
