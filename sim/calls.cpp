// What each kind of call asks of a node, step by step as the HTTP handlers do it.
#include <algorithm>
#include <caf/send.hpp>

#include "actors/bulk_messages.hpp"
#include "actors/change_messages.hpp"
#include "domain/quota.hpp"
#include "sim/life.hpp"
#include "sim/node.hpp"
#include "sim/providers.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr moment delivery_left = 10 * second;
constexpr std::uint32_t any_number = 1'000;

bytes16 tag_of(std::string_view text) {
  bytes16 out{};
  for (std::size_t half = 0; half < 2; ++half) {
    workload::fingerprint mix;
    mix.add(half);
    mix.add(text);
    for (std::size_t i = 0; i < 8; ++i)
      out[8 * half + i] = static_cast<std::uint8_t>(mix.value() >> (8 * i));
  }
  return out;
}

caf::strong_actor_ptr session_of(life& at, const std::string& provider) {
  return caf::actor_cast<caf::strong_actor_ptr>(at.hosts.of(provider));
}

bool certainly_not_done(errc code) { return code != errc::none && !is_unknown(code); }

}  // namespace

// --- lookups
// ---------------------------------------------------------------------------------------

void providers::look_up(unsigned who, bool probe) {
  const auto made = make(deed::lookup, model_.any_provider(), who);
  made->probe = probe;
  const auto shard = world_.shard_of(who);
  const auto key = world_.key_of(who);
  enter(
      made,
      [this, made, shard, key](life& of) {
        if (of.known_misses.contains(made->who))
          return finish(made, errc::not_found);
        const auto provider = id_of(made->provider);
        auto& lease = of.sessions.by_id(provider)->lookups();
        const auto ask = [this, made, shard, key, &of](std::uint16_t era) {
          world_.log.tell([&](invariant& one) {
            one.spent(made->provider, static_cast<std::int64_t>(lookup_cost_taken));
          });
          of.workers.ask_owner<actors::lookup_answer>(
              actors::lookup_mapping{{shard}, key},
              [this, made, era, &of](const actors::lookup_answer& got) {
                settle_lookup(of, made, era, got);
              });
        };
        if (const auto era = lease.spend(lookup_cost_taken))
          return ask(*era);
        if (lease.known_empty(of.clock.now()))
          return finish(made, errc::rate_limited);
        of.workers.ask<actors::charge_answer>(session_of(of, provider), actors::charge_lookup{},
                                              [this, made, ask](const actors::charge_answer& got) {
                                                if (got.code == errc::none)
                                                  ask(got.era);
                                                else
                                                  finish(made, got.code);
                                              });
      },
      [this](const call_ptr& over) {
        ++(over->code == errc::rate_limited ? counts_.lookups_refused : counts_.lookups_admitted);
        if (!over->probe)
          return;
        if (!is_failure(over->code))
          looked_up_[over->who] = true;
        else
          world_.after(second, [this, who = over->who] { look_up(who, true); });
      });
}

void providers::settle_lookup(life& of, const call_ptr& made, std::uint16_t era,
                              const actors::lookup_answer& got) {
  const auto provider = id_of(made->provider);
  auto& lease = of.sessions.by_id(provider)->lookups();
  const auto back = got.code == errc::none ? lookup_hit_refund : lookup_cost_taken;
  if (got.code != errc::not_found && lease.give_back(era, back))
    world_.log.tell(
        [&](invariant& one) { one.spent(made->provider, -static_cast<std::int64_t>(back)); });
  if (lease.wants_care())
    caf::anon_send(of.hosts.of(provider), actors::tend_lease{});
  if (world_.bug() == plant::cache_miss_beside_write && got.code == errc::not_found)
    of.known_misses.insert(made->who);
  made->found_provider = got.provider_id;
  made->found_user = got.user;
  finish(made, got.code);
}

// --- verifications
// ---------------------------------------------------------------------------------

void providers::open(unsigned provider, unsigned who, bool probe, const restore_order& restores,
                     const std::string& user) {
  const auto made = make(deed::open, provider, who);
  made->probe = probe;
  user_session session;
  session.id = made->subject = "v" + std::to_string(++names_);
  session.provider = provider;
  session.who = who;
  session.probe = probe;
  session.user = user.empty() ? "u" + std::to_string(model_.any_user()) : user;
  actors::open_verification asked;
  asked.via.shard = world_.shard_of(who);
  asked.record.id = session.id;
  asked.record.key = world_.key_of(who);
  claimed_[asked.record.key] = who;
  asked.record.provider_id = id_of(provider);
  asked.record.user = session.user;
  asked.record.user_tag = tag_of(session.id + session.user);
  asked.record.code_tag = tag_of(session.id + "right");
  asked.record.message = "message";
  asked.record.to = {"DE", 42};
  asked.record.restores = restores;
  asked.key_tag = tag_of("opening " + session.id);
  asked.sessions_per_provider = asked.sessions_per_sii = any_number;
  session_names_.push_back(session.id);
  sessions_[session.id] = std::move(session);
  enter(
      made, [this, made, asked](life& of) { send_opening(of, made, asked); },
      [this, asked](const call_ptr& over) {
        if (is_unknown(over->code))
          unknown_.push_back(asked);
        if (over->probe && over->code != errc::none)
          world_.after(second, [this, over] { open(over->provider, over->who, true); });
      });
}

