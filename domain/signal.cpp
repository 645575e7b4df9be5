#include "domain/signal.hpp"

#include <algorithm>
#include <cstring>

namespace glados {
namespace {

constexpr std::chrono::microseconds day = std::chrono::hours(24);

/// SplitMix64: spreads every bit of its input over all of its output.
constexpr std::uint64_t spread(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::uint64_t half(const feature_key& key, std::size_t from) {
  std::uint64_t out = 0;
  std::memcpy(&out, key.bytes.data() + from, sizeof out);
  return out;
}

/// Never 0, which means "none".
std::uint64_t tag_of(std::uint64_t value, const feature_key& key) {
  return spread(spread(value ^ half(key, 0)) + half(key, 8)) | 1;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_vowel(char c) { return std::string_view("aeiouyAEIOUY").find(c) != std::string_view::npos; }

bool exceeds(std::uint64_t matched, std::uint64_t seen, std::uint32_t percent) {
  return matched * 100 >= seen * percent;
}

}  // namespace

std::string_view to_string(signal_kind kind) {
  constexpr std::array<std::string_view, signal_kinds> names{"improbable_addresses",
                                                             "sequential_numbers",
                                                             "mapped_overlap",
                                                             "miss_ratio",
                                                             "pumping",
                                                             "domain_flood",
                                                             "guesses"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(signal_source source) {
  return source == signal_source::lookups ? "lookups" : "registrations";
}

// --- features ----------------------------------------------------------------------------------

bool looks_made_up(std::string_view digits) {
  constexpr std::size_t run = 6, stairs = 7;
  std::size_t same = 1, up = 1, down = 1;  // how long the digits at the end repeat, rise, fall
  for (std::size_t i = digits.size(); i-- > 1;) {
    const int step = digits[i] - digits[i - 1];
    const auto behind = digits.size() - i;
    same += step == 0 && same == behind ? 1 : 0;
    up += step == 1 && up == behind ? 1 : 0;
    down += step == -1 && down == behind ? 1 : 0;
  }
  return same >= run || up >= stairs || down >= stairs;
}

bool looks_generated(std::string_view local_part) {
  constexpr std::size_t shortest = 8;
  const auto name = local_part.substr(0, local_part.find('+'));
  if (name.size() < shortest)
    return false;
  std::size_t changes = 0, digits = 0, letters = 0, consonants = 0, longest = 0, rare = 0;
  char before = 0;
  for (const char c : name) {
    const bool changed = (is_digit(c) && is_letter(before)) || (is_letter(c) && is_digit(before));
    changes += changed ? 1 : 0;
    digits += is_digit(c) ? 1 : 0;
    letters += is_letter(c) ? 1 : 0;
    consonants = is_letter(c) && !is_vowel(c) ? consonants + 1 : 0;
    longest = std::max(longest, consonants);
    rare += std::string_view("qxzjQXZJ").find(c) != std::string_view::npos ? 1 : 0;
    before = c;
  }
  // People put a year behind their name, or a 4 into it; machines mix. They speak their names;
  // nobody says six consonants in a row.
  return changes >= 4 || (changes >= 3 && digits * 3 >= name.size()) || longest >= 6 ||
         (letters >= shortest && rare * 3 >= letters);
}

sii_features features_of(std::string_view canonical, const feature_key& key,
                         std::span<const std::string> common) {
  sii_features out;
  if (canonical.starts_with("tel:+")) {
    const auto digits = canonical.substr(5);
    std::uint64_t number = 0;
    for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
    out.number = tag_of(number, key);
    out.before = tag_of(number - 1, key);
    out.after = tag_of(number + 1, key);
    out.improbable = looks_made_up(digits);
    return out;
  }
  const auto address = canonical.substr(std::min<std::size_t>(canonical.size(), 7));  // "mailto:"
  const auto at = std::min(address.rfind('@'), address.size());
  const auto domain = address.substr(std::min(address.size(), at + 1));
  out.improbable = looks_generated(address.substr(0, at));
  if (std::find(common.begin(), common.end(), domain) != common.end())
    return out;
  std::uint64_t folded = half(key, 8);
  for (const char c : domain) folded = spread(folded ^ static_cast<unsigned char>(c));
  out.domain = tag_of(folded, key);
  return out;
}

// --- one window --------------------------------------------------------------------------------

void signal_window::side::add(const sii_features& of) {
  ++seen;
  improbable += of.improbable ? 1 : 0;
  if (of.number == 0)
    return;
  if (recent.empty())
    recent.resize(remembered);
  const auto has = [this](std::uint64_t tag) {
    return tag != 0 && recent[(tag >> 1) % remembered] == tag;
  };
  sequential += !has(of.number) && (has(of.before) || has(of.after)) ? 1 : 0;
  recent[(of.number >> 1) % remembered] = of.number;
}

void signal_window::lookup(const sii_features& of, bool hit) {
  lookups_.add(of);
  misses_ += hit ? 0 : 1;
}

void signal_window::registration(const sii_features& of) {
  registrations_.add(of);
  if (of.domain != 0)
    count_domain(of.domain);
}

void signal_window::proof(bool overlaps) {
  ++proofs_;
  overlaps_ += overlaps ? 1 : 0;
}

/// Space-saving: who is not counted takes the place of the smallest, without its count: a domain is
/// never counted too high, and one with a fair share of all is not missed for long.
void signal_window::count_domain(std::uint64_t tag) {
  auto* smallest = domains_.data();
  for (auto& one : domains_) {
    if (one.tag == tag) {
      ++one.count;
      return;
    }
    if (one.count < smallest->count)
      smallest = &one;
  }
  if (smallest->count <= 1)
    *smallest = {tag, 1};
  else
    --smallest->count;
}

void signal_window::begin(std::int64_t window) {
  window_ = window;
  for (auto* of : {&lookups_, &registrations_}) of->seen = of->improbable = of->sequential = 0;
  misses_ = proofs_ = overlaps_ = codes_ = confirmed_ = guesses_refused_ = 0;
  domains_ = {};
  told_ = {};
}

std::vector<finding> signal_window::judge(instant now, const signal_rules& rules) {
  const auto index = now.us / rules.window.count();
  if (window_ < 0)
    window_ = index;
  std::vector<finding> out;
  const auto ask = [&](signal_kind kind, signal_source source, std::uint64_t least,
                       std::uint64_t seen, std::uint64_t matched, std::uint32_t percent) {
    auto& told = told_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(source)];
    if (told || seen < std::max<std::uint64_t>(1, least) || !exceeds(matched, seen, percent))
      return;
    told = true;
    finding made;
    made.kind = kind;
    made.source = source;
    made.since = {window_ * rules.window.count()};
    made.window_seconds =
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(rules.window).count());
    made.seen = seen;
    made.matched = matched;
    made.threshold_percent = percent;
    out.push_back(std::move(made));
  };
  using kind = signal_kind;
  for (const auto source : {signal_source::lookups, signal_source::registrations}) {
    const bool asked = source == signal_source::lookups;
    const auto& of = asked ? lookups_ : registrations_;
    const auto least = asked ? rules.least_lookups : rules.least_registrations;
    ask(kind::improbable_addresses, source, least, of.seen, of.improbable, rules.improbable);
    ask(kind::sequential_numbers, source, least, of.seen, of.sequential, rules.sequential);
  }
  const auto registered = signal_source::registrations;
  ask(kind::miss_ratio, signal_source::lookups, rules.least_lookups, lookups_.seen, misses_,
      rules.misses);
  ask(kind::mapped_overlap, registered, rules.least_registrations, proofs_, overlaps_,
      rules.overlap);
  ask(kind::pumping, registered, rules.least_codes, codes_, codes_ - std::min(codes_, confirmed_),
      rules.unconfirmed);
  const auto largest = std::max_element(domains_.begin(), domains_.end(),
                                        [](auto& a, auto& b) { return a.count < b.count; });
  ask(kind::domain_flood, registered, rules.least_registrations, registrations_.seen,
      largest->count, rules.one_domain);
  ask(kind::guesses, registered, 1, guesses_refused_, guesses_refused_, 0);
  if (index != window_)
    begin(index);
  return out;
}

// --- what follows ------------------------------------------------------------------------------

throttle_effect effect_of(std::span<const provider_throttle> throttles, instant now) {
  throttle_effect out;
  for (const auto& one : throttles) {
    if (one.until <= now)
      continue;
    out.quota_percent = std::min(out.quota_percent, one.quota_percent);
    out.sends_percent = std::min(out.sends_percent, one.sends_percent);
  }
  return out;
}

namespace {

bool same_pattern(const finding& a, const finding& b) {
  return a.provider_id == b.provider_id && a.kind == b.kind && a.source == b.source;
}

}  // namespace

bool is_news(std::span<const signal_record> known, const finding& what) {
  return std::none_of(known.begin(), known.end(), [&](const signal_record& one) {
    return same_pattern(one.what, what) && one.what.since == what.since;
  });
}

std::optional<provider_throttle> throttle_for(std::span<const signal_record> known,
                                              const finding& what, bool exempt, instant now,
                                              const signal_rules& rules) {
  if (exempt || what.kind == signal_kind::guesses)
    return {};
  const auto earlier = std::count_if(known.begin(), known.end(), [&](const signal_record& one) {
    // Lifted: an operator looked at it and was content.
    return same_pattern(one.what, what) && one.found_at > now - day && one.lifted_at == instant{};
  });
  if (static_cast<std::uint64_t>(earlier) + 1 < rules.throttle_after)
    return {};
  provider_throttle out;
  (what.source == signal_source::lookups ? out.quota_percent : out.sends_percent) =
      what.source == signal_source::lookups ? rules.quota_percent : rules.sends_percent;
  out.until = now + rules.throttle_for;
  return out;
}

}  // namespace glados
