#include "domain/quota.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

constexpr std::uint64_t call_kept_ms = 86'400'000;

std::string_view bytes_of(const bytes16& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}
std::string_view bytes_of(const bytes32& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

/// A tag as the eight bytes that name its field.
std::string raw(std::uint64_t tag) {
  std::string out(sizeof tag, '\0');
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<char>(tag >> (8 * (out.size() - 1 - i)));
  return out;
}

result<bool> always(const redisReply&) { return true; }

result<bool> ok_or_limited(const redisReply& value) {
  if (text_of(value) == "limited")
    return errc::rate_limited;
  return true;
}

/// {'ok', …} or {policy, seconds}.
result<refusal> parse_refusal(const redisReply& value) {
  refusal out;
  const std::string_view word = text_of(element(value, 0));
  if (word != "ok") {
    out.policy = word;
    out.retry_after = std::chrono::seconds(number_of(element(value, 1)));
  }
  return out;
}

call_state parse_call(const redisReply& value) {
  const std::string_view word = text_of(element(value, 0));
  call_state state;
  state.shard = static_cast<shard_id>(number_of(element(value, 1)));
  using kind = call_state::kind;
  state.what = word == "proceed"       ? kind::proceed
               : word == "replay"      ? kind::replay
               : word == "look"        ? kind::look
               : word == "in_progress" ? kind::in_progress
                                       : kind::reused;
  return state;
}

/// What one send touches of its provider.
arguments names_of(const send_debit& debit) {
  arguments names;
  names.add(keys::sends(debit.provider_id));
  names.add(keys::debit(debit.provider_id, debit.verification_id));
  names.add(keys::month_cost(debit.provider_id)).add(keys::ledger_prefix(debit.provider_id));
  names.add(keys::users(debit.provider_id));
  return names;
}

/// `before` is the debit that the returned one had replaced, if that stands again.
redis_command return_command(const send_debit& debit, std::string_view before) {
  return script_command(true, scripts::return_send, names_of(debit),
                        arguments().add(debit.to.region).add(before));
}

redis_command breaker_command(std::string_view what, const std::string& provider,
                              const destination& to, std::uint64_t least, std::uint64_t percent,
                              std::string_view second) {
  arguments args;
  args.add(what).add(provider).add(least).add(percent).add(second);
  return script_command(true, scripts::breaker, arguments().add(keys::breaker(to)), args);
}

}  // namespace

void redis_provider::put_token(const std::string& provider, const access_token& token,
                               std::size_t limit, reply<bool> done) {
  arguments names;
  names.add(keys::token_index(provider)).add(keys::token(provider, token.hash));
  arguments args;
  args.add(bytes_of(token.hash)).add(encode(token));
  args.add(static_cast<std::uint64_t>(token.expires_at.us / 1000)).add(limit);
  client_.send(script_command(true, scripts::put_token, names, args),
               answering<bool>(std::move(done), ok_or_limited));
}

void redis_provider::load_token(const std::string& provider, const bytes32& hash,
                                reply<access_token> done) {
  const auto parse = [hash](const redisReply& value) -> result<access_token> {
    if (!is_text(value))
      return errc::not_found;
    auto token = decode_token(text_of(value));
    if (!token)
      return errc::internal;
    token->hash = hash;
    return std::move(*token);
  };
  client_.send(plain_command(false, {"GET", keys::token(provider, hash)}),
               answering<access_token>(std::move(done), parse));
}

/// First the token, then the notice: who reads the notice finds the token gone. When the second
/// step fails the token is gone, but other nodes may still have it in memory: the caller must
/// repeat.
void redis_provider::revoke(const std::string& provider, std::string_view hash,
                            change_notice notice, reply<bool> done) {
  auto tell = [this, notice = std::move(notice),
               done = std::move(done)](const redis_answer& answer) mutable {
    if (answer.code != errc::none) {
      done(answer.code);
      return;
    }
    client_.send(plain_command(true, {"XADD", keys::feed(), "MAXLEN", "~",
                                      std::to_string(feed_length), "*", "b", encode(notice)}),
                 [done = std::move(done)](const redis_answer& told) {
                   if (told.code == errc::none)
                     done(true);
                   else
                     done(errc::outcome_unknown);
                 });
  };
  client_.send(
      script_command(true, scripts::revoke_tokens,
                     arguments().add(keys::token_index(provider)).add(keys::token_prefix(provider)),
                     arguments().add(hash)),
      std::move(tell));
}

void redis_provider::revoke_token(const std::string& provider, const bytes32& hash,
                                  reply<bool> done) {
  revoke(provider, bytes_of(hash), {change_notice::kind::token, provider, hash}, std::move(done));
}

void redis_provider::revoke_all_tokens(const std::string& provider, reply<bool> done) {
  revoke(provider, "", {change_notice::kind::all_tokens, provider, {}}, std::move(done));
}

void redis_provider::begin_call(const call_reservation& call, reply<call_state> done) {
  const auto running = std::chrono::milliseconds(call.running_for).count();
  arguments args;
  args.add(bytes_of(call.fingerprint)).add(call.shard).add(static_cast<std::uint64_t>(running));
  args.add(call_kept_ms);
  client_.send(script_command(true, scripts::begin_call,
                              arguments().add(keys::call(call.provider_id, call.key_tag)), args),
               answering<call_state>(std::move(done), [](const redisReply& value) {
                 return result<call_state>(parse_call(value));
               }));
}

