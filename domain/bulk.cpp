#include "domain/bulk.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace glados {
namespace {

constexpr std::array<std::string_view, 2> rule_names{"skip", "contest"};
constexpr std::array<std::string_view, 5> state_names{"open", "running", "completed", "cancelled",
                                                      "failed"};
constexpr std::array<std::string_view, 4> status_names{"created", "unchanged", "conflict",
                                                       "rejected"};
constexpr std::uint32_t last_part = 999'999;
constexpr std::uint64_t one_sample_in = 1'000;
constexpr std::size_t number_digits = 16;

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name)
      return static_cast<Enum>(i);
  return {};
}

bool is_settled(const mapping& claim) { return claim.decide_by == instant{}; }

/// The provider's claim, the settled one before an undecided one, or none.
const mapping* own_claim(const directory_record& record, std::string_view provider_id) {
  const mapping* own = nullptr;
  for (const auto& claim : record.mappings)
    if (claim.provider_id == provider_id && (!own || is_settled(claim)))
      own = &claim;
  return own;
}

bool same_row(const bulk_origin& made_by, const bulk_origin& row) {
  return made_by.job == row.job && made_by.part == row.part && made_by.line == row.line;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

bool take(std::string_view& text, char wanted) {
  skip_blanks(text);
  if (text.empty() || text.front() != wanted)
    return false;
  text.remove_prefix(1);
  return true;
}

/// A string without escapes and control characters.
std::optional<std::string_view> take_string(std::string_view& text) {
  if (!take(text, '"'))
    return {};
  std::size_t size = 0;
  while (size < text.size() && text[size] != '"') {
    if (text[size] == '\\' || static_cast<unsigned char>(text[size]) < 0x20)
      return {};
    ++size;
  }
  if (size == text.size())
    return {};
  const auto out = text.substr(0, size);
  text.remove_prefix(size + 1);
  return out;
}

}  // namespace

std::string_view to_string(conflict_rule rule) {
  return rule_names[static_cast<std::size_t>(rule)];
}
std::string_view to_string(bulk_state state) {
  return state_names[static_cast<std::size_t>(state)];
}
std::string_view to_string(row_status status) {
  return status_names[static_cast<std::size_t>(status)];
}
std::optional<conflict_rule> parse_conflict_rule(std::string_view name) {
  return parse<conflict_rule>(rule_names, name);
}
std::optional<bulk_state> parse_bulk_state(std::string_view name) {
  return parse<bulk_state>(state_names, name);
}

std::string job_id(std::string_view provider_id, std::uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "j";
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[number >> shift & 0xF];
  return out.append(".").append(provider_id);
}

std::optional<job_name> parse_job_id(std::string_view id) {
  job_name out;
  if (id.size() < number_digits + 3 || id.size() > number_digits + 2 + 32 || id[0] != 'j' ||
      id[number_digits + 1] != '.')
    return {};
  const auto* end = id.data() + 1 + number_digits;
  const auto [stop, fault] = std::from_chars(id.data() + 1, end, out.number, 16);
  out.provider_id = id.substr(number_digits + 2);
  // Only one spelling: the id is also compared as text.
  if (fault != std::errc{} || stop != end || job_id(out.provider_id, out.number) != id)
    return {};
  return out;
}

std::optional<std::uint32_t> parse_part(std::string_view text) {
  std::uint32_t part = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, part);
  if (text.empty() || fault != std::errc{} || stop != end || part > last_part ||
      (text.size() > 1 && text.front() == '0'))
    return {};
  return part;
}

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

std::optional<plain_row> read_plain_row(std::string_view line) {
  plain_row out;
  bool sii = false, user = false;
  if (!take(line, '{'))
    return {};
  for (int member = 0; member < 2; ++member) {
    if (member == 1 && !take(line, ','))
      return {};
    const auto name = take_string(line);
    if (!name || !take(line, ':'))
      return {};
    const auto value = take_string(line);
    if (!value)
      return {};
    if (*name == "sii" && !std::exchange(sii, true))
      out.sii = *value;
    else if (*name == "user_id" && !std::exchange(user, true))
      out.user_id = *value;
    else
      return {};
  }
  if (!take(line, '}'))
    return {};
  skip_blanks(line);
  if (!line.empty())
    return {};
  return out;
}

assertion_outcome assert_claim(const directory_record& record, const assertion& row,
                               conflict_rule rule, instant now) {
  assertion_outcome out;
  out.next = record;
  settle(out.next, now, out.counts);
  if (const auto* own = own_claim(out.next, row.provider_id)) {
    out.has_claim = true;
    out.salt = own->salt;
    out.status = !same_row(own->origin, row.origin) ? row_status::unchanged
                 : own->origin.contested            ? row_status::conflict
                                                    : row_status::created;
    return out;
  }
  const bool held = !out.next.mappings.empty();
  out.status = held ? row_status::conflict : row_status::created;
  if (held && rule == conflict_rule::skip)
    return out;
  mapping claim;
  claim.salt = row.salt;
  const auto taken = [&](const mapping& other) { return other.salt == claim.salt; };
  while (std::any_of(out.next.mappings.begin(), out.next.mappings.end(), taken)) ++claim.salt;
  claim.provider_id = row.provider_id;
  claim.user = row.user;
  claim.method = proof_method::asserted;
  claim.verified_at = now;
  claim.preferred = !held;
  claim.origin = row.origin;
  claim.origin.contested = held;
  out.has_claim = out.changed = true;
  out.salt = claim.salt;
  out.counts.push_back({claim.provider_id, claim.method, +1});
  out.next.mappings.push_back(std::move(claim));
  return out;
}

retraction_outcome retract_claim(const directory_record& record, std::string_view provider_id,
                                 std::uint64_t job, std::uint32_t salt, instant now) {
  retraction_outcome out;
  out.next = record;
  const auto made = std::find_if(record.mappings.begin(), record.mappings.end(), [&](auto& claim) {
    return claim.salt == salt && claim.provider_id == provider_id && claim.origin.job == job;
  });
  if (job == 0 || made == record.mappings.end())
    return out;
  auto gone = remove_claim(record, provider_id, salt, {}, now);
  out.changed = gone.code == errc::none;
  if (out.changed) {
    out.next = std::move(gone.next);
    out.counts = std::move(gone.counts);
  }
  return out;
}

bool is_sampled(const sii_key& key) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i < key.value.size(); ++i) number = number << 8 | key.value[i];
  return number % one_sample_in == 0;
}

}  // namespace glados