void providers::send_opening(life& of, const call_ptr& made,
                             const actors::open_verification& asked) {
  const auto session = session_of(of, id_of(made->provider));
  of.workers.ask<actors::limit_answer>(
      session, actors::debit_send{asked.record.id, asked.record.to, asked.record.way},
      [this, made, asked, session, &of](const actors::limit_answer& debited) {
        if (debited.code != errc::none)
          return finish(made, debited.code == errc::outcome_unknown ? errc::storage_unavailable
                                                                    : debited.code);
        of.workers.ask_owner<actors::verification_answer>(
            asked,
            [this, made, asked, session, &of](const actors::verification_answer& got) {
              if (certainly_not_done(got.code))
                of.workers.ask<actors::limit_answer>(
                    session, actors::return_send{asked.record.id, asked.record.to},
                    [](const actors::limit_answer&) {});
              finish(made, got.code);
            },
            delivery_left);
      });
}

/// A call of unknown outcome is made again under its key, wherever.
void providers::repeat() {
  if (unknown_.empty())
    return;
  auto asked = unknown_[model_.any_of(unknown_.size())];
  const auto at = sessions_.find(asked.record.id);
  const auto made = make(deed::open, at->second.provider, at->second.who);
  made->subject = asked.record.id;
  enter(made, [this, made, asked](life& of) { send_opening(of, made, asked); });
}

void providers::check(user_session& session, bool right) {
  const auto made = make(deed::check, session.provider, session.who);
  made->subject = session.id;
  made->probe = session.probe;
  actors::check_code asked;
  asked.via.shard = world_.shard_of(session.who);
  asked.id = session.id;
  asked.provider_id = id_of(session.provider);
  asked.user_tag = tag_of(session.id + session.user);
  asked.code_tag = tag_of(session.id + (right ? "right" : "wrong"));
  asked.salt = static_cast<std::uint32_t>(++names_);
  enter(
      made,
      [this, made, asked](life& of) {
        const auto limits = session_of(of, asked.provider_id);
        of.workers.ask<actors::limit_answer>(
            limits, actors::reserve_guess{},
            [this, made, asked, limits, &of](const actors::limit_answer& reserved) {
              if (reserved.code != errc::none)
                return finish(made, reserved.code);
              of.workers.ask_owner<actors::verification_answer>(
                  asked, [this, made, limits, &of](const actors::verification_answer& got) {
                    using guess = storage::provider_store::guess;
                    const auto how = got.code == errc::none ? guess::right
                                     : got.compared         ? guess::wrong
                                                            : guess::not_compared;
                    of.workers.ask<actors::limit_answer>(limits, actors::settle_guess{how, got.to},
                                                         [](const actors::limit_answer&) {});
                    made->compared = got.compared;
                    made->mapping = got.mapping;
                    of.known_misses.erase(made->who);
                    finish(made, got.code);
                  });
            });
      },
      [this](const call_ptr& over) { checked(over); });
}

/// Somebody tries one code after the other.
void providers::guess() {
  if (session_names_.empty())
    return;
  auto& of =
      sessions_[session_names_[model_.newest_of(session_names_.size(), workload::newest_sessions)]];
  of.checked = true;
  const auto tries = model_.guesses();
  for (unsigned i = 0; i < tries; ++i)
    world_.after(i * model_.between_guesses(), [this, id = of.id] { check(sessions_[id], false); });
}

// --- mappings
// --------------------------------------------------------------------------------------

void providers::decide() {
  if (claims_.empty())
    return;
  const auto over = claims_[model_.newest_of(claims_.size(), workload::newest_claims)];
  const auto made = make(deed::decide, over.provider, over.who);
  made->subject = "c" + std::to_string(++names_);
  made->salt = over.salt;
  made->choice = static_cast<decision>(model_.decision());
  enter(made, [this, made](life& of) {
    const auto key = world_.key_of(made->who);
    of.workers.ask_owner<actors::mapping_answer>(
        actors::decide_mapping{{world_.shard_of(made->who)},
                               key,
                               made->salt,
                               id_of(made->provider),
                               made->choice,
                               made->subject,
                               tag_of("decision " + made->subject)},
        [this, made](const actors::mapping_answer& got) {
          made->mapping = got.mapping;
          finish(made, got.code);
        });
  });
}