void redis_provider::end_call(const call_reservation& call, bool kept, reply<bool> done) {
  arguments args;
  args.add(bytes_of(call.fingerprint)).add(kept ? 1 : 0).add(call_kept_ms).add(call.shard);
  client_.send(script_command(true, scripts::end_call,
                              arguments().add(keys::call(call.provider_id, call.key_tag)), args),
               answering<bool>(std::move(done), always));
}

/// Two slots, two steps: the provider's budget, then the destination's breaker; what the second one
/// refuses is given back to the first.
void redis_provider::debit_send(const send_debit& debit, reply<refusal> done) {
  auto ask_breaker = [this, debit, done = std::move(done)](const redis_answer& first) mutable {
    const auto budget = first.code == errc::none ? parse_refusal(*first.reply) : first.code;
    if (!budget || !budget->policy.empty()) {
      done(budget);
      return;
    }
    auto conclude = [this, debit, before = std::string(text_of(element(*first.reply, 2))),
                     done = std::move(done)](const redis_answer& second) {
      const auto verdict = second.code == errc::none ? parse_refusal(*second.reply) : second.code;
      const bool counted = second.code == errc::outcome_unknown ||
                           (second.code == errc::none && verdict->policy.empty());
      if (!counted)
        client_.send(return_command(debit, before), [](const redis_answer&) {});
      done(verdict);
    };
    client_.send(breaker_command("send", debit.provider_id, debit.to, debit.breaker_min,
                                 debit.breaker_percent, "0"),
                 std::move(conclude));
  };
  arguments args;
  args.add(debit.to.region).add(debit.daily_limit).add(debit.region_limit);
  args.add(to_string(debit.way)).add(debit.price).add(debit.spend_cap);
  args.add(static_cast<std::uint64_t>(ledger_kept.count()));
  client_.send(script_command(true, scripts::debit_send, names_of(debit), args),
               std::move(ask_breaker));
}

void redis_provider::return_send(const send_debit& debit, reply<bool> done) {
  client_.send(return_command(debit, ""),
               [this, debit, done = std::move(done)](const redis_answer& first) mutable {
                 if (first.code != errc::none || text_of(*first.reply).empty()) {
                   done(first.code == errc::none ? result<bool>(false) : first.code);
                   return;
                 }
                 client_.send(breaker_command("return", debit.provider_id, debit.to, 0, 0,
                                              text_of(*first.reply)),
                              answering<bool>(std::move(done), always));
               });
}

void redis_provider::count_confirmed(const std::string& provider, const destination& to,
                                     reply<bool> done) {
  client_.send(breaker_command("confirm", provider, to, 0, 0, "0"),
               answering<bool>(std::move(done), always));
}

void redis_provider::reserve_guess(const std::string& provider, std::uint64_t base,
                                   reply<refusal> done) {
  client_.send(script_command(true, scripts::guess, arguments().add(keys::guesses(provider)),
                              arguments().add("reserve").add(base)),
               answering<refusal>(std::move(done), parse_refusal));
}

void redis_provider::settle_guess(const std::string& provider, guess how, reply<bool> done) {
  const std::string_view word = how == guess::right   ? "right"
                                : how == guess::wrong ? "wrong"
                                                      : "not_compared";
  client_.send(script_command(true, scripts::guess, arguments().add(keys::guesses(provider)),
                              arguments().add(word).add(0)),
               answering<bool>(std::move(done), always));
}

void redis_provider::count_users(shard_id shard, const std::string& outbox_id,
                                 const user_count_change& change, reply<bool> done) {
  const std::size_t dash = std::min(outbox_id.find('-'), outbox_id.size());
  const std::string number = dash < outbox_id.size() ? outbox_id.substr(dash + 1) : "0";
  arguments names;
  names.add(keys::users(change.provider_id)).add(keys::user_marks(change.provider_id));
  names.add(keys::mail_domains(change.provider_id));
  arguments args;
  args.add(shard).add(outbox_id.substr(0, dash)).add(number).add(to_string(change.method));
  args.add(std::to_string(change.delta)).add(change.due ? 1 : 0);
  args.add(change.mail_domain != 0 ? raw(change.mail_domain) : std::string());
  args.add(counted_users_per_mail_domain).add(change.region);
  client_.send(script_command(true, scripts::count_users, names, args),
               answering<bool>(std::move(done), always));
}

void redis_provider::load_users(const std::string& provider,
                                const std::vector<std::uint64_t>& listed, reply<user_counts> done) {
  const auto parse = [](const redisReply& value) -> result<user_counts> {
    return user_counts{number_of(element(value, 0)), number_of(element(value, 1)),
                       number_of(element(value, 2)), number_of(element(value, 3)),
                       number_of(element(value, 4)), number_of(element(value, 5)),
                       number_of(element(value, 6))};
  };
  arguments args;
  args.add(counted_users_per_mail_domain);
  for (const auto tag : listed) args.add(raw(tag));
  client_.send(script_command(
                   false, scripts::load_users,
                   arguments().add(keys::users(provider)).add(keys::mail_domains(provider)), args),
               answering<user_counts>(std::move(done), parse));
}

}  // namespace glados::storage
