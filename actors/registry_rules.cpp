#include "actors/registry_rules.hpp"

#include <algorithm>
#include <type_traits>

#include "actors/registry_standing.hpp"
#include "actors/signal_desk.hpp"
#include "domain/time_text.hpp"

namespace glados::actors {
namespace {

registry_decision refuse(errc code) { return {.code = code}; }

registry_decision about(const char* action, std::string target) {
  registry_decision out;
  out.action = action;
  out.target = std::move(target);
  return out;
}

/// Asks for a second operator where the rules want one. True: the act waits, `out` says so.
bool must_wait(registry_decision& out, const registry_facts& facts, guarded kind,
               const std::string& fingerprint) {
  if (!needs_second(kind, facts.two_person))
    return false;
  if (approve_act(*out.who, fingerprint, facts.by.name, facts.now) == approval::second)
    return false;
  out.waiting = true;
  out.action += ".first";
  return true;
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out.append(out.empty() ? "" : " ").append(text);
  return out;
}

// --- applications ------------------------------------------------------------------------------

registry_decision on(const submit_application& what, const registry_facts& facts) {
  if (facts.who)
    return refuse(errc::conflict);  // the name is taken
  auto out = about("application.submit", facts.fresh_id);
  out.form = what.form;
  out.form->id = facts.fresh_id;
  out.form->state = application_state::submitted;
  out.form->checks.clear();
  out.detail = {{"provider_id", what.form.provider_id}};
  return out;
}

registry_decision on(const record_check& what, const registry_facts& facts) {
  if (!facts.form)
    return refuse(errc::not_found);
  auto out = about("application.check", what.application_id);
  out.form = facts.form;
  auto step = what.step;
  step.by = facts.by.name;
  step.at = facts.now;
  out.code = glados::record_check(*out.form, what.which, step);
  out.detail = {{"check", std::string(to_string(what.which))},
                {"result", std::string(to_string(step.outcome))}};
  return out;
}

registry_decision on(const approve_application& what, const registry_facts& facts) {
  if (!facts.form)
    return refuse(errc::not_found);
  if (const auto code = can_approve(*facts.form, facts.by.name, facts.two_person);
      code != errc::none)
    return refuse(code);
  if (facts.who)
    return refuse(errc::conflict);
  auto out = about("application.approve", what.application_id);
  out.form = facts.form;
  out.form->state = application_state::approved;
  provider fresh;
  fresh.id = facts.form->provider_id;
  fresh.name = facts.form->name;
  fresh.client_id = what.client_id;
  fresh.application_id = what.application_id;
  fresh.scopes = granted_scopes(*facts.form);
  fresh.created_at = facts.now;
  fresh.secrets = {{1, what.secret_hash, facts.now, facts.now}};
  out.detail = {{"provider_id", fresh.id}, {"scopes", join(fresh.scopes)}};
  out.who = std::move(fresh);
  return out;
}

registry_decision on(const reject_application& what, const registry_facts& facts) {
  if (!facts.form)
    return refuse(errc::not_found);
  if (const auto code = can_reject(*facts.form); code != errc::none)
    return refuse(code);
  auto out = about("application.reject", what.application_id);
  out.form = facts.form;
  out.form->state = application_state::rejected;
  out.form->reason = what.reason;
  out.detail = {{"provider_id", out.form->provider_id}, {"reason", what.reason}};
  return out;
}

// --- providers ---------------------------------------------------------------------------------

/// Above what every provider has by section 7 of the contract.
bool raises(const std::optional<std::optional<std::uint64_t>>& to,
            const std::optional<std::uint64_t>& from, std::uint64_t given) {
  return to && *to && **to > std::max(given, from.value_or(0));
}

std::optional<guarded> guard_of(const patch_provider& what, const provider& who,
                                const registry_facts& facts) {
  if (what.scopes && !has_scope(who, "bulk") &&
      std::find(what.scopes->begin(), what.scopes->end(), "bulk") != what.scopes->end())
    return guarded::grant_bulk;
  if (raises(what.lookup_daily, who.overrides.lookup_daily, facts.quota_base) ||
      raises(what.sends_daily, who.overrides.sends_daily, facts.sends_base) ||
      raises(what.bulk_rows, who.overrides.bulk_rows, 10'000'000))
    return guarded::raise_override;
  if (what.listed_mail_domains &&
      std::any_of(what.listed_mail_domains->begin(), what.listed_mail_domains->end(),
                  [&](const auto& domain) {
                    return std::find(who.listed_mail_domains.begin(), who.listed_mail_domains.end(),
                                     domain) == who.listed_mail_domains.end();
                  }))
    return guarded::list_mail_domain;
  return {};
}

registry_decision on(const patch_provider& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  auto out = about("provider.patch", what.id);
  out.who = facts.who;
  const auto guard = guard_of(what, *facts.who, facts);
  if (guard && must_wait(out, facts, *guard, "patch:" + what.fingerprint))
    return out;
  auto& who = *out.who;
  if (what.scopes) {
    who.scopes = *what.scopes;
    out.detail.emplace_back("scopes", join(who.scopes));
  }
  const auto put = [&](const auto& given, auto& place, const char* name) {
    if (!given)
      return;
    place = *given;
    out.detail.emplace_back(name, place ? std::to_string(*place) : "none");
  };
  put(what.lookup_daily, who.overrides.lookup_daily, "lookup_daily");
  put(what.sends_daily, who.overrides.sends_daily, "sends_daily");
  put(what.bulk_rows, who.overrides.bulk_rows, "bulk_rows");
  if (what.listed_mail_domains) {
    who.listed_mail_domains = *what.listed_mail_domains;
    out.detail.emplace_back("listed_mail_domains", std::to_string(who.listed_mail_domains.size()));
  }
  return out;
}

registry_decision on(const add_provider_secret& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  auto out = about(what.self_service ? "secret.add_own" : "secret.add", what.id);
  out.who = facts.who;
  auto& who = *out.who;
  if (who.secrets.size() >= max_live_secrets)
    return refuse(errc::conflict);
  if (!what.self_service && !who.secrets.empty() &&
      must_wait(out, facts, guarded::another_credential, "secret"))
    return out;
  for (const auto& held : who.secrets) out.secret_number = std::max(out.secret_number, held.number);
  ++out.secret_number;
  const auto from = what.self_service ? facts.now + facts.credential_settle : facts.now;
  out.code = add_secret(who, {out.secret_number, what.hash, facts.now, from});
  out.detail = {{"number", std::to_string(out.secret_number)}};
  return out;
}

std::string short_hex(const bytes32& thumbprint) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    out += digits[thumbprint[i] >> 4];
    out += digits[thumbprint[i] & 0xF];
  }
  return out;
}

