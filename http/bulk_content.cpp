#include "http/bulk_content.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "domain/sii.hpp"
#include "domain/text.hpp"

namespace glados::http {
namespace {

constexpr std::size_t sii_max = 4096;  // a line is no longer

/// Mixes bits (splitmix64): a salt only has to differ from those of other jobs' rows.
std::uint32_t salt_of(std::uint64_t job, std::uint32_t part, std::uint32_t line) {
  std::uint64_t mixed = job + (std::uint64_t{part} << 32 | line) * 0x9E3779B97F4A7C15;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  return static_cast<std::uint32_t>(mixed ^ mixed >> 31);
}

}  // namespace

bulk_content::bulk_content(const crypto::key_ring& keys, part_name name, const bulk_limits& limits,
                           bool sealed)
    : keys_(keys),
      layers_(keys.index_in_use()),
      name_(std::move(name)),
      limits_(limits),
      sealed_(sealed) {}

bool bulk_content::read(std::string_view& rest, std::size_t most_lines) {
  const auto before = rest;
  for (std::size_t i = 0; i < most_lines && !rest.empty(); ++i) {
    if (lines_ >= limits_.lines)
      return false;
    ++lines_;
    take(take_line(rest));
  }
  const std::string_view so_far(reinterpret_cast<const char*>(fingerprint_.data()),
                                fingerprint_.size());
  fingerprint_ =
      keys_.request_fingerprint("PUT", so_far, before.substr(0, before.size() - rest.size()));
  return true;
}

void bulk_content::take(std::string_view line) {
  if (line.size() > limits_.line)
    return reject(errc::payload_too_large);
  std::string_view text, user;
  std::optional<json_input> parsed;  // lives as long as what it shows
  if (const auto plain = read_plain_row(line)) {
    text = plain->sii;
    user = plain->user_id;
  } else {
    parsed.emplace(line);
    text = parsed->text("sii", sii_max);
    user = parsed->text("user_id", user_id_max);
    if (const auto fault = parsed->finish())
      return reject(fault->code);
  }
  if (!valid_user_id(user))
    return reject(errc::malformed_request);
  if (const auto fast = fast_canonical(text))
    return keep(fast->canonical, user);
  const auto slow = canonical_sii(text);
  if (!slow)
    return reject(slow.error());
  keep(slow->canonical, user);
}

void bulk_content::reject(errc why) {
  storage::row_result out;
  out.line = lines_;
  out.status = row_status::rejected;
  out.problem = why;
  rejects_.push_back(out);
}

void bulk_content::keep(std::string_view canonical, std::string_view user) {
  content_row row;
  row.line = lines_;
  if (sealed_) {
    const auto place = keys_.place_at(canonical, layers_);
    row.key = {place.key, layers_};
    row.shard = place.shard;
    const auto seal = keys_.shard_sealer(place.shard, layers_)
                          .seal_deterministic(user, user_aad(row.key, name_.job.provider_id));
    row.user_at = static_cast<std::uint32_t>(users_.size());
    row.user_size = static_cast<std::uint16_t>(seal.size());
    users_ += seal;
  }
  rows_.push_back(row);
}

void bulk_content::admit(std::size_t granted) {
  for (std::size_t i = granted; i < rows_.size(); ++i) {
    storage::row_result over;
    over.line = rows_[i].line;
    over.status = row_status::rejected;
    over.problem = errc::rate_limited;
    rejects_.push_back(over);
  }
  rows_.resize(std::min(granted, rows_.size()));
  std::sort(rejects_.begin(), rejects_.end(),
            [](const auto& a, const auto& b) { return a.line < b.line; });
  std::sort(rows_.begin(), rows_.end(), [](const content_row& a, const content_row& b) {
    return a.shard != b.shard ? a.shard < b.shard : a.line < b.line;
  });
}

std::vector<actors::register_rows> bulk_content::next_share(std::size_t most) {
  std::vector<actors::register_rows> out;
  const auto end = [&](std::size_t at) {
    return at == rows_.size() || rows_[at].shard != rows_[next_].shard;
  };
  std::size_t at = next_;
  while (next_ < rows_.size() && !end(at)) {
    if (out.empty() || out.back().rows.size() == most) {
      auto& message = out.emplace_back();
      message.via.shard = rows_[at].shard;
      message.provider_id = name_.job.provider_id;
      message.job = name_.job.number;
      message.part = name_.part;
    }
    const auto& row = rows_[at++];
    out.back().rows.push_back({row.key, users_.substr(row.user_at, row.user_size),
                               salt_of(name_.job.number, name_.part, row.line), row.line});
  }
  next_ = at;
  return out;
}

}  // namespace glados::http
