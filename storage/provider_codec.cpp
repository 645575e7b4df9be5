// Values that belong to providers and to the registry; the rules are those of codec.hpp.
#include "storage/bytes.hpp"
#include "storage/codec.hpp"

namespace glados::storage {

namespace {

template <class T>
std::optional<T> whole(const byte_reader& in, T&& value) {
  if (!in.done())
    return std::nullopt;
  return std::move(value);
}

}  // namespace

std::string encode(const access_token& token) {
  byte_writer out;
  out.raw(token.thumbprint);
  out.time(token.issued_at);
  out.time(token.expires_at);
  out.number(token.scopes.size());
  for (const std::string& scope : token.scopes) out.text(scope);
  return out.take();
}

std::optional<access_token> decode_token(std::string_view bytes) {
  byte_reader in(bytes);
  access_token token;
  token.thumbprint = in.raw<32>();
  token.issued_at = in.time();
  token.expires_at = in.time();
  const std::size_t count = in.count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) token.scopes.push_back(in.text());
  return whole(in, std::move(token));
}

std::string encode(const audit_entry& entry) {
  byte_writer out;
  out.raw(entry.previous);
  out.raw(entry.hash);
  out.text(entry.body);
  return out.take();
}

std::optional<audit_entry> decode_audit(std::string_view bytes) {
  byte_reader in(bytes);
  audit_entry entry;
  entry.previous = in.raw<32>();
  entry.hash = in.raw<32>();
  entry.body = in.text();
  return whole(in, std::move(entry));
}

std::string encode(const change_notice& notice) {
  byte_writer out;
  out.choice(notice.what);
  out.text(notice.provider_id);
  if (notice.what == change_notice::kind::token)
    out.raw(notice.token_hash);
  return out.take();
}

std::optional<change_notice> decode_notice(std::string_view bytes) {
  byte_reader in(bytes);
  change_notice notice;
  notice.what = in.choice(change_notice::kind::all_tokens);
  notice.provider_id = in.text();
  if (notice.what == change_notice::kind::token)
    notice.token_hash = in.raw<32>();
  return whole(in, std::move(notice));
}

namespace {

/// How the names of records are made of keys: the first way, and so far the only one.
constexpr std::uint32_t naming = 1;

}  // namespace

std::string encode(const directory_identity& identity) {
  byte_writer out;
  out.number(identity.schema);
  out.number(identity.shards);
  out.number(naming);
  out.raw(identity.placement_check);
  return out.take();
}

std::optional<directory_identity> decode_identity(std::string_view bytes) {
  byte_reader in(bytes);
  directory_identity out;
  out.schema = in.number_as<std::uint32_t>();
  out.shards = in.number_as<std::uint32_t>();
  if (in.number() != naming)
    in.fail();
  out.placement_check = in.raw<16>();
  return in.ok() ? std::optional(out) : std::nullopt;
}

}  // namespace glados::storage