void providers::remove() {
  if (claims_.empty())
    return;
  const auto over = claims_[model_.any_of(claims_.size())];
  const auto made = make(deed::remove, over.provider, over.who);
  made->salt = over.salt;
  enter(made, [this, made](life& of) {
    of.workers.ask_owner<actors::mapping_answer>(
        actors::remove_mapping{{world_.shard_of(made->who)},
                               world_.key_of(made->who),
                               made->salt,
                               id_of(made->provider),
                               {}},
        [this, made](const actors::mapping_answer& got) { finish(made, got.code); });
  });
}

/// Proves again what a notice said was lost.
void providers::restore() {
  const auto provider = model_.any_provider();
  const auto told = world_.posted_to(id_of(provider));
  if (told.empty())
    return;
  const auto& one = told[model_.newest_of(told.size(), workload::newest_notices)];
  if (!one.mapping || one.mapping->restore_until == instant{})
    return;
  if (const auto who = claimed_.find(one.mapping->key); who != claimed_.end())
    open(provider, who->second, false, {one.mapping->change_id, "x" + std::to_string(++names_)},
         one.mapping->user);
}

void providers::report() {
  const auto provider = model_.any_provider();
  const auto told = world_.posted_to(id_of(provider));
  if (told.empty())
    return;
  const auto& one = told[model_.any_of(told.size())];
  if (!one.mapping || one.mapping->change_id.empty())
    return;
  const auto made = make(deed::report, provider, 0);
  made->subject = one.mapping->change_id;
  enter(made, [this, made, shard = one.mapping->shard,
               id = "r" + std::to_string(++names_)](life& of) {
    of.workers.ask_owner<actors::change_answer>(
        actors::file_report{
            {shard}, id, made->subject, id_of(made->provider), report_reason::malicious, "note"},
        [this, made](const actors::change_answer& got) { finish(made, got.code); });
  });
}

void providers::register_rows() {
  const auto provider = model_.any_provider();
  const auto made = make(deed::rows, provider, model_.any_identifier());
  actors::register_rows asked;
  asked.via.shard = world_.shard_of(made->who);
  asked.provider_id = id_of(made->provider);
  asked.rule = model_.skips_conflicts() ? conflict_rule::skip : conflict_rule::contest;
  asked.job = ++names_;
  claimed_[world_.key_of(made->who)] = made->who;
  asked.rows.push_back({world_.key_of(made->who), "u" + std::to_string(model_.any_user()),
                        static_cast<std::uint32_t>(++names_), 1});
  made->salt = asked.rows.front().salt;
  enter(made, [this, made, asked](life& of) {
    of.workers.ask_owner<actors::register_answer>(
        asked, [this, made](const actors::register_answer& got) {
          for (const auto& row : got.rows) made->written += row.status == row_status::created;
          finish(made, got.code);
        });
  });
}

// --- tokens
// ----------------------------------------------------------------------------------------

namespace {

bytes32 hash_of(std::uint64_t token) {
  bytes32 out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(token >> (8 * i));
  return out;
}

}  // namespace

void providers::token() {
  using workload::token_action;
  const auto what = model_.next_token_action(!tokens_.empty());
  if (what == token_action::issue)
    return issue_token();
  const auto [provider, number] =
      tokens_[model_.newest_of(tokens_.size(), workload::newest_tokens)];
  const auto made =
      make(what == token_action::revoke ? deed::revoke_token : deed::use_token, provider, 0);
  made->token = number;
  enter(made, [this, made](life& of) {
    const auto whom = session_of(of, id_of(made->provider));
    const auto hash = hash_of(made->token);
    const auto then = [this, made](const actors::token_answer& got) { finish(made, got.code); };
    if (made->what == deed::revoke_token)
      return of.workers.ask<actors::token_answer>(whom, actors::revoke_token{hash}, then);
    if (of.sessions.by_id(id_of(made->provider))->find_token(hash, {}, of.clock.now()))
      return finish(made, errc::none);
    of.workers.ask<actors::token_answer>(whom, actors::find_token{hash}, then);
  });
}

/// Nobody knows it before the answer.
void providers::issue_token() {
  const auto made = make(deed::issue_token, model_.any_provider(), 0);
  made->token = ++names_;
  enter(
      made,
      [this, made](life& of) {
        const auto now = of.clock.now();
        of.workers.ask<actors::token_answer>(
            session_of(of, id_of(made->provider)),
            actors::issue_token{{hash_of(made->token),
                                 {},
                                 {},
                                 now,
                                 now + std::chrono::microseconds(std::chrono::hours(1))}},
            [this, made](const actors::token_answer& got) { finish(made, got.code); });
      },
      [this](const call_ptr& over) {
        if (over->code == errc::none)
          tokens_.emplace_back(over->provider, over->token);
      });
}

}  // namespace glados::sim
