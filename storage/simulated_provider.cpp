#include <algorithm>
#include <charconv>

#include "storage/codec.hpp"
#include "storage/ledger.hpp"
#include "storage/simulated_state.hpp"

namespace glados::storage {

namespace {

constexpr std::int64_t call_kept_ms = 86'400'000;

}  // namespace

result<bool> simulated_state::put_token(const std::string& provider, const access_token& token,
                                        std::size_t limit) {
  auto& tokens = providers_[provider].tokens;
  std::erase_if(tokens, [&](const auto& one) { return one.second.until_ms <= now_ms(); });
  if (tokens.size() >= limit)
    return errc::rate_limited;
  tokens[token.hash] = {encode(token), token.expires_at.us / 1000};
  return true;
}

result<access_token> simulated_state::load_token(const std::string& provider, const bytes32& hash) {
  auto& tokens = providers_[provider].tokens;
  const auto found = tokens.find(hash);
  if (found == tokens.end() || !live(found->second))
    return errc::not_found;
  access_token token = decode_token(found->second.body).value();
  token.hash = hash;
  return token;
}

result<bool> simulated_state::revoke_token(const std::string& provider, const bytes32& hash) {
  providers_[provider].tokens.erase(hash);
  tell({change_notice::kind::token, provider, hash});
  return true;
}

result<bool> simulated_state::revoke_all_tokens(const std::string& provider) {
  providers_[provider].tokens.clear();
  tell({change_notice::kind::all_tokens, provider, {}});
  return true;
}

result<call_state> simulated_state::begin_call(const call_reservation& call) {
  using kind = call_state::kind;
  auto& calls = providers_[call.provider_id].calls;
  const auto found = calls.find(call.key_tag);
  if (found == calls.end() || now_ms() > found->second.until_ms) {
    calls[call.key_tag] = {false, now_ms(), now_ms() + call_kept_ms, call.shard, call.fingerprint};
    return call_state{kind::proceed, call.shard};
  }
  running_call& first = found->second;
  if (first.fingerprint != call.fingerprint)
    return call_state{kind::reused, first.shard};
  if (first.kept)
    return call_state{kind::replay, first.shard};
  if (now_ms() - first.since_ms < std::chrono::milliseconds(call.running_for).count())
    return call_state{kind::in_progress, first.shard};
  first.since_ms = now_ms();
  first.until_ms = now_ms() + call_kept_ms;
  return call_state{kind::look, first.shard};
}

result<bool> simulated_state::end_call(const call_reservation& call, bool kept) {
  auto& calls = providers_[call.provider_id].calls;
  auto found = calls.find(call.key_tag);
  if (found != calls.end() && now_ms() > found->second.until_ms) {
    calls.erase(found);
    found = calls.end();
  }
  const bool there = found != calls.end();
  if (there && found->second.fingerprint != call.fingerprint)
    return true;
  if (kept) {
    running_call& ended = calls[call.key_tag];
    if (!there)
      ended = {true, now_ms(), 0, call.shard, call.fingerprint};
    ended.kept = true;
    ended.until_ms = now_ms() + call_kept_ms;
  } else if (there && !found->second.kept) {
    calls.erase(found);
  }
  return true;
}

refusal simulated_state::ask_breaker(const send_debit& debit) {
  destination_state& at = destinations_[debit.to.prefix_tag];
  breaker_rule rule;
  rule.least_sent = debit.breaker_min;
  rule.least_percent = debit.breaker_percent;
  std::vector<conversion> all;
  for (const auto& [provider, counts] : at.seen) all.push_back(counts.sum(now_s()));
  const bool own = too_few_confirmed(rule, at.seen[debit.provider_id].sum(now_s()));
  const auto ask = [&](const std::string& who, bool trips) -> std::optional<glados::refusal> {
    const auto verdict = check_breaker(rule, trips, at.closed[who], now_s());
    at.closed[who] = verdict.closed_until_s;
    return verdict.refused;
  };
  auto refused = ask(debit.provider_id, own);
  if (!refused)
    refused = ask("", too_few_confirmed_by_all(rule, all));
  if (refused)
    return {std::string(refused->policy), refused->retry_after};
  at.seen[debit.provider_id].add(now_s(), 1, 0);
  return {};
}

result<refusal> simulated_state::debit_send(const send_debit& debit) {
  provider_state& at = providers_[debit.provider_id];
  if (at.send_day != day_of(now_s())) {
    at.send_day = day_of(now_s());
    at.sends = 0;
    at.sends_to.clear();
  }
  std::uint64_t& region = at.sends_to[debit.to.region];
  if (at.sends >= debit.daily_limit)
    return refusal{std::string(policy_sends), until_next_day(now_s())};
  const auto proven = std::max<std::int64_t>(0, at.users_in[debit.to.region]);
  if (debit.region_limit > 0 && region >= debit.region_limit + static_cast<std::uint64_t>(proven))
    return refusal{std::string(policy_country), until_next_day(now_s())};
  const auto month = month_of(now);
  const auto spent = at.cost_month == month.name ? at.month_cost : 0;
  if (debit.spend_cap > 0 && spent + debit.price > debit.spend_cap)
    return refusal{std::string(policy_spend),
                   std::chrono::seconds((month.first_day + month.days) * day_s - now_s())};
  refusal broken = ask_breaker(debit);
  if (!broken.policy.empty())
    return broken;
  ++at.sends;
  ++region;
  add_cost(at, debit.price);
  ++at.ledger[day_of(now_s())][ledger_field('s', debit.way, debit.to.region)];
  at.debits[debit.verification_id] = {now_s(), debit.way, debit.price};
  return refusal{};
}

void simulated_state::add_cost(provider_state& at, micro_units cost) {
  const auto month = month_of(now).name;
  if (at.cost_month != month)
    at.month_cost = 0;
  at.cost_month = month;
  at.month_cost += cost;
}

result<bool> simulated_state::enter_usage(const usage_batch& batch) {
  provider_state& at = providers_[batch.provider_id];
  auto& [incarnation, number] = at.usage_marks[batch.writer];
  if (incarnation == batch.incarnation && batch.number <= number)
    return false;
  incarnation = batch.incarnation;
  number = batch.number;
  auto& today = at.ledger[day_of(now_s())];
  today["h"] += static_cast<std::int64_t>(batch.hits);
  today["m"] += static_cast<std::int64_t>(batch.misses);
  today["r"] += static_cast<std::int64_t>(batch.bulk_rows);
  add_cost(at, batch.cost);
  return true;
}

result<usage_counts> simulated_state::load_usage(const std::string& provider,
                                                 std::int64_t first_day, std::uint32_t days) {
  ledger_sum sum;
  const auto& ledger = providers_[provider].ledger;
  for (auto day = ledger.lower_bound(first_day); day != ledger.lower_bound(first_day + days); ++day)
    for (const auto& [field, count] : day->second) sum.add(field, count);
  return sum.counts();
}

result<bool> simulated_state::return_send(const send_debit& debit) {
  provider_state& at = providers_[debit.provider_id];
  const auto found = at.debits.find(debit.verification_id);
  if (found == at.debits.end() || now_s() - found->second.second >= day_s)
    return false;
  const auto [second, way, price] = found->second;
  at.debits.erase(found);
  if (at.cost_month == month_of({second * 1'000'000}).name)
    at.month_cost -= std::min(at.month_cost, price);
  ++at.ledger[day_of(second)][ledger_field('b', way, debit.to.region)];
  if (at.send_day == day_of(second)) {
    std::uint64_t& region = at.sends_to[debit.to.region];
    at.sends -= at.sends > 0 ? 1 : 0;
    region -= region > 0 ? 1 : 0;
  }
  hour_counts& hour = destinations_[debit.to.prefix_tag].seen[debit.provider_id];
  const std::int64_t slot = second / hour_counts::slot_s;
  auto& counted = hour.ring[static_cast<std::size_t>(slot) % hour_counts::slots];
  if (counted.slot == slot && counted.seen.sent > 0)
    --counted.seen.sent;
  return true;
}

result<bool> simulated_state::count_confirmed(const std::string& provider, const destination& to) {
  destinations_[to.prefix_tag].seen[provider].add(now_s(), 0, 1);
  return true;
}

result<refusal> simulated_state::reserve_guess(const std::string& provider, std::uint64_t base) {
  provider_state& at = providers_[provider];
  if (at.guess_day != day_of(now_s()))
    at.guesses = {};
  at.guess_day = day_of(now_s());
  if (const auto refused = check_guesses(at.guesses, now_s(), base))
    return refusal{std::string(refused->policy), refused->retry_after};
  ++at.guesses.wrong;
  return refusal{};
}

result<bool> simulated_state::settle_guess(const std::string& provider, provider_store::guess how) {
  provider_state& at = providers_[provider];
  if (at.guess_day != day_of(now_s()))
    at.guesses = {};
  at.guess_day = day_of(now_s());
  if (how == provider_store::guess::wrong)
    return true;
  at.guesses.wrong -= at.guesses.wrong > 0 ? 1 : 0;
  at.guesses.right += how == provider_store::guess::right ? 1 : 0;
  return true;
}

result<provider_day> simulated_state::load_day(const std::string& provider) {
  const provider_state& at = providers_[provider];
  provider_day out;
  if (at.send_day == day_of(now_s()))
    out.sends = at.sends;
  if (at.guess_day == day_of(now_s())) {
    out.wrong_codes = at.guesses.wrong;
    out.right_codes = at.guesses.right;
  }
  out.left = until_next_day(now_s());
  return out;
}

result<lease_grant> simulated_state::lease_lookups(const std::string& provider,
                                                   const lease_request& ask) {
  return lease(providers_[provider].lookups, ask, now);
}

result<bool> simulated_state::count_users(shard_id shard, const std::string& outbox_id,
                                          const user_count_change& change) {
  entry_id id{0, 0};
  const char* end = outbox_id.data() + outbox_id.size();
  const auto first = std::from_chars(outbox_id.data(), end, id.first);
  if (first.ptr != end)
    std::from_chars(first.ptr + 1, end, id.second);
  provider_state& at = providers_[change.provider_id];
  const auto mark = at.marks.find(shard);
  if (mark != at.marks.end() && id <= mark->second)
    return true;
  at.marks[shard] = id;
  std::int64_t* counts[] = {&at.users.sms, &at.users.voice, &at.users.email, &at.users.asserted};
  *counts[static_cast<std::size_t>(change.method)] += change.delta;
  if (!change.region.empty())
    at.users_in[change.region] += change.delta;
  if (change.due && change.method <= proof_method::voice)
    at.users.phone_due += change.delta;
  if (change.method == proof_method::email && change.mail_domain != 0) {
    auto& domain = at.mail_domains[change.mail_domain];
    auto& count = change.due ? domain.due : domain.fresh;
    count = static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, static_cast<std::int64_t>(count) + change.delta));
  }
  return true;
}

result<user_counts> simulated_state::load_users(const std::string& provider,
                                                const std::vector<std::uint64_t>& listed) {
  provider_state& at = providers_[provider];
  user_counts out = at.users;
  for (const auto& [tag, users] : at.mail_domains) {
    const bool free = std::find(listed.begin(), listed.end(), tag) != listed.end();
    const auto counted = counted_in_domain(users, free);
    out.counted_email += static_cast<std::int64_t>(counted.fresh);
    out.counted_email_due += static_cast<std::int64_t>(counted.due);
  }
  return out;
}

}  // namespace glados::storage