registry_decision on(const add_provider_certificate& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  if (facts.certificate_taken)
    return refuse(errc::conflict);
  auto out = about(what.self_service ? "certificate.add_own" : "certificate.add", what.id);
  out.who = facts.who;
  out.detail = {{"thumbprint", short_hex(what.thumbprint)}};
  const auto from = what.self_service ? facts.now + facts.credential_settle : facts.now;
  auto tried = *facts.who;
  if (const auto code = add_certificate(tried, {what.thumbprint, facts.now, from, what.not_after});
      code != errc::none)
    return refuse(code);
  if (!what.self_service && !facts.who->certificates.empty() &&
      must_wait(out, facts, guarded::another_credential,
                "certificate:" + short_hex(what.thumbprint)))
    return out;
  out.code = add_certificate(*out.who, {what.thumbprint, facts.now, from, what.not_after});
  return out;
}

registry_decision on(const remove_provider_secret& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  auto out = about("secret.remove", what.id);
  out.who = facts.who;
  out.code = remove_secret(*out.who, what.number);
  out.detail = {{"number", std::to_string(what.number)}};
  return out;
}

registry_decision on(const remove_provider_certificate& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  auto out = about("certificate.remove", what.id);
  out.who = facts.who;
  out.code = remove_certificate(*out.who, what.thumbprint);
  out.detail = {{"thumbprint", short_hex(what.thumbprint)}};
  return out;
}

registry_decision change_state(const std::string& id, const std::string& reason,
                               const registry_facts& facts, provider_state next,
                               const char* action) {
  if (!facts.who)
    return refuse(errc::not_found);
  if (facts.who->state == provider_state::terminated)
    return refuse(errc::conflict);
  auto out = about(action, id);
  out.who = facts.who;
  out.who->state = next;
  out.who->state_reason = reason;
  if (!reason.empty())
    out.detail = {{"reason", reason}};
  return out;
}

registry_decision on(const suspend_provider& what, const registry_facts& facts) {
  return change_state(what.id, what.reason, facts, provider_state::suspended, "provider.suspend");
}

