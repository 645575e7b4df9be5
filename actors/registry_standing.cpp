#include "actors/registry_standing.hpp"

#include <cstdio>

namespace glados::actors {
namespace {

using entry = storage::outbox_entry;

registry_decision refuse(errc code) {
  registry_decision out;
  out.code = code;
  return out;
}

entry event_entry(event_type type, const std::string& receiver, instant now, std::string detail) {
  entry out;
  out.what = entry::kind::event;
  out.notice.type = type;
  out.notice.provider_id = receiver;
  out.notice.created_at = now;
  out.notice.detail = std::move(detail);
  return out;
}

entry note_entry(const std::string& provider, standing_note::kind what, strike about) {
  entry out;
  out.what = entry::kind::note;
  out.note = {provider, what, about.at, std::move(about)};
  return out;
}

std::string quoted(std::string_view name, std::string_view value) {
  return std::string("\"").append(name).append("\":\"").append(value).append("\"");
}

std::string decimal(std::uint64_t thousandths) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(thousandths) / 1000);
  std::string out = text;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.')
    out.pop_back();
  return out;
}

/// Tells provider and audit of the step from `was`.
void tell_step(registry_decision& out, const provider_standing& was, instant now) {
  const auto& is = out.who->standing;
  const bool waits = is.proposed != standing_level::good;
  std::string detail =
      quoted("level", to_string(is.level)) + "," + quoted("previous", to_string(was.level)) +
      ",\"proposed\":" + (waits ? "\"" + std::string(to_string(is.proposed)) + "\"" : "null") +
      ",\"strikes\":" + decimal(is.strikes);
  out.outbox.push_back(
      event_entry(event_type::standing_changed, out.who->id, now, std::move(detail)));
  out.target = out.who->id;
  out.detail = {{"level", std::string(to_string(is.level))},
                {"previous", std::string(to_string(was.level))},
                {"proposed", waits ? std::string(to_string(is.proposed)) : "none"},
                {"strikes", decimal(is.strikes)}};
}

std::uint64_t apart(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

registry_decision review_provider(const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  registry_decision out;
  const auto& was = facts.who->standing;
  const auto is = glados::review(was, facts.standing, facts.rules, facts.now);
  const bool step = is.level != was.level || is.proposed != was.proposed;
  if (!step && apart(is.strikes, strikes_at(was, facts.rules, facts.now)) <= 1)
    return out;
  out.who = facts.who;
  out.who->standing = is;
  if (!step)
    return out;
  out.action = "standing.step";
  tell_step(out, was, facts.now);
  return out;
}

registry_decision settle_provider(const settle_standing& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  registry_decision out;
  out.who = facts.who;
  auto& is = out.who->standing;
  is.strikes = strikes_at(is, facts.rules, facts.now);
  is.as_of = facts.now;
  if (what.confirmed) {
    if (!confirm(is))
      return refuse(errc::conflict);
    if (is.level == standing_level::suspended && out.who->state == provider_state::active) {
      out.who->state = provider_state::suspended;
      out.who->state_reason = "standing";
    }
    out.action = "standing.confirm";
  } else {
    is = {standing_level::good, standing_level::good, 0, facts.now, facts.now};
    out.action = "standing.reset";
  }
  tell_step(out, facts.who->standing, facts.now);
  return out;
}

registry_decision resolve(const resolve_report& what, const registry_facts& facts) {
  if (!facts.filed)
    return refuse(errc::not_found);
  const auto was = facts.filed->state;
  if (was == what.outcome)
    return refuse(errc::conflict);
  registry_decision out;
  const bool upheld = what.outcome == report_state::upheld;
  out.filed = facts.filed;
  auto& filed = *out.filed;
  filed.state = what.outcome;
  filed.resolved_by = facts.by.name;
  filed.resolution = what.note;
  filed.resolved_at = facts.now;
  out.action = upheld ? "report.uphold" : "report.dismiss";
  out.target = filed.id;
  out.detail = {{"provider_id", filed.accused}, {"reporter", filed.reporter}};
  strike about{filed.id,  strike_kind::upheld, filed.change_id, filed.reporter,
               facts.now, filed.shard,         filed.key};
  using kind = standing_note::kind;
  const bool accuses = filed.reason == report_reason::malicious && filed.reporter != filed.accused;
  if (accuses)
    out.outbox.push_back(note_entry(filed.accused, upheld ? kind::strike : kind::lifted, about));
  about.kind = strike_kind::dismissed;
  if (!upheld)
    out.outbox.push_back(note_entry(filed.reporter, kind::strike, about));
  else if (was == report_state::dismissed)
    out.outbox.push_back(note_entry(filed.reporter, kind::lifted, about));
  out.outbox.push_back(event_entry(event_type::report_resolved, filed.reporter, facts.now,
                                   quoted("report_id", filed.id) + "," +
                                       quoted("change_id", filed.change_id) + "," +
                                       quoted("outcome", to_string(filed.state))));
  return out;
}

}  // namespace glados::actors
