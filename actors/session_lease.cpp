#include "actors/session_lease.hpp"

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>

#include "actors/continuation.hpp"
#include "domain/quota.hpp"

namespace glados::actors {
namespace {

/// A lease is renewed well before storage forgets it.
constexpr std::chrono::microseconds renewal = lease_lifetime / 3;
/// Charges that may wait for units; beyond them 503.
constexpr std::size_t waiting_limit = 4096;

}  // namespace

void session_lease::begin(session_actor::pointer self, node_context& node,
                          std::shared_ptr<session_view> view, std::function<void()> quiet) {
  self_ = self;
  node_ = &node;
  view_ = std::move(view);
  quiet_ = std::move(quiet);
  seen_ = lease().mark();
  last_used_ = node.clock.now();
}

budget_terms session_lease::terms() const {
  const auto facts = view_->facts();
  const auto& fixed = facts->overrides.lookup_daily;
  return {fixed.value_or(view_->lookup_product()), facts->version, fixed.has_value()};
}

void session_lease::note_use() {
  const auto now_seen = lease().mark();
  if (now_seen != seen_ || !waiting_.empty())
    last_used_ = node_->clock.now();
  seen_ = now_seen;
}

void session_lease::terms_read(std::uint64_t product) {
  view_->lookup_product(product);
  const bool first = !std::exchange(known_, true);
  if ((holding_ && terms() != told_) || (first && (!waiting_.empty() || !refreshing_.empty())))
    tend();
}

void session_lease::terms_unread(errc why) {
  if (known_)
    return;
  for (auto& one : std::exchange(waiting_, {})) one.promise.deliver(charge_answer{why, 0});
  for (auto& then : std::exchange(refreshing_, {})) then(why);
}

caf::result<charge_answer> session_lease::charge(const charge_lookup& asked) {
  if (closed_ || waiting_.size() >= waiting_limit)
    return charge_answer{errc::overloaded, 0};
  auto promise = self_->make_response_promise<charge_answer>();
  waiting_.push_back({asked.units, promise, false});
  tend();
  return promise;
}

void session_lease::refresh(std::function<void(errc)> then) {
  refreshing_.push_back(std::move(then));
  tend();
}

void session_lease::put_aside(std::uint64_t units) {
  if (units == 0)
    return;
  aside_ += units;
  aside_budget_ = std::max(aside_budget_, lease_budget_);
}

session_lease::asked_for session_lease::next_question() {
  asked_for next;
  next.era = lease().now_era();
  next.waiting = waiting_.size();
  auto& what = next.what;
  for (const auto& one : waiting_) what.wanted += one.units;
  next.loose = lease().take_up_to(what.wanted);
  what.wanted -= next.loose;
  what.node = node_->node;
  what.terms = terms();
  what.hold = !closed_ && node_->clock.now() - last_used_ < lease_idle;
  const auto most = what.hold ? lease().limit() : 0;
  const auto left = lease().units();
  put_aside(lease().take_revoked());
  put_aside(left > most ? lease().take_up_to(left - most) : 0);
  what.returned = aside_;
  what.returned_budget = aside_budget_;
  what.held = lease().units();
  return next;
}

void session_lease::tend() {
  again_ = asking_;
  if (asking_ || !known_)
    return;
  note_use();
  lease().caring();
  const auto next = next_question();
  const auto& what = next.what;
  const auto most = lease().limit();
  const bool fill = what.hold && (most == 0 || what.held < local_lease::low_water(most));
  const bool renew = what.hold && holding_ && node_->clock.now() - renewed_at_ > renewal;
  const bool leave = holding_ && !what.hold;
  if (what.wanted > 0 || what.returned > 0 || fill || renew || leave || what.terms != told_ ||
      !refreshing_.empty())
    return ask(next);
  lease().add(next.era, left_after(next, next.loose));
  seen_ = lease().mark();
  serve(next, next.loose);
}

void session_lease::ask(const asked_for& next) {
  asking_ = true;
  lease().in_transit(next.loose + next.what.returned);
  node_->providers.lease_lookups(
      view_->facts()->id, next.what,
      on_self(session_actor{self_}, [this, next](result<lease_grant> got) {
        asking_ = false;
        if (got)
          granted(next, *got);
        else
          failed(next, got.error());
        seen_ = lease().mark();
        answered(got.error());
      }));
}

void session_lease::granted(const asked_for& asked, const lease_grant& got) {
  const auto now = node_->clock.now();
  aside_ = aside_budget_ = 0;
  auto units = asked.loose;
  auto era = asked.era;
  if (got.budget < lease_budget_) {
    // Another node told newer terms: what was granted before is no unit of this budget.
    if (era == lease().now_era())
      era = lease().revoke();
    put_aside(lease().take_revoked() + std::exchange(units, 0));
  }
  lease_budget_ = got.budget;
  told_ = asked.what.terms;
  holding_ = asked.what.hold || asked.what.held > 0;
  renewed_at_ = now;
  node_->observer.lookups_leased(got.granted, asked.what.returned);
  lease().told(got, now);
  units += got.granted;
  const auto left = left_after(asked, units);
  if (!lease().add(era, left))  // an operator changed the terms meanwhile
    put_aside(left);
  const auto wait =
      std::min<std::chrono::microseconds>(lease().wait(now, lookup_cost_taken), lease_empty);
  // A lease that is empty while the budget is not (it was given back, or others hold the bound)
  // says nothing about the next question, nor about one that came in before this answer.
  const bool dry = aside_ == 0 && lease().units() < lookup_cost_taken && wait.count() > 0;
  lease().empty_until(dry ? now + wait : instant{});
  // Only now: whoever is answered shows at once, on another thread, what is left.
  serve(asked, units);
}

/// Of `units`, once those it was asked for have got theirs.
std::uint64_t session_lease::left_after(const asked_for& asked, std::uint64_t units) const {
  for (std::size_t i = 0; i < asked.waiting; ++i)
    units -= units >= waiting_[i].units ? waiting_[i].units : 0;
  return units;
}

/// Answers those it was asked for, in their order, as far as `units` go.
void session_lease::serve(const asked_for& asked, std::uint64_t units) {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(asked.waiting);
  for (auto one = waiting_.begin(); one != end; ++one) {
    const bool enough = units >= one->units;
    units -= enough ? one->units : 0;
    one->promise.deliver(charge_answer{enough ? errc::none : errc::rate_limited, asked.era});
  }
  waiting_.erase(waiting_.begin(), end);
}

/// After an unknown outcome units may have been granted, or taken back: then they stay spent, and
/// who waits is asked for once more, so that a connection that breaks costs units, not lookups.
void session_lease::failed(const asked_for& asked, errc why) {
  const bool unknown = why == errc::outcome_unknown;
  if (unknown)
    aside_ = aside_budget_ = 0;
  lease().in_transit(0);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(asked.waiting);
  const auto over = std::remove_if(waiting_.begin(), end, [&](waiting_charge& one) {
    if (unknown && !std::exchange(one.asked_again, true))
      return false;
    one.promise.deliver(charge_answer{why, asked.era});
    return true;
  });
  waiting_.erase(over, end);
  if (!lease().add(asked.era, asked.loose))
    put_aside(asked.loose);
}

void session_lease::answered(errc code) {
  for (auto& then : std::exchange(refreshing_, {})) then(code);
  const bool unsettled = aside_ > 0 || lease().units() > lease().limit() || terms() != told_;
  if (!waiting_.empty() || (code == errc::none && (again_ || unsettled)))
    tend();
  quiet_();
}

void session_lease::report_refusals() {
  if (const auto refused = lease().take_refusals())
    node_->observer.lookups_refused(refused);
}

void session_lease::sweep() {
  report_refusals();
  note_use();
  if (holding_ || lease().units() > 0 || aside_ > 0)
    tend();
}

void session_lease::close() {
  if (std::exchange(closed_, true))
    return;
  report_refusals();
  if (holding_ || lease().units() > 0 || aside_ > 0)
    tend();
}

}  // namespace glados::actors