registry_decision on(const reinstate_provider& what, const registry_facts& facts) {
  return change_state(what.id, what.reason, facts, provider_state::active, "provider.reinstate");
}

registry_decision on(const raise_signal& what, const registry_facts& facts) {
  return decide_raise(what, facts);
}

registry_decision on(const lift_signal& what, const registry_facts& facts) {
  return decide_lift(what, facts);
}

registry_decision on(const revert_bulk_job& what, const registry_facts& facts) {
  if (!facts.who)
    return refuse(errc::not_found);
  auto out = about("bulk.revert", what.job);
  out.who = facts.who;
  out.detail = {{"provider_id", what.id}};
  must_wait(out, facts, guarded::revert_bulk_job, "revert:" + what.job);
  return out;
}

registry_decision on(const note_act& what, const registry_facts& facts) {
  if (!what.opens_chain && facts.audit_sequence <= 1)
    return refuse(errc::conflict);
  return {.action = what.action, .target = what.target, .detail = what.detail};
}

registry_decision on(const review_standing&, const registry_facts& facts) {
  return review_provider(facts);
}

registry_decision on(const settle_standing& what, const registry_facts& facts) {
  return settle_provider(what, facts);
}

registry_decision on(const resolve_report& what, const registry_facts& facts) {
  return resolve(what, facts);
}

registry_decision on(const terminate_provider& what, const registry_facts& facts) {
  auto out =
      change_state(what.id, what.reason, facts, provider_state::terminated, "provider.terminate");
  if (out.code != errc::none)
    return out;
  if (must_wait(out, facts, guarded::terminate_provider, "terminate")) {
    out.who->state = facts.who->state;
    out.who->state_reason = facts.who->state_reason;
  }
  return out;
}

template <class Read>
registry_decision on(const Read&, const registry_facts&) {
  return refuse(errc::internal);  // reads are answered by the registrar itself
}

void append_text(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      ((out += "\\u00") += digits[c >> 4 & 0xF]) += digits[c & 0xF];
    else
      out += c;
  }
  out += '"';
}

}  // namespace

std::string application_of(const registry_operation& what) {
  return std::visit(
      [](const auto& op) -> std::string {
        using kind = std::decay_t<decltype(op)>;
        if constexpr (std::is_same_v<kind, get_application>)
          return op.id;
        else if constexpr (requires { op.application_id; })
          return op.application_id;
        else
          return {};
      },
      what);
}

std::string provider_of(const registry_operation& what) {
  return std::visit(
      [](const auto& op) -> std::string {
        using kind = std::decay_t<decltype(op)>;
        if constexpr (std::is_same_v<kind, submit_application>)
          return op.form.provider_id;
        else if constexpr (requires { op.id; } && !std::is_same_v<kind, get_application>)
          return op.id;
        else
          return {};
      },
      what);
}

bool concerns_signals(const registry_operation& what) {
  return std::holds_alternative<raise_signal>(what) || std::holds_alternative<lift_signal>(what);
}

bool only_reads(const registry_operation& what) {
  return std::holds_alternative<get_application>(what) ||
         std::holds_alternative<list_applications>(what) ||
         std::holds_alternative<get_provider>(what) ||
         std::holds_alternative<list_providers>(what) ||
         std::holds_alternative<list_signals>(what) || std::holds_alternative<list_audit>(what) ||
         std::holds_alternative<get_audit_head>(what) ||
         std::holds_alternative<get_strikes>(what) || std::holds_alternative<list_reports>(what) ||
         std::holds_alternative<catch_up>(what);
}

std::optional<bytes32> added_certificate(const registry_operation& what) {
  if (const auto* op = std::get_if<add_provider_certificate>(&what))
    return op->thumbprint;
  return {};
}

registry_decision decide(const registry_operation& what, const registry_facts& facts) {
  return std::visit([&](const auto& op) { return on(op, facts); }, what);
}

std::string audit_body(const registry_decision& done, const caller& by, instant at) {
  std::string out = "{\"at\":";
  append_text(out, rfc3339(at));
  out += ",\"actor\":";
  append_text(out, by.name);
  out += ",\"action\":";
  append_text(out, done.action);
  out += ",\"target\":";
  append_text(out, done.target);
  out += ",\"detail\":{";
  bool first = true;
  for (const auto& [name, value] : done.detail) {
    if (!std::exchange(first, false))
      out += ',';
    append_text(out, name);
    out += ':';
    append_text(out, value);
  }
  return out + "}}";
}

}  // namespace glados::actors
