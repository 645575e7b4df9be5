// Patterns in what a provider asks and registers (draft section 6.1): a scan looks different from
// people who use a messenger. Pure and of bounded memory.
//
// An identifier is seen here only as its features, made where it is in clear and kept nowhere: one
// bit (does it look made up?) and a few tags under a key that is drawn at start, never stored and
// gone with the process. What is found out is counts and shares.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"

namespace glados {

enum class signal_kind : std::uint8_t {
  improbable_addresses,  ///< names and numbers that look generated
  sequential_numbers,    ///< numbers beside numbers just seen
  mapped_overlap,        ///< new mappings of identifiers that others hold already
  miss_ratio,            ///< lookups of what nobody has
  pumping,               ///< codes that nobody confirms
  domain_flood,          ///< registrations on one mail domain: a catch-all
  guesses,               ///< wrong codes up to the limit of the day
};
inline constexpr std::size_t signal_kinds = 7;
/// Where it was seen.
enum class signal_source : std::uint8_t { lookups, registrations };

std::string_view to_string(signal_kind kind);
std::string_view to_string(signal_source source);

// --- features ----------------------------------------------------------------------------------

struct feature_key {
  bytes16 bytes{};
};

struct sii_features {
  bool improbable = false;
  std::uint64_t number = 0, before = 0, after = 0;  ///< tags of a number and its neighbours; or 0
  std::uint64_t domain = 0;                         ///< tag of a mail domain; or 0
};

/// Of a canonical identifier. Allocates nothing. Domains in `common` (large mail services) get no
/// tag.
sii_features features_of(std::string_view canonical, const feature_key& key,
                         std::span<const std::string> common = {});

/// Whether somebody drew this name or number rather than chose or was given it.
bool looks_generated(std::string_view local_part);
bool looks_made_up(std::string_view digits);

// --- what counts as a pattern ------------------------------------------------------------------

/// One row each in the configuration (`signals.*`); shares are percent of what was seen.
struct signal_rules {
  std::chrono::microseconds window = std::chrono::minutes(10);
  std::uint64_t least_lookups = 200;
  std::uint64_t least_registrations = 50;
  std::uint64_t least_codes = 200;
  std::uint32_t improbable = 50;
  std::uint32_t sequential = 20;
  std::uint32_t misses = 95;
  std::uint32_t overlap = 50;
  std::uint32_t one_domain = 80;
  std::uint32_t unconfirmed = 95;
  // What follows from it:
  std::uint32_t throttle_after = 2;  ///< windows with the same finding within a day
  std::uint32_t quota_percent = 50;  ///< left of the lookup budget
  std::uint32_t sends_percent = 50;  ///< left of the daily sends
  std::chrono::microseconds throttle_for = std::chrono::hours(24);
  std::size_t kept = 2000;  ///< findings of all providers
};

/// A pattern in one window of one node.
struct finding {
  std::string provider_id;
  signal_kind kind = signal_kind::miss_ratio;
  signal_source source = signal_source::lookups;
  instant since;  ///< start of the window
  std::uint32_t window_seconds = 0;
  std::uint64_t seen = 0;
  std::uint64_t matched = 0;
  std::uint32_t threshold_percent = 0;  ///< of `seen`; 0: any
};

/// The current window of one provider on one node. Not safe from several threads.
class signal_window {
 public:
  void lookup(const sii_features& of, bool hit);
  void registration(const sii_features& of);
  void proof(bool overlaps);  ///< others hold the identifier already
  void code_sent() { ++codes_; }
  void code_returned() { codes_ -= codes_ > 0 ? 1 : 0; }
  void code_confirmed() { ++confirmed_; }
  void guess_refused() { ++guesses_refused_; }

  /// The patterns of the window at `now` that were not told before, each once a window. Begins the
  /// next window when this one is over. `provider_id` is left empty.
  std::vector<finding> judge(instant now, const signal_rules& rules);

 private:
  static constexpr std::size_t remembered = 1024;  ///< numbers a source
  static constexpr std::size_t domains_counted = 16;
  /// What one source showed in this window, and the numbers it showed last.
  struct side {
    std::uint64_t seen = 0, improbable = 0, sequential = 0;
    std::vector<std::uint64_t> recent;  ///< by tag; of this window and those before
    void add(const sii_features& of);
  };
  struct domain_count {
    std::uint64_t tag = 0, count = 0;
  };
  void count_domain(std::uint64_t tag);
  void begin(std::int64_t window);

  std::int64_t window_ = -1;
  side lookups_, registrations_;
  std::uint64_t misses_ = 0, proofs_ = 0, overlaps_ = 0, codes_ = 0, confirmed_ = 0;
  std::uint64_t guesses_refused_ = 0;
  std::array<domain_count, domains_counted> domains_{};
  std::array<std::array<bool, 2>, signal_kinds> told_{};
};

// --- findings as they are kept -----------------------------------------------------------------

/// A finding in the registry, with what was done about it.
struct signal_record {
  std::string id;             ///< grows with time
  std::uint64_t version = 0;  ///< 0: not stored
  finding what;
  instant found_at;
  bool throttled = false;
  std::uint32_t quota_percent = 100, sends_percent = 100;
  instant until;      ///< of the throttle
  instant lifted_at;  ///< 0: not lifted
  std::string lifted_by, lift_reason;
};

/// A throttle in force at a provider until then, unless an operator lifts it.
struct provider_throttle {
  std::string signal_id;
  std::uint32_t quota_percent = 100, sends_percent = 100;
  instant until;
  friend bool operator==(const provider_throttle&, const provider_throttle&) = default;
};

/// What of budget and sends is left at `now`, in percent: that of the strictest throttle.
struct throttle_effect {
  std::uint32_t quota_percent = 100, sends_percent = 100;
};
throttle_effect effect_of(std::span<const provider_throttle> throttles, instant now);

/// Whether a finding is news: no other of its provider, kind and source is of the same window.
bool is_news(std::span<const signal_record> known, const finding& what);

/// The throttle that `what` brings, given what was found before; nothing for what is too rare, for
/// guesses (their own limit stops them) and for who is exempt. `signal_id` is left empty.
std::optional<provider_throttle> throttle_for(std::span<const signal_record> known,
                                              const finding& what, bool exempt, instant now,
                                              const signal_rules& rules);

}  // namespace glados
