#include "admin/audit_chain.hpp"

#include "crypto/encoding.hpp"
#include "domain/audit.hpp"

namespace glados::admin {

std::string audit_chain::take(const value& record) {
  const auto number = length_ + 1;
  const auto name = "record " + std::to_string(number);
  if (record.at("sequence").count() != number)
    return name + " is missing";
  if (record.at("previous").text() != hash())
    return name + " does not follow the one before it";
  const auto& body = record.at("body").text();
  const auto hash_now = crypto::sha256(audit_link_text(last_, number, body));
  if (record.at("hash").text() != crypto::hex(hash_now))
    return name + " was changed: its hash is not that of its text";
  const auto read = parse_json(body);
  if (!read || read->json() != record.at("record").json())
    return name + " is shown otherwise than it was hashed";
  last_ = hash_now;
  length_ = number;
  links_.emplace(number, hash_now);
  return {};
}

std::string audit_chain::compare(std::uint64_t sequence, const std::string& hash) const {
  const auto number = std::to_string(sequence);
  if (sequence == 0)
    return hash == crypto::hex(crypto::digest32{}) ? "" : "an empty chain has a hash";
  const auto link = links_.find(sequence);
  if (link == links_.end())
    return "record " + number + ", which was there, is missing";
  return crypto::hex(link->second) == hash ? ""
                                           : "record " + number + " is not the one that was there";
}

std::string audit_chain::hash() const { return crypto::hex(last_); }

}  // namespace glados::admin
