// `glados admin providers`: what operators grant and take away.
#include "admin/providers.hpp"

#include <algorithm>
#include <charconv>

#include "admin/commands.hpp"

namespace glados::admin {
namespace {

void show(session& s, const value& who) { s.show(who, provider_text(who)); }

std::vector<std::string> listed(const value& texts) {
  std::vector<std::string> out;
  for (const auto& one : texts.items()) out.push_back(one.text());
  return out;
}

/// A list with --set, --add and --remove (comma separated) applied.
value edited(const session& s, std::vector<std::string> now) {
  const auto& line = s.line();
  if (!line.has("set") && !line.has("add") && !line.has("remove"))
    throw stop(outcome::bad_line,
               std::string(line.command->words) + " needs --set, --add or --remove");
  if (const auto all = line.option("set")) {
    now.clear();
    for (const auto one : split(*all, ',')) now.emplace_back(one);
  }
  for (const auto& more : line.all("add"))
    for (const auto one : split(more, ','))
      if (std::find(now.begin(), now.end(), one) == now.end())
        now.emplace_back(one);
  for (const auto& less : line.all("remove"))
    for (const auto one : split(less, ',')) std::erase(now, one);
  auto out = value::list();
  for (const auto& one : now) out.add(one);
  return out;
}

/// "none" takes an override away.
value override_of(const std::string& name, const std::string& text) {
  if (text == "none")
    return {};
  std::uint64_t number = 0;
  const auto* last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(text.data(), last, number);
  if (fault != std::errc{} || end != last)
    throw stop(outcome::bad_line, "--" + name + " needs a number or none");
  return number;
}

void end_with_reason(session& s, const char* verb, const std::string& loss) {
  const auto reason = s.text("reason", true);
  const auto who = s.get(provider_path(s));
  s.confirm(s.operand(0), loss);
  show(s, s.change("POST", provider_path(s) + verb, value::object().put("reason", reason)));
}

}  // namespace

std::string provider_path(const session& s) { return "/admin/v1/providers/" + part(s.operand(0)); }

table certificates_table(const value& who) {
  table out({{"THUMBPRINT"}, {"VALID FROM"}, {"ENDS"}});
  for (const auto& one : who.at("certificates").items())
    out.add({one.at("thumbprint").text(), short_time(one.at("valid_from").text()),
             short_time(one.at("not_after").text())});
  return out;
}

table secrets_table(const value& who) {
  table out({{"NUMBER", table::align::right}, {"VALID FROM"}, {"MADE"}});
  for (const auto& one : who.at("secrets").items())
    out.add({one.at("number").text(), short_time(one.at("valid_from").text()),
             short_time(one.at("created_at").text())});
  return out;
}

std::string provider_text(const value& who) {
  facts top;
  for (const auto* name : {"provider_id", "name", "client_id", "application_id", "state"})
    top.add(name, who.at(name).shown());
  if (!who.at("state_reason").text().empty())
    top.add("reason", who.at("state_reason").text());
  top.add("scopes", who.at("scopes").shown());
  for (const auto& name : who.at("overrides").names())
    top.add(name, grouped(who.at("overrides").at(name).shown()));
  top.add("listed domains", who.at("listed_mail_domains").shown());
  top.add("created", short_time(who.at("created_at").text()));
  for (const auto& act : who.at("waiting").items())
    top.add("waiting", "an act of " + act.at("by").text() + " since " +
                           short_time(act.at("at").text()) + " for a second operator");
  return top.text() + "\ncertificates\n" + certificates_table(who).text() + "\nsecrets\n" +
         secrets_table(who).text();
}

void list_providers(session& s) {
  const auto all = s.get_all("/admin/v1/providers", "providers");
  table out({{"PROVIDER"},
             {"NAME"},
             {"STATE"},
             {"SCOPES"},
             {"LOOKUPS A DAY", table::align::right},
             {"SENDS A DAY", table::align::right},
             {"CERTIFICATES", table::align::right},
             {"SECRETS", table::align::right}});
  for (const auto& who : all.items())
    out.add({who.at("provider_id").text(), who.at("name").text(), who.at("state").text(),
             who.at("scopes").shown(), grouped(who.at("overrides").at("lookup_daily").shown()),
             grouped(who.at("overrides").at("sends_daily").shown()),
             std::to_string(who.at("certificates").items().size()),
             std::to_string(who.at("secrets").items().size())});
  s.show(value::object().put("providers", all), out.text());
}

void show_provider(session& s) { show(s, s.get(provider_path(s))); }

void set_scopes(session& s) {
  const auto who = s.get(provider_path(s));
  const auto scopes = edited(s, listed(who.at("scopes")));
  show(s, s.change("PATCH", provider_path(s), value::object().put("scopes", scopes)));
}

void set_domains(session& s) {
  const auto who = s.get(provider_path(s));
  const auto domains = edited(s, listed(who.at("listed_mail_domains")));
  show(s, s.change("PATCH", provider_path(s), value::object().put("listed_mail_domains", domains)));
}

void set_quota(session& s) {
  auto overrides = value::object();
  for (const auto& [option, member] :
       {std::pair{"lookup-daily", "lookup_daily"}, std::pair{"sends-daily", "sends_daily"},
        std::pair{"bulk-rows", "bulk_rows"}})
    if (const auto text = s.line().option(option))
      overrides.put(member, override_of(option, *text));
  if (overrides.names().empty())
    throw stop(outcome::bad_line,
               "providers quota needs --lookup-daily, --sends-daily or --bulk-rows");
  show(s, s.change("PATCH", provider_path(s), value::object().put("overrides", overrides)));
}

void suspend_provider(session& s) {
  end_with_reason(s, "/suspend",
                  "This suspends " + s.operand(0) +
                      ": within a second its certificates, secrets and tokens are refused. Its "
                      "users' mappings go on being answered.");
}

void reinstate_provider(session& s) {
  show(s, s.change("POST", provider_path(s) + "/reinstate",
                   value::object().put("reason", s.text("reason", false))));
}

void terminate_provider(session& s) {
  end_with_reason(s, "/terminate",
                  "This ends " + s.operand(0) +
                      " for good: its credentials are refused at once, all its mappings are "
                      "removed, and its id is never given again. Nothing brings it back.");
}

}  // namespace glados::admin
