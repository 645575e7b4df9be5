#include "actors/credential_notice.hpp"

#include <string>

namespace glados::actors {
namespace {

struct credential_change {
  std::string_view name;
  std::string id;
};

std::string hex(const bytes32& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::optional<credential_change> change_of(const registry_operation& what,
                                           const registry_decision& made) {
  if (std::holds_alternative<add_provider_secret>(what))
    return credential_change{"secret_added", std::to_string(made.secret_number)};
  if (const auto* op = std::get_if<add_provider_certificate>(&what))
    return credential_change{"certificate_added", hex(op->thumbprint)};
  if (const auto* op = std::get_if<remove_provider_secret>(&what))
    return credential_change{"secret_removed", std::to_string(op->number)};
  if (const auto* op = std::get_if<remove_provider_certificate>(&what))
    return credential_change{"certificate_removed", hex(op->thumbprint)};
  return {};
}

}  // namespace

std::optional<event> credential_notice(const registry_call& call, const registry_decision& made,
                                       instant now) {
  const auto change = change_of(call.what, made);
  if (!change || made.waiting || !made.who)
    return {};
  event out;
  out.type = event_type::credential_changed;
  out.provider_id = made.who->id;
  out.created_at = now;
  out.detail.append("\"change\":\"").append(change->name);
  out.detail.append("\",\"credential_id\":\"").append(change->id).append("\"");
  const bool own = call.by.name.starts_with("provider:");
  out.detail.append(",\"by\":\"").append(own ? "provider" : "operator").append("\"");
  return out;
}

}  // namespace glados::actors
