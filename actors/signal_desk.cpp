#include "actors/signal_desk.hpp"

#include <algorithm>
#include <caf/send.hpp>

namespace glados::actors {
namespace {

registry_decision refuse(errc code) {
  registry_decision out;
  out.code = code;
  return out;
}

/// Ids grow with time: each is the sequence of the audit record that it was kept with.
std::string id_of(std::uint64_t sequence) {
  const auto number = std::to_string(sequence);
  return "sig-" + std::string(12 - std::min<std::size_t>(12, number.size()), '0') + number;
}

void put_in_force(provider& who, const provider_throttle& next, instant now) {
  std::erase_if(who.throttles, [&](const auto& one) {
    return one.until <= now || (one.quota_percent >= next.quota_percent &&
                                one.sends_percent >= next.sends_percent && one.until <= next.until);
  });
  who.throttles.push_back(next);
}

}  // namespace

void signal_desk::begin(const registrar_actor& registrar) {
  std::lock_guard guard(lock_);
  registrar_ = registrar;
}

void signal_desk::end() {
  std::lock_guard guard(lock_);
  registrar_ = registrar_actor{};
}

void signal_desk::report(const finding& what) {
  std::lock_guard guard(lock_);
  if (!registrar_)
    return;
  registry_call call;
  call.by = {"signals", admin_role::operator_};
  call.what = raise_signal{what};
  caf::anon_send(registrar_, std::move(call));
}

registry_decision decide_raise(const raise_signal& what, const registry_facts& facts) {
  if (!facts.who || facts.who->state == provider_state::terminated)
    return refuse(errc::not_found);
  if (!is_news(facts.signals, what.found))
    return refuse(errc::conflict);  // another node found it too
  registry_decision out;
  signal_record kept;
  kept.id = id_of(facts.audit_sequence);
  kept.what = what.found;
  kept.found_at = facts.now;
  out.action = "signal.raise";
  out.target = kept.id;
  out.detail = {{"provider_id", what.found.provider_id},
                {"kind", std::string(to_string(what.found.kind))},
                {"source", std::string(to_string(what.found.source))}};
  if (auto throttle =
          throttle_for(facts.signals, what.found, facts.exempt, facts.now, facts.signal_limits)) {
    throttle->signal_id = kept.id;
    kept.throttled = true;
    kept.quota_percent = throttle->quota_percent;
    kept.sends_percent = throttle->sends_percent;
    kept.until = throttle->until;
    out.who = facts.who;
    put_in_force(*out.who, *throttle, facts.now);
    out.detail.emplace_back("quota_percent", std::to_string(kept.quota_percent));
    out.detail.emplace_back("sends_percent", std::to_string(kept.sends_percent));
  }
  out.signals.push_back(std::move(kept));
  const auto room = std::max<std::size_t>(1, facts.signal_limits.kept) - 1;
  if (facts.signals.size() > room)  // in the order of their ids: the oldest go
    out.dropped.assign(facts.signals.begin(),
                       facts.signals.end() - static_cast<std::ptrdiff_t>(room));
  return out;
}

registry_decision decide_lift(const lift_signal& what, const registry_facts& facts) {
  const auto found = std::find_if(facts.signals.begin(), facts.signals.end(),
                                  [&](const auto& one) { return one.id == what.signal_id; });
  if (found == facts.signals.end())
    return refuse(errc::not_found);
  if (!found->throttled || found->lifted_at != instant{} || found->until <= facts.now)
    return refuse(errc::conflict);
  registry_decision out;
  auto lifted = *found;
  lifted.lifted_at = facts.now;
  lifted.lifted_by = facts.by.name;
  lifted.lift_reason = what.reason;
  out.action = "signal.lift";
  out.target = lifted.id;
  out.detail = {{"provider_id", lifted.what.provider_id}};
  if (facts.who) {
    out.who = facts.who;
    std::erase_if(out.who->throttles,
                  [&](const auto& one) { return one.signal_id == what.signal_id; });
  }
  out.signals.push_back(std::move(lifted));
  return out;
}

}  // namespace glados::actors
