#include "http/lookup_budget.hpp"

#include <algorithm>
#include <array>
#include <caf/send.hpp>
#include <charconv>

#include "domain/quota.hpp"

namespace glados::http {
namespace {

constexpr std::chrono::seconds least_wait{1};

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

}  // namespace

std::optional<lookup_charge> take_price(call& of) {
  if (const auto era = of.session->lookups().spend(lookup_cost_taken))
    return lookup_charge{*era};
  return {};
}

void refuse_lookup(call& of) {
  auto& lease = of.session->lookups();
  lease.count_refusal();
  show_lookup_budget(of);
  const auto wait =
      std::chrono::ceil<std::chrono::seconds>(lease.wait(of.now(), lookup_cost_taken));
  of.refuse(errc::rate_limited, {.policy = "lookup", .retry_after = std::max(wait, least_wait)});
}

std::optional<lookup_charge> take_granted(call& of, const actors::charge_answer& got) {
  if (got.code == errc::none)
    return lookup_charge{got.era};
  if (got.code == errc::rate_limited) {
    refuse_lookup(of);
  } else {
    // Units that may have been leased are no change that the caller would have to find out about.
    show_lookup_budget(of);
    of.refuse(got.code == errc::outcome_unknown ? errc::storage_unavailable : got.code);
  }
  return {};
}

void settle_charge(call& of, const lookup_charge& taken, errc outcome, const sii_features& asked) {
  if (outcome == errc::none || outcome == errc::not_found)
    of.here().tally.note(of.session, asked, outcome == errc::none);
  auto& lease = of.session->lookups();
  // A hit costs one of the two units; what never was answered costs nothing.
  if (outcome != errc::not_found)
    lease.give_back(taken.era, outcome == errc::none ? lookup_hit_refund : lookup_cost_taken);
  if (lease.wants_care())
    caf::anon_send(of.session_actor(), actors::tend_lease{});
  show_lookup_budget(of);
}

namespace {

/// Hits that storage is asked for at once; when that is refused, one by one.
constexpr std::uint32_t hits_asked = 32;

/// One payment under way. Shared by its steps.
struct paying {
  call_ptr made;
  std::uint32_t wanted = 0, paid = 0;
  std::uint32_t at_once = hits_asked;
  std::function<void(hits_paid)> then;

  void count(std::uint32_t hits) {
    paid += hits;
    made->session->meter().count(hits, 0);
  }
  void end(errc code) {
    auto& lease = made->session->lookups();
    if (code == errc::rate_limited)
      lease.count_refusal();
    if (lease.wants_care())
      caf::anon_send(made->session_actor(), actors::tend_lease{});
    const auto wait = std::chrono::ceil<std::chrono::seconds>(lease.wait(made->now(), 1));
    then({paid, code, std::max(least_wait, wait)});
  }
};

void pay(const std::shared_ptr<paying>& at) {
  constexpr auto price = lookup_cost_taken - lookup_hit_refund;
  auto& lease = at->made->session->lookups();
  while (at->paid < at->wanted && lease.spend(price)) at->count(1);
  if (at->paid == at->wanted)
    return at->end(errc::none);
  const auto hits = std::min(at->at_once, at->wanted - at->paid);
  at->made->ask<actors::charge_answer>(
      at->made->session_actor(), actors::charge_lookup{hits * price},
      [at, hits](const actors::charge_answer& got) {
        if (got.code == errc::none) {
          at->count(hits);
        } else if (got.code == errc::rate_limited && hits > 1) {
          at->at_once = 1;
        } else {
          return at->end(got.code == errc::outcome_unknown ? errc::storage_unavailable : got.code);
        }
        pay(at);
      });
}

}  // namespace

void charge_hits(const call_ptr& made, std::uint32_t hits, std::function<void(hits_paid)> then) {
  pay(std::make_shared<paying>(paying{made, hits, 0, hits_asked, std::move(then)}));
}

/// draft-ietf-httpapi-ratelimit-headers-10: a policy by its name, its quota and window; then what
/// is left of it, and the seconds until it is whole again.
void show_lookup_budget(call& of) {
  const auto& lease = of.session->lookups();
  const auto now = of.now();
  auto& out = of.header_lines;
  out.reserve(160);  // with the line that `answer` adds
  out = "RateLimit-Policy: \"lookup\";q=";
  append_number(out, lease.budget());
  out += ";w=86400\r\nRateLimit: \"lookup\";r=";
  append_number(out, lease.remaining(now));
  out += ";t=";
  append_number(out, static_cast<std::uint64_t>(
                         std::chrono::ceil<std::chrono::seconds>(lease.reset(now)).count()));
  out += "\r\n";
}

}  // namespace glados::http
