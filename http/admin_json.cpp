#include "http/admin_json.hpp"

#include "crypto/encoding.hpp"
#include "domain/time_text.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

constexpr std::string_view second_needed =
    "nothing has changed yet: another operator must repeat this call within 24 hours";

void put(json_output& out, const char* name, const std::vector<std::string>& texts) {
  out.name(name).begin_array();
  for (const auto& text : texts) out.value(std::string_view(text));
  out.end_array();
}

void put(json_output& out, const char* name, const std::optional<std::uint64_t>& number) {
  out.name(name);
  if (number)
    out.value(*number);
  else
    out.null();
}

void put_check(json_output& out, enrolment_check which, const check_record* step) {
  out.begin_object().member("check", to_string(which));
  if (step == nullptr) {
    for (const auto* name : {"result", "evidence", "note", "by", "at"}) out.name(name).null();
  } else {
    out.member("result", to_string(step->outcome)).member("evidence", step->evidence);
    out.member("note", step->note).member("by", step->by).member("at", rfc3339(step->at));
  }
  out.end_object();
}

void put_application(json_output& out, const application& form) {
  out.begin_object().member("id", form.id).member("state", to_string(form.state));
  out.member("provider_id", form.provider_id).member("name", form.name);
  out.member("contact", form.contact).member("website", form.website);
  put(out, "apps", form.apps);
  put(out, "scopes", form.scopes);
  out.member("reason", form.reason);
  out.name("checks").begin_array();
  for (const auto which : enrolment_checks) {
    const auto at = form.checks.find(which);
    put_check(out, which, at == form.checks.end() ? nullptr : &at->second);
  }
  out.end_array().end_object();
}

void put_credentials(json_output& out, const provider& who) {
  out.name("secrets").begin_array();
  for (const auto& secret : who.secrets)
    out.begin_object()
        .member("number", secret.number)
        .member("created_at", rfc3339(secret.created_at))
        .member("valid_from", rfc3339(secret.valid_from))
        .end_object();
  out.end_array().name("certificates").begin_array();
  for (const auto& held : who.certificates)
    out.begin_object()
        .member("thumbprint", crypto::hex(held.thumbprint))
        .member("created_at", rfc3339(held.created_at))
        .member("valid_from", rfc3339(held.valid_from))
        .member("not_after", rfc3339(held.not_after))
        .end_object();
  out.end_array();
}

/// The members of a provider, without the braces.
void put_provider(json_output& out, const provider& who) {
  out.member("provider_id", who.id).member("name", who.name);
  out.member("client_id", who.client_id).member("application_id", who.application_id);
  out.member("state", to_string(who.state)).member("state_reason", who.state_reason);
  put(out, "scopes", who.scopes);
  out.name("overrides").begin_object();
  put(out, "lookup_daily", who.overrides.lookup_daily);
  put(out, "sends_daily", who.overrides.sends_daily);
  put(out, "bulk_rows", who.overrides.bulk_rows);
  out.end_object();
  put(out, "listed_mail_domains", who.listed_mail_domains);
  put_credentials(out, who);
  out.name("waiting").begin_array();
  for (const auto& act : who.pending)
    out.begin_object().member("by", act.by).member("at", rfc3339(act.at)).end_object();
  out.end_array().member("created_at", rfc3339(who.created_at));
}

}  // namespace

std::string application_json(const application& form) {
  json_output out;
  put_application(out, form);
  return out.take();
}

std::string applications_json(const std::vector<application>& forms, std::string_view next) {
  json_output out;
  out.begin_object().name("applications").begin_array();
  for (const auto& form : forms) put_application(out, form);
  out.end_array().member("next", next).end_object();
  return out.take();
}

std::string provider_json(const provider& who) {
  json_output out;
  out.begin_object();
  put_provider(out, who);
  out.end_object();
  return out.take();
}

std::string patched_json(const provider& who, bool pending) {
  json_output out;
  out.begin_object();
  put_provider(out, who);
  out.member("pending", pending);
  if (pending)
    out.member("detail", second_needed);
  out.end_object();
  return out.take();
}

std::string providers_json(const std::vector<provider>& all, std::string_view next) {
  json_output out;
  out.begin_object().name("providers").begin_array();
  for (const auto& who : all) {
    out.begin_object();
    put_provider(out, who);
    out.end_object();
  }
  out.end_array().member("next", next).end_object();
  return out.take();
}

std::string waiting_json() {
  json_output out;
  out.begin_object().member("pending", true).member("detail", second_needed).end_object();
  return out.take();
}

std::string audit_json(const std::vector<storage::audit_entry>& records, std::string_view next) {
  json_output out;
  out.begin_object().name("records").begin_array();
  for (const auto& entry : records)
    out.begin_object()
        .member("sequence", entry.sequence)
        .member("previous", crypto::hex(entry.previous))
        .member("hash", crypto::hex(entry.hash))
        .member("body", entry.body)
        .name("record")
        .raw(entry.body.empty() ? std::string_view("null") : std::string_view(entry.body))
        .end_object();
  out.end_array().member("next", next).end_object();
  return out.take();
}

std::string messages_json(const std::vector<sandbox_message>& messages) {
  json_output out;
  out.begin_object().name("messages").begin_array();
  for (const auto& sent : messages)
    out.begin_object()
        .member("sii", sent.sii)
        .member("provider_id", sent.provider_id)
        .member("channel", sent.channel)
        .member("text", sent.text)
        .member("code", sent.code)
        .member("at", rfc3339(sent.at))
        .end_object();
  out.end_array().end_object();
  return out.take();
}

}  // namespace glados::http
