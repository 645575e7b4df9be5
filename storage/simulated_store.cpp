#include "storage/simulated_store.hpp"

#include <memory>

namespace glados::storage {

errc simulated_store::lost(const operation& what) {
  return what.write ? errc::outcome_unknown : errc::storage_unavailable;
}

void simulated_store::step(std::size_t index, fault how) {
  operation what = std::move(operations_.at(index));
  const auto place = operations_.begin() + static_cast<std::ptrdiff_t>(index);
  if (how == fault::late && what.fail) {
    place->name = what.name;
    place->write = what.write;
    place->act = std::move(what.act);
    place->fail = nullptr;
    what.fail(lost(what));
    return;
  }
  operations_.erase(place);
  if (how == fault::refuse) {
    if (what.fail)
      what.fail(errc::storage_unavailable);
    return;
  }
  const auto tell = what.act();
  if (how == fault::lose_answer && what.fail)
    what.fail(lost(what));
  else if (what.fail)
    tell();
}

void simulated_store::orphan(std::size_t index, bool lands) {
  if (lands)
    operations_.at(index).fail = nullptr;
  else
    operations_.erase(operations_.begin() + static_cast<std::ptrdiff_t>(index));
}

std::size_t simulated_store::run_all() {
  std::size_t done = 0;
  for (; !operations_.empty(); ++done) step();
  return done;
}

void simulated_store::disconnect() {
  ++connections_;
  std::deque<operation> waiting;
  waiting.swap(operations_);
  for (operation& what : waiting)
    if (!what.fail)
      operations_.push_back(std::move(what));
  for (operation& what : waiting)
    if (what.fail)
      what.fail(errc::storage_unavailable);
}

void simulated_store::remake(const std::vector<shard_id>& shards) {
  if (remade_)
    remade_(shards);
}

void simulated_store::apply(commit step, std::function<void(commit_result)> done) {
  auto shared = std::make_shared<std::function<void(commit_result)>>(std::move(done));
  operations_.push_back({"commit", true,
                         [this, shared, step = std::move(step)]() -> std::function<void()> {
                           return [shared, value = state_.apply(step)] { (*shared)(value); };
                         },
                         [shared](errc code) {
                           commit_result failed;
                           failed.code = code;
                           (*shared)(failed);
                         }});
}

void simulated_store::load_mapping(shard_id shard, const sii_key& key,
                                   reply<directory_record> done) {
  queue<directory_record>("load_mapping", false, std::move(done),
                          [this, shard, key] { return state_.load_mapping(shard, key); });
}

void simulated_store::load_mappings(shard_id shard, std::uint8_t layers, const std::string& cursor,
                                    std::size_t limit, reply<mapping_page> done) {
  queue<mapping_page>("load_mappings", false, std::move(done),
                      [this, shard, layers, cursor, limit] {
                        return state_.load_mappings(shard, layers, cursor, limit);
                      });
}

void simulated_store::load_walk(shard_id shard, const std::string& name, reply<std::string> done) {
  queue<std::string>("load_walk", false, std::move(done),
                     [this, shard, name] { return state_.load_walk(shard, name); });
}

void simulated_store::save_walk(const fence& by, const std::string& name, const std::string& cursor,
                                reply<bool> done) {
  queue<bool>("save_walk", true, std::move(done),
              [this, by, name, cursor] { return state_.save_walk(by, name, cursor); });
}

void simulated_store::load_verification(shard_id shard, const std::string& id,
                                        reply<verification> done) {
  queue<verification>("load_verification", false, std::move(done),
                      [this, shard, id] { return state_.load_verification(shard, id); });
}

void simulated_store::load_change(shard_id shard, const std::string& id,
                                  reply<change_record> done) {
  queue<change_record>("load_change", false, std::move(done),
                       [this, shard, id] { return state_.load_change(shard, id); });
}

void simulated_store::load_answer(shard_id shard, const std::string& provider_id,
                                  const bytes16& key_tag, reply<std::string> done) {
  queue<std::string>("load_answer", false, std::move(done), [this, shard, provider_id, key_tag] {
    return state_.load_answer(shard, provider_id, key_tag);
  });
}

void simulated_store::load_outbox(shard_id shard, const std::string& after, std::size_t limit,
                                  reply<std::vector<outbox_entry>> done) {
  queue<std::vector<outbox_entry>>(
      "load_outbox", false, std::move(done),
      [this, shard, after, limit] { return state_.load_outbox(shard, after, limit); });
}

void simulated_store::trim_outbox(shard_id shard, std::vector<std::string> ids, reply<bool> done) {
  queue<bool>("trim_outbox", true, std::move(done),
              [this, shard, ids] { return state_.trim_outbox(shard, ids); });
}

void simulated_store::put_token(const std::string& provider, const access_token& token,
                                std::size_t limit, reply<bool> done) {
  queue<bool>("put_token", true, std::move(done),
              [this, provider, token, limit] { return state_.put_token(provider, token, limit); });
}

void simulated_store::load_token(const std::string& provider, const bytes32& hash,
                                 reply<access_token> done) {
  queue<access_token>("load_token", false, std::move(done),
                      [this, provider, hash] { return state_.load_token(provider, hash); });
}

void simulated_store::revoke_token(const std::string& provider, const bytes32& hash,
                                   reply<bool> done) {
  queue<bool>("revoke_token", true, std::move(done),
              [this, provider, hash] { return state_.revoke_token(provider, hash); });
}

void simulated_store::revoke_all_tokens(const std::string& provider, reply<bool> done) {
  queue<bool>("revoke_all_tokens", true, std::move(done),
              [this, provider] { return state_.revoke_all_tokens(provider); });
}

void simulated_store::begin_call(const call_reservation& call, reply<call_state> done) {
  queue<call_state>("begin_call", true, std::move(done),
                    [this, call] { return state_.begin_call(call); });
}

void simulated_store::end_call(const call_reservation& call, bool kept, reply<bool> done) {
  queue<bool>("end_call", true, std::move(done),
              [this, call, kept] { return state_.end_call(call, kept); });
}

void simulated_store::debit_send(const send_debit& debit, reply<refusal> done) {
  queue<refusal>("debit_send", true, std::move(done),
                 [this, debit] { return state_.debit_send(debit); });
}

void simulated_store::return_send(const send_debit& debit, reply<bool> done) {
  queue<bool>("return_send", true, std::move(done),
              [this, debit] { return state_.return_send(debit); });
}

void simulated_store::count_confirmed(const std::string& provider, const destination& to,
                                      reply<bool> done) {
  queue<bool>("count_confirmed", true, std::move(done),
              [this, provider, to] { return state_.count_confirmed(provider, to); });
}

void simulated_store::reserve_guess(const std::string& provider, std::uint64_t base,
                                    reply<refusal> done) {
  queue<refusal>("reserve_guess", true, std::move(done),
                 [this, provider, base] { return state_.reserve_guess(provider, base); });
}

void simulated_store::settle_guess(const std::string& provider, guess how, reply<bool> done) {
  queue<bool>("settle_guess", true, std::move(done),
              [this, provider, how] { return state_.settle_guess(provider, how); });
}

void simulated_store::load_day(const std::string& provider, reply<provider_day> done) {
  queue<provider_day>("load_day", false, std::move(done),
                      [this, provider] { return state_.load_day(provider); });
}

void simulated_store::lease_lookups(const std::string& provider, const lease_request& ask,
                                    reply<lease_grant> done) {
  queue<lease_grant>("lease_lookups", true, std::move(done),
                     [this, provider, ask] { return state_.lease_lookups(provider, ask); });
}

void simulated_store::count_users(shard_id shard, const std::string& outbox_id,
                                  const user_count_change& change, reply<bool> done) {
  queue<bool>("count_users", true, std::move(done), [this, shard, outbox_id, change] {
    return state_.count_users(shard, outbox_id, change);
  });
}

void simulated_store::load_users(const std::string& provider,
                                 const std::vector<std::uint64_t>& listed,
                                 reply<user_counts> done) {
  queue<user_counts>("load_users", false, std::move(done),
                     [this, provider, listed] { return state_.load_users(provider, listed); });
}

void simulated_store::enter_usage(const usage_batch& batch, reply<bool> done) {
  queue<bool>("enter_usage", true, std::move(done),
              [this, batch] { return state_.enter_usage(batch); });
}

void simulated_store::load_usage(const std::string& provider, std::int64_t first_day,
                                 std::uint32_t days, reply<usage_counts> done) {
  queue<usage_counts>("load_usage", false, std::move(done), [this, provider, first_day, days] {
    return state_.load_usage(provider, first_day, days);
  });
}

void simulated_store::apply(registry_commit step, reply<bool> done) {
  queue<bool>("registry", true, std::move(done), [this, step] { return state_.apply(step); });
}

void simulated_store::load(registry_record::kind what, const std::string& id,
                           reply<registry_record> done) {
  queue<registry_record>("load", false, std::move(done),
                         [this, what, id] { return state_.load(what, id); });
}

void simulated_store::load_all(registry_record::kind what,
                               reply<std::vector<registry_record>> done) {
  queue<std::vector<registry_record>>("load_all", false, std::move(done),
                                      [this, what] { return state_.load_all(what); });
}

void simulated_store::load_head(reply<audit_head> done) {
  queue<audit_head>("load_head", false, std::move(done), [this] { return state_.load_head(); });
}

void simulated_store::load_audit(std::uint64_t after, std::size_t limit,
                                 reply<std::vector<audit_entry>> done) {
  queue<std::vector<audit_entry>>("load_audit", false, std::move(done),
                                  [this, after, limit] { return state_.load_audit(after, limit); });
}

void simulated_store::changes(const std::string& cursor, reply<change_page> done) {
  queue<change_page>("changes", false, std::move(done),
                     [this, cursor] { return state_.changes(cursor); });
}

}  // namespace glados::storage
