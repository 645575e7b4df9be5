// `glados admin strikes`, `standing`, `reports`, `signals`, `bulk-jobs` (docs/abuse.md,
// signals.md).
#include "admin/commands.hpp"
#include "admin/providers.hpp"

namespace glados::admin {
namespace {

std::string standing_text(const value& standing) {
  facts out;
  for (const auto* name : {"level", "strikes", "proposed_level"})
    out.add(name, standing.at(name).shown());
  return out.text();
}

std::string report_text(const value& one) {
  facts out;
  for (const auto& name : one.names()) out.add(name, one.at(name).shown());
  return out.text();
}

void settle(session& s, const char* action) {
  const auto got =
      s.change("POST", provider_path(s) + "/standing", value::object().put("action", action));
  s.show(got, standing_text(got));
}

std::string throttle_text(const value& throttle) {
  if (throttle.is_null())
    return "-";
  if (!throttle.at("lifted_at").is_null())
    return "lifted by " + throttle.at("lifted_by").shown();
  return "quota " + throttle.at("quota_percent").text() + " %, sends " +
         throttle.at("sends_percent").text() + " % until " +
         short_time(throttle.at("until").text());
}

table signals_table(const value& all) {
  table out({{"ID"}, {"FOUND"}, {"PROVIDER"}, {"KIND"}, {"SOURCE"}, {"EVIDENCE"}, {"THROTTLE"}});
  for (const auto& one : all.items()) {
    const auto& seen = one.at("evidence");
    out.add({one.at("id").text(), short_time(one.at("found_at").text()),
             one.at("provider_id").text(), one.at("kind").text(), one.at("source").text(),
             grouped(seen.at("matched").text()) + " of " + grouped(seen.at("seen").text()) + " (" +
                 seen.at("share_percent").text() + " %, limit " +
                 seen.at("threshold_percent").text() + " %)",
             throttle_text(one.at("throttle"))});
  }
  return out;
}

}  // namespace

void list_strikes(session& s) {
  const auto path = provider_path(s) + "/strikes";
  const auto standing = s.get(path).at("standing");
  const auto all = s.get_all(path, "strikes");
  table out({{"REPORT"}, {"AT"}, {"CAUSE"}, {"REPORTER"}, {"COUNTS"}, {"CHANGE"}});
  for (const auto& one : all.items())
    out.add({one.at("report_id").text(), short_time(one.at("at").text()), one.at("cause").text(),
             one.at("reporter").text(), one.at("counts").shown(), one.at("change_id").text()});
  s.show(value::object()
             .put("provider_id", s.operand(0))
             .put("standing", standing)
             .put("strikes", all),
         standing_text(standing) + "\n" + out.text());
}

void confirm_standing(session& s) {
  const auto standing = s.get(provider_path(s) + "/strikes").at("standing");
  s.confirm(s.operand(0), "This lets the proposed level of " + s.operand(0) + " (" +
                              standing.at("proposed_level").shown() +
                              ") take effect; at `suspended` its credentials are refused.");
  settle(s, "confirm");
}

void reset_standing(session& s) {
  const auto standing = s.get(provider_path(s) + "/strikes").at("standing");
  s.confirm(s.operand(0), "This grants the appeal of " + s.operand(0) + ": its " +
                              standing.at("strikes").shown() +
                              " strikes up to now never count again.");
  settle(s, "reset");
}

void list_reports(session& s) {
  const auto all = s.get_all("/admin/v1/reports", "reports");
  const auto state = s.line().option("state");
  auto chosen = value::list();
  table out(
      {{"ID"}, {"STATE"}, {"FILED"}, {"REASON"}, {"REPORTER"}, {"AGAINST"}, {"CHANGE"}, {"NOTE"}});
  for (const auto& one : all.items()) {
    if (state && one.at("state").text() != *state)
      continue;
    chosen.add(one);
    out.add({one.at("id").text(), one.at("state").text(), short_time(one.at("created_at").text()),
             one.at("reason").text(), one.at("reporter").text(), one.at("provider_id").text(),
             one.at("change_id").text(), one.at("note").shown()});
  }
  s.show(value::object().put("reports", chosen), out.text());
}

void resolve_report(session& s) {
  const auto note = s.text("note", true);
  const auto got = s.change("POST", "/admin/v1/reports/" + part(s.operand(0)) + "/resolve",
                            value::object().put("outcome", s.operand(1)).put("note", note));
  s.show(got, report_text(got));
}

void list_signals(session& s) {
  std::string path = "/admin/v1/signals";
  if (const auto only = s.line().option("provider"))
    path += "?provider=" + part(*only);
  const auto all = s.get_all(path, "signals");
  s.show(value::object().put("signals", all), signals_table(all).text());
}

void lift_signal(session& s) {
  const auto reason = s.text("reason", true);
  const auto got = s.change("POST", "/admin/v1/signals/" + part(s.operand(0)) + "/lift",
                            value::object().put("reason", reason));
  s.show(got, signals_table(value::list().add(got)).text());
}

void revert_bulk_job(session& s) {
  const auto id = s.operand(0);
  s.confirm(id, "This takes back every mapping that bulk job " + id +
                    " has registered, but those that were proven since.");
  s.progress("taking back");
  const auto got = s.change("POST", "/admin/v1/bulk-jobs/" + part(id) + "/revert");
  s.progress("");
  facts out;
  out.add("job", got.at("job").at("id").shown());
  out.add("state", got.at("job").at("state").shown());
  out.add("retracted", grouped(got.at("retracted").shown()));
  s.show(got, out.text());
}

}  // namespace glados::admin
