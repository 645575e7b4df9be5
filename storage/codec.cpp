#include "storage/codec.hpp"

#include "storage/bytes.hpp"
#include "storage/event_codec.hpp"

namespace glados::storage {

namespace {

template <class T>
std::optional<T> whole(const byte_reader& in, T value) {
  if (!in.done())
    return std::nullopt;
  return value;
}

// Bits of the byte that packs a mapping's small members, and tells which others follow. Records
// from before the bits of the second group read as what they were: nothing of that was there.
constexpr std::uint8_t method_bits = 0x03;
constexpr std::uint8_t preferred_bit = 0x04;
constexpr std::uint8_t undecided_bit = 0x08;
constexpr std::uint8_t claim_bits = method_bits | preferred_bit | undecided_bit;

constexpr std::uint8_t decided_bit = 0x10;
constexpr std::uint8_t sequence_bit = 0x20;
constexpr std::uint8_t shown_bit = 0x40;
constexpr std::uint8_t more_bit = 0x80;  // another byte of them follows
constexpr std::uint8_t mapping_bits =
    claim_bits | decided_bit | sequence_bit | shown_bit | more_bit;

constexpr std::uint8_t domain_bit = 0x01;
constexpr std::uint8_t due_bit = 0x02;
constexpr std::uint8_t region_bit = 0x04;
constexpr std::uint8_t origin_bit = 0x08;
constexpr std::uint8_t more_bits = domain_bit | due_bit | region_bit | origin_bit;

// What follows the fixed part of a verification.
constexpr std::uint8_t proven_bit = 0x01;
constexpr std::uint8_t restores_bit = 0x02;
constexpr std::uint8_t layers_bit = 0x04;  // of the key; with a restore it tells them itself

template <class Claim>
void write_claim(byte_writer& out, const Claim& claim, std::uint8_t more_flags = 0) {
  std::uint8_t flags = static_cast<std::uint8_t>(claim.method) | more_flags;
  flags |= claim.preferred ? preferred_bit : 0;
  flags |= claim.decide_by.us != 0 ? undecided_bit : 0;
  out.byte(flags);
  out.number(claim.salt);
  out.text(claim.user);
  out.time(claim.verified_at);
  if (claim.decide_by.us != 0)
    out.time(claim.decide_by);
}

/// Answers the flags.
template <class Claim>
std::uint8_t read_claim(byte_reader& in, Claim& claim, std::uint8_t allowed = claim_bits) {
  const std::uint8_t flags = in.byte();
  if ((flags & ~allowed) != 0)
    in.fail();
  claim.method = static_cast<proof_method>(flags & method_bits);
  claim.preferred = (flags & preferred_bit) != 0;
  claim.salt = in.number_as<std::uint32_t>();
  claim.user = in.text();
  claim.verified_at = in.time();
  if ((flags & undecided_bit) != 0)
    claim.decide_by = in.time();
  return flags;
}

/// The line carries the mark of a contested row in its lowest bit.
void write_origin(byte_writer& out, const bulk_origin& origin) {
  out.tag(origin.job);
  out.number(origin.part);
  out.number(std::uint64_t{origin.line} << 1 | (origin.contested ? 1 : 0));
}

bulk_origin read_origin(byte_reader& in) {
  bulk_origin out;
  out.job = in.tag();
  out.part = in.number_as<std::uint32_t>();
  const auto line = in.number();
  out.line = static_cast<std::uint32_t>(line >> 1);
  out.contested = (line & 1) != 0;
  if (line >> 33 != 0)
    in.fail();
  return out;
}

void write_mappings(byte_writer& out, const std::vector<mapping>& claims) {
  out.number(claims.size());
  for (const mapping& claim : claims) {
    const auto more = static_cast<std::uint8_t>(
        (claim.mail_domain != 0 ? domain_bit : 0) | (claim.due ? due_bit : 0) |
        (claim.region.empty() ? 0 : region_bit) | (claim.origin.job != 0 ? origin_bit : 0));
    out.text(claim.provider_id);
    write_claim(out, claim,
                static_cast<std::uint8_t>(
                    (claim.decided ? decided_bit : 0) | (claim.sequence != 0 ? sequence_bit : 0) |
                    (claim.shown.empty() ? 0 : shown_bit) | (more != 0 ? more_bit : 0)));
    if (more != 0)
      out.byte(more);
    if (claim.mail_domain != 0)
      out.tag(claim.mail_domain);
    if (!claim.region.empty())
      out.text(claim.region.view());
    if (claim.origin.job != 0)
      write_origin(out, claim.origin);
    if (claim.sequence != 0)
      out.number(claim.sequence);
    if (claim.shown.empty())
      continue;
    out.number(claim.shown.size());
    for (const std::uint32_t salt : claim.shown) out.number(salt);
  }
}

std::vector<mapping> read_mappings(byte_reader& in) {
  std::vector<mapping> claims;
  const std::size_t count = in.count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    mapping claim;
    claim.provider_id = in.text();
    const std::uint8_t flags = read_claim(in, claim, mapping_bits);
    claim.decided = (flags & decided_bit) != 0;
    const std::uint8_t more = (flags & more_bit) != 0 ? in.byte() : std::uint8_t{0};
    if ((more & ~more_bits) != 0)
      in.fail();
    claim.due = (more & due_bit) != 0;
    if ((more & domain_bit) != 0)
      claim.mail_domain = in.tag();
    if ((more & region_bit) != 0)
      claim.region = in.text();
    if ((more & origin_bit) != 0)
      claim.origin = read_origin(in);
    if ((flags & sequence_bit) != 0)
      claim.sequence = in.number();
    const std::size_t shown = (flags & shown_bit) != 0 ? in.count() : 0;
    for (std::size_t j = 0; j < shown && in.ok(); ++j)
      claim.shown.push_back(in.number_as<std::uint32_t>());
    claims.push_back(std::move(claim));
  }
  return claims;
}

void write_outcome(byte_writer& out, const mapping_view& view) {
  write_claim(out, view);
  out.number(view.existing.size());
  for (const existing_claim& claim : view.existing) {
    out.text(claim.provider_id);
    out.byte(claim.preferred ? 1 : 0);
    out.text(claim.user);
  }
}

mapping_view read_outcome(byte_reader& in) {
  mapping_view view;
  read_claim(in, view);
  const std::size_t count = in.count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    existing_claim claim;
    claim.provider_id = in.text();
    claim.preferred = in.choice(std::uint8_t{1}) != 0;
    claim.user = in.text();
    view.existing.push_back(std::move(claim));
  }
  return view;
}

}  // namespace

