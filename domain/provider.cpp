#include "domain/provider.hpp"

#include <algorithm>

namespace glados {
namespace {

constexpr std::chrono::hours second_within{24};

/// Same time wherever the bytes differ.
bool equal(const bytes32& a, const bytes32& b) {
  std::uint8_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    different = static_cast<std::uint8_t>(different | (a[i] ^ b[i]));
  return different == 0;
}

}  // namespace

std::string_view to_string(provider_state state) {
  constexpr std::array<std::string_view, 3> names{"active", "suspended", "terminated"};
  return names[static_cast<std::size_t>(state)];
}

bool has_scope(const provider& who, std::string_view scope) {
  return std::find(who.scopes.begin(), who.scopes.end(), scope) != who.scopes.end();
}

bool secret_valid(const provider& who, const bytes32& hash, instant now) {
  bool valid = false;
  for (const auto& secret : who.secrets)
    valid = (equal(secret.hash, hash) && secret.valid_from <= now) || valid;
  return valid;
}

bool certificate_valid(const provider& who, const bytes32& thumbprint, instant now) {
  return std::any_of(who.certificates.begin(), who.certificates.end(), [&](const auto& held) {
    return held.thumbprint == thumbprint && held.valid_from <= now && now < held.not_after;
  });
}

errc add_secret(provider& who, const client_secret& secret) {
  if (who.secrets.size() >= max_live_secrets)
    return errc::conflict;
  who.secrets.push_back(secret);
  return errc::none;
}

errc add_certificate(provider& who, const client_certificate& certificate) {
  const auto same = [&](const auto& held) { return held.thumbprint == certificate.thumbprint; };
  if (std::any_of(who.certificates.begin(), who.certificates.end(), same) ||
      who.certificates.size() >= max_live_certificates)
    return errc::conflict;
  who.certificates.push_back(certificate);
  return errc::none;
}

errc remove_secret(provider& who, std::uint32_t number) {
  const auto gone = std::erase_if(who.secrets, [&](const auto& s) { return s.number == number; });
  return gone == 0 ? errc::not_found : errc::none;
}

errc remove_certificate(provider& who, const bytes32& thumbprint) {
  const auto gone = std::erase_if(who.certificates,
                                  [&](const auto& held) { return held.thumbprint == thumbprint; });
  return gone == 0 ? errc::not_found : errc::none;
}

approval approve_act(provider& who, const std::string& fingerprint, const std::string& by,
                     instant now) {
  std::erase_if(who.pending, [&](const auto& act) { return act.at + second_within <= now; });
  const auto found = std::find_if(who.pending.begin(), who.pending.end(),
                                  [&](const auto& act) { return act.fingerprint == fingerprint; });
  if (found == who.pending.end()) {
    who.pending.push_back({fingerprint, by, now});
    return approval::first;
  }
  if (found->by == by)
    return approval::first;
  who.pending.erase(found);
  return approval::second;
}

}  // namespace glados
