#include "storage/registry_codec.hpp"

#include <vector>

#include "storage/bytes.hpp"

namespace glados::storage {
namespace {

void put(byte_writer& out, const std::vector<std::string>& texts) {
  out.number(texts.size());
  for (const auto& text : texts) out.text(text);
}

std::vector<std::string> take_texts(byte_reader& in) {
  std::vector<std::string> texts(in.count());
  for (auto& text : texts) text = in.text();
  return texts;
}

/// Absent is 0, a value is value + 1: an override never comes near 2^64.
void put(byte_writer& out, const std::optional<std::uint64_t>& number) {
  out.number(number ? *number + 1 : 0);
}

std::optional<std::uint64_t> take_optional(byte_reader& in) {
  const auto number = in.number();
  return number == 0 ? std::nullopt : std::optional(number - 1);
}

}  // namespace

std::string encode(const application& form) {
  byte_writer out;
  for (const auto* text : {&form.provider_id, &form.name, &form.contact, &form.website})
    out.text(*text);
  put(out, form.apps);
  put(out, form.scopes);
  out.choice(form.state);
  out.text(form.reason);
  out.number(form.checks.size());
  for (const auto& [check, step] : form.checks) {
    out.choice(check);
    out.choice(step.outcome);
    for (const auto* text : {&step.evidence, &step.note, &step.by}) out.text(*text);
    out.time(step.at);
  }
  return out.take();
}

std::optional<application> decode_application(std::string_view bytes) {
  byte_reader in(bytes);
  application form;
  for (auto* text : {&form.provider_id, &form.name, &form.contact, &form.website})
    *text = in.text();
  form.apps = take_texts(in);
  form.scopes = take_texts(in);
  form.state = in.choice(application_state::rejected);
  form.reason = in.text();
  for (auto left = in.count(); left > 0; --left) {
    const auto check = in.choice(enrolment_check::spam);
    auto& step = form.checks[check];
    step.outcome = in.choice(check_outcome::fail);
    for (auto* text : {&step.evidence, &step.note, &step.by}) *text = in.text();
    step.at = in.time();
  }
  return in.done() ? std::optional(std::move(form)) : std::nullopt;
}

std::string encode(const provider& who) {
  byte_writer out;
  for (const auto* text : {&who.name, &who.client_id, &who.application_id, &who.state_reason})
    out.text(*text);
  out.choice(who.state);
  put(out, who.scopes);
  out.number(who.secrets.size());
  for (const auto& secret : who.secrets) {
    out.number(secret.number);
    out.raw(secret.hash);
    out.time(secret.created_at);
    out.time(secret.valid_from);
  }
  out.number(who.certificates.size());
  for (const auto& held : who.certificates) {
    out.raw(held.thumbprint);
    out.time(held.created_at);
    out.time(held.valid_from);
    out.time(held.not_after);
  }
  put(out, who.overrides.lookup_daily);
  put(out, who.overrides.sends_daily);
  put(out, who.overrides.bulk_rows);
  put(out, who.listed_mail_domains);
  out.number(who.pending.size());
  for (const auto& act : who.pending) {
    out.text(act.fingerprint);
    out.text(act.by);
    out.time(act.at);
  }
  out.time(who.created_at);
  out.choice(who.standing.level);
  out.choice(who.standing.proposed);
  out.number(who.standing.strikes);
  out.time(who.standing.as_of);
  out.time(who.standing.forgiven_until);
  out.number(who.throttles.size());
  for (const auto& one : who.throttles) {
    out.text(one.signal_id);
    out.number(one.quota_percent);
    out.number(one.sends_percent);
    out.time(one.until);
  }
  return out.take();
}

std::optional<provider> decode_provider(std::string_view bytes) {
  byte_reader in(bytes);
  provider who;
  for (auto* text : {&who.name, &who.client_id, &who.application_id, &who.state_reason})
    *text = in.text();
  who.state = in.choice(provider_state::terminated);
  who.scopes = take_texts(in);
  who.secrets.resize(in.count());
  for (auto& secret : who.secrets) {
    secret.number = in.number_as<std::uint32_t>();
    secret.hash = in.raw<32>();
    secret.created_at = in.time();
    secret.valid_from = in.time();
  }
  who.certificates.resize(in.count());
  for (auto& held : who.certificates) {
    held.thumbprint = in.raw<32>();
    held.created_at = in.time();
    held.valid_from = in.time();
    held.not_after = in.time();
  }
  who.overrides.lookup_daily = take_optional(in);
  who.overrides.sends_daily = take_optional(in);
  who.overrides.bulk_rows = take_optional(in);
  who.listed_mail_domains = take_texts(in);
  who.pending.resize(in.count());
  for (auto& act : who.pending) {
    act.fingerprint = in.text();
    act.by = in.text();
    act.at = in.time();
  }
  who.created_at = in.time();
  who.standing.level = in.choice(standing_level::suspended);
  who.standing.proposed = in.choice(standing_level::suspended);
  who.standing.strikes = in.number();
  who.standing.as_of = in.time();
  who.standing.forgiven_until = in.time();
  who.throttles.resize(in.count());
  for (auto& one : who.throttles) {
    one.signal_id = in.text();
    one.quota_percent = in.number_as<std::uint32_t>();
    one.sends_percent = in.number_as<std::uint32_t>();
    one.until = in.time();
  }
  return in.done() ? std::optional(std::move(who)) : std::nullopt;
}

}  // namespace glados::storage