std::string with_version(std::uint64_t version, std::string_view body) {
  std::string out(version_size, '\0');
  for (std::size_t i = 0; i < version_size; ++i)
    out[i] = static_cast<char>(version >> (8 * (version_size - 1 - i)));
  out += body;
  return out;
}

versioned split_version(std::string_view value) {
  versioned out;
  if (value.size() < version_size)
    return out;
  for (std::size_t i = 0; i < version_size; ++i)
    out.version = out.version << 8 | static_cast<std::uint8_t>(value[i]);
  out.body = value.substr(version_size);
  return out;
}

std::string encode(const directory_record& record) {
  byte_writer out;
  write_mappings(out, record.mappings);
  return out.take();
}

std::optional<std::vector<mapping>> decode_mappings(std::string_view bytes) {
  byte_reader in(bytes);
  auto claims = read_mappings(in);
  return whole(in, std::move(claims));
}

std::string encode(const change_record& change) {
  byte_writer out;
  out.raw(change.key.value);
  out.byte(change.key.layers);
  out.text(change.by_provider);
  out.number(change.by_salt);
  out.time(change.at);
  out.choice(change.kind);
  write_mappings(out, change.before);
  out.number(change.displaced.size());
  for (const displaced_mapping& loss : change.displaced) {
    out.text(loss.provider_id);
    out.number(loss.salt);
    out.text(loss.user);
    out.byte(static_cast<std::uint8_t>((loss.removed ? 1 : 0) | (loss.restored ? 2 : 0)));
    out.number(loss.sequence);
    out.time(loss.restore_until);
  }
  out.number(change.reports.size());
  for (const auto& [reporter, report] : change.reports) {
    out.text(reporter);
    out.text(report.id);
    out.choice(report.reason);
    out.byte(report.struck ? 1 : 0);
  }
  out.text(change.undone_provider);
  return out.take();
}

