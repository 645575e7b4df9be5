// `glados admin certificates` and `glados admin secrets`: rotation, and issuing from a request.
#include <chrono>

#include "admin/authority_folder.hpp"
#include "admin/commands.hpp"
#include "admin/providers.hpp"
#include "admin/secret_sink.hpp"
#include "domain/time_text.hpp"

namespace glados::admin {
namespace {

value pem_body(const std::string& pem) { return value::object().put("pem", pem); }

std::string registered_text(const value& got) {
  facts out;
  out.add("thumbprint", got.at("thumbprint").text());
  out.add("ends", short_time(got.at("not_after").text()));
  return out.text();
}

void add_pem(session& s, const std::string& pem) {
  const auto got = s.change("POST", provider_path(s) + "/certificates", pem_body(pem));
  s.show(got, registered_text(got));
}

/// The provider's certificate that this text names by its beginning, eight digits at least.
std::string whole_thumbprint(const value& who, const std::string& beginning) {
  constexpr std::size_t least = 8;
  std::string found;
  for (const auto& one : who.at("certificates").items()) {
    const auto& mark = one.at("thumbprint").text();
    if (beginning.size() < least || !mark.starts_with(beginning))
      continue;
    if (!found.empty())
      throw stop(outcome::bad_line, "several certificates begin like this: name it whole");
    found = mark;
  }
  if (found.empty())
    throw stop(outcome::bad_line, who.at("provider_id").text() +
                                      " has no certificate of this thumbprint (its beginning, 8 "
                                      "digits or more); see certificates list");
  return found;
}

std::string days_ahead(std::uint64_t days) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto at = now + std::chrono::hours(24) * days;
  return rfc3339({std::chrono::duration_cast<std::chrono::microseconds>(at).count()});
}

}  // namespace

void list_certificates(session& s) {
  const auto who = s.get(provider_path(s));
  s.show(value::object().put("certificates", who.at("certificates")),
         certificates_table(who).text());
}

void expiring_certificates(session& s) {
  const auto limit = days_ahead(number_option(s, "days", 30, 1, 3650));
  const auto all = s.get_all("/admin/v1/providers", "providers");
  auto found = value::list();
  table out({{"PROVIDER"}, {"THUMBPRINT"}, {"ENDS"}});
  for (const auto& who : all.items())
    for (const auto& one : who.at("certificates").items()) {
      if (who.at("state").text() == "terminated" || one.at("not_after").text() > limit)
        continue;  // times of one form compare as texts
      auto row = one;
      found.add(row.put("provider_id", who.at("provider_id")));
      out.add({who.at("provider_id").text(), one.at("thumbprint").text(),
               short_time(one.at("not_after").text())});
    }
  s.show(value::object().put("certificates", found), out.text());
}

void add_certificate(session& s) { add_pem(s, session::read_file(s.operand(1))); }

void issue_certificate(session& s) {
  const auto request = session::read_file(s.text("csr", true));
  const authority_folder signer(s.text("ca", true));
  const auto target = s.text("out", true);
  // The name is the registry's, whatever the request calls itself.
  const auto who = s.get(provider_path(s));
  crypto::leaf_form form;
  form.common_name = who.at("provider_id").text();
  form.use = crypto::leaf_use::client;
  form.days = static_cast<int>(number_option(s, "days", 397, 1, 825));
  std::string why;
  const auto pem = signer.sign(request, form, why);
  if (!pem)
    throw stop(outcome::bad_line, why);
  if (!s.line().has("dry-run"))
    write_new_file(target, *pem, 0644);
  if (s.line().has("no-register")) {
    s.show(value::object().put("certificate", target), "certificate  " + target + "\n");
    return;
  }
  add_pem(s, *pem);
}

void revoke_certificate(session& s) {
  const auto who = s.get(provider_path(s));
  const auto mark = whole_thumbprint(who, s.operand(1));
  const auto left = who.at("certificates").items().size() - 1;
  s.confirm(s.operand(0), "This removes certificate " + mark + " of " + s.operand(0) +
                              ": within a second it is refused on every node, with all tokens that "
                              "were got over it. " +
                              std::to_string(left) + " other(s) stay.");
  s.change("DELETE", provider_path(s) + "/certificates/" + mark);
  s.show(value::object().put("removed", mark), "removed  " + mark + "\n");
}

void list_secrets(session& s) {
  const auto who = s.get(provider_path(s));
  s.show(value::object().put("secrets", who.at("secrets")), secrets_table(who).text());
}

void rotate_secret(session& s) {
  secret_sink secret(s);
  auto got = s.change("POST", provider_path(s) + "/secrets");
  secret.give(got.put("provider_id", s.operand(0)));
}

void revoke_secret(session& s) {
  const auto who = s.get(provider_path(s));
  s.confirm(s.operand(0), "This removes secret " + s.operand(1) + " of " + s.operand(0) +
                              ", which has " + std::to_string(who.at("secrets").items().size()) +
                              ": within a second it is refused on every node.");
  s.change("DELETE", provider_path(s) + "/secrets/" + part(s.operand(1)));
  s.show(value::object().put("removed", s.operand(1)), "removed  " + s.operand(1) + "\n");
}

}  // namespace glados::admin