std::optional<change_record> decode_change(std::string_view bytes) {
  byte_reader in(bytes);
  change_record change;
  change.key.value = in.raw<16>();
  change.key.layers = in.byte();
  change.by_provider = in.text();
  change.by_salt = in.number_as<std::uint32_t>();
  change.at = in.time();
  change.kind = in.choice(change_kind::restored);
  change.before = read_mappings(in);
  const std::size_t losses = in.count();
  for (std::size_t i = 0; i < losses && in.ok(); ++i) {
    displaced_mapping loss;
    loss.provider_id = in.text();
    loss.salt = in.number_as<std::uint32_t>();
    loss.user = in.text();
    const auto flags = in.choice(std::uint8_t{3});
    loss.removed = (flags & 1) != 0;
    loss.restored = (flags & 2) != 0;
    loss.sequence = in.number();
    loss.restore_until = in.time();
    change.displaced.push_back(std::move(loss));
  }
  const std::size_t reports = in.count();
  for (std::size_t i = 0; i < reports && in.ok(); ++i) {
    auto reporter = in.text();
    auto& report = change.reports[std::move(reporter)];
    report.id = in.text();
    report.reason = in.choice(report_reason::recycled);
    report.struck = in.choice(std::uint8_t{1}) != 0;
  }
  change.undone_provider = in.text();
  return whole(in, std::move(change));
}

std::string encode(const verification& proof) {
  byte_writer out;
  out.raw(proof.key.value);
  out.text(proof.provider_id);
  out.text(proof.user);
  out.raw(proof.user_tag);
  out.choice(proof.way);
  out.text(proof.to.region);
  out.number(proof.to.prefix_tag);
  out.tag(proof.mail_domain);
  out.choice(proof.state);
  out.time(proof.created_at);
  out.time(proof.expires_at);
  out.byte(proof.checks_used);
  out.time(proof.last_check_at);
  out.byte(proof.sends_used);
  out.time(proof.last_send_at);
  const bool proven = proof.state == verification_state::verified;
  const bool restores = !proof.restores.change_id.empty();
  const bool layers = !restores && proof.key.layers != 1;
  out.byte(static_cast<std::uint8_t>((proven ? proven_bit : 0) | (restores ? restores_bit : 0) |
                                     (layers ? layers_bit : 0)));
  if (proven)
    write_outcome(out, proof.outcome);
  if (restores) {
    out.text(proof.restores.change_id);
    out.text(proof.restores.new_change_id);
    out.byte(proof.key.layers);
  }
  if (layers)
    out.byte(proof.key.layers);
  return out.take();
}

std::optional<verification> decode_verification(std::string_view bytes) {
  byte_reader in(bytes);
  verification proof;
  proof.key.value = in.raw<16>();
  proof.provider_id = in.text();
  proof.user = in.text();
  proof.user_tag = in.raw<16>();
  proof.way = in.choice(channel::email);
  proof.to.region = in.text();
  proof.to.prefix_tag = in.number();
  proof.mail_domain = in.tag();
  proof.state = in.choice(verification_state::delivery_failed);
  proof.created_at = in.time();
  proof.expires_at = in.time();
  proof.checks_used = in.byte();
  proof.last_check_at = in.time();
  proof.sends_used = in.byte();
  proof.last_send_at = in.time();
  const auto follows = in.choice(static_cast<std::uint8_t>(proven_bit | restores_bit | layers_bit));
  if ((follows & proven_bit) != 0)
    proof.outcome = read_outcome(in);
  if ((follows & restores_bit) != 0) {
    proof.restores.change_id = in.text();
    proof.restores.new_change_id = in.text();
    proof.key.layers = in.byte();
  }
  if ((follows & layers_bit) != 0)
    proof.key.layers = in.byte();
  return whole(in, std::move(proof));
}

std::string encode_code(const verification& proof) {
  byte_writer out;
  out.raw(proof.code_tag);
  out.text(proof.message);
  return out.take();
}

bool decode_code(std::string_view bytes, verification& into) {
  byte_reader in(bytes);
  const bytes16 tag = in.raw<16>();
  std::string message = in.text();
  if (!in.done())
    return false;
  into.code_tag = tag;
  into.message = std::move(message);
  return true;
}

}  // namespace glados::storage
