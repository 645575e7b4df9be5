// All ports in memory, driven by a test: nothing happens until the test says so, in the order
// it says, with the faults it says.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>

#include "storage/shard_watch.hpp"
#include "storage/simulated_state.hpp"

namespace glados::storage {

/// Owned and driven by one test thread. Every call waits as an operation; `step` carries one out
/// and calls its `done`. Deterministic: no clock but `set_time`, no chance but the caller's.
class simulated_store final : public directory_store,
                              public membership_store,
                              public provider_store,
                              public registry_store,
                              public event_store,
                              public bulk_store,
                              public names_store,
                              public backup_store,
                              public shard_watch {
 public:
  enum class fault : std::uint8_t {
    none,
    refuse,       ///< does not happen: storage_unavailable
    lose_answer,  ///< happens, but the answer is lost: outcome_unknown
    late,         ///< the same answer now, but it happens only at a later `step` of it, unanswered
  };

  simulated_store() = default;
  /// One of several connections to the same store.
  explicit simulated_store(std::shared_ptr<simulated_state> shared) : shared_(std::move(shared)) {}

  void set_time(instant at) { state_.now = at; }
  void advance(std::chrono::microseconds span) { state_.now = state_.now + span; }
  instant now() const { return state_.now; }

  std::size_t pending() const { return operations_.size(); }
  /// Name of the call that waits at `index`.
  std::string_view name(std::size_t index) const { return operations_.at(index).name; }
  /// Whether it changes anything.
  bool writes(std::size_t index) const { return operations_.at(index).write; }
  /// Carries out the operation at `index`; holding one back is not stepping it.
  void step(std::size_t index = 0, fault how = fault::none);
  /// Steps the oldest until nothing waits, also what handlers add meanwhile. Returns how many.
  std::size_t run_all();
  /// Ends every waiting call as a broken connection would; `late` ones still wait.
  void disconnect();
  /// Whoever asked is gone: nobody is told any more. Forgets the call at `index`, or carries it out
  /// at a later `step`, if it `lands`.
  void orphan(std::size_t index, bool lands);
  /// Tells whoever watches that the connection of these shards was made anew.
  void remake(const std::vector<shard_id>& shards);

  void watch(shards_remade told) override { remade_ = std::move(told); }

  void apply(commit step, std::function<void(commit_result)> done) override;
  void apply_rows(rows_commit step, std::function<void(rows_result)> done) override;
  void load_mapping(shard_id shard, const sii_key& key, reply<directory_record> done) override;
  void load_mappings(shard_id shard, std::uint8_t layers, const std::string& cursor,
                     std::size_t limit, reply<mapping_page> done) override;
  void load_walk(shard_id shard, const std::string& name, reply<std::string> done) override;
  void save_walk(const fence& by, const std::string& name, const std::string& cursor,
                 reply<bool> done) override;
  void load_verification(shard_id shard, const std::string& id, reply<verification> done) override;
  void load_change(shard_id shard, const std::string& id, reply<change_record> done) override;
  void load_answer(shard_id shard, const std::string& provider_id, const bytes16& key_tag,
                   reply<std::string> done) override;
  void load_outbox(shard_id shard, const std::string& after, std::size_t limit,
                   reply<std::vector<outbox_entry>> done) override;
  void trim_outbox(shard_id shard, std::vector<std::string> ids, reply<bool> done) override;

  void time(reply<instant> done) override;
  std::uint64_t connections() const override { return connections_; }
  void join(const join_request& request, reply<join_answer> done) override;
  void renew(const std::string& incarnation, reply<table_answer> done) override;
  void announce(const std::string& incarnation, const std::string& address,
                reply<bool> done) override;
  void evict(const std::string& incarnation, std::uint64_t counter, reply<bool> done) override;
  void leave(const std::string& incarnation, reply<bool> done) override;
  void drain(const std::string& node, reply<bool> done) override;
  void find_ended(std::vector<std::string> incarnations,
                  reply<std::vector<std::string>> done) override;
  void load_owners(std::vector<shard_id> shards, reply<std::vector<shard_owner>> done) override;
  void claim(const std::string& node, const std::string& incarnation,
             std::vector<shard_seen> shards, reply<std::vector<shard_claim>> done) override;
  void raise_epoch(const fence& by, reply<std::uint64_t> done) override;
  void release(const fence& by, reply<bool> done) override;

  void rename_records(renaming step, reply<std::size_t> done) override;
  void end_renaming(const fence& by, std::uint8_t from, std::uint8_t to, reply<bool> done) override;
  void report_keys(const std::string& incarnation, const index_checks& keys,
                   reply<bool> done) override;
  void activate_key(std::uint8_t version, const index_checks& mine,
                    reply<activation_answer> done) override;
  void settle_key(std::uint8_t version, reply<bool> done) override;

  void put_token(const std::string& provider, const access_token& token, std::size_t limit,
                 reply<bool> done) override;
  void load_token(const std::string& provider, const bytes32& hash,
                  reply<access_token> done) override;
  void revoke_token(const std::string& provider, const bytes32& hash, reply<bool> done) override;
  void revoke_all_tokens(const std::string& provider, reply<bool> done) override;
  void begin_call(const call_reservation& call, reply<call_state> done) override;
  void end_call(const call_reservation& call, bool kept, reply<bool> done) override;
  void debit_send(const send_debit& debit, reply<refusal> done) override;
  void return_send(const send_debit& debit, reply<bool> done) override;
  void count_confirmed(const std::string& provider, const destination& to,
                       reply<bool> done) override;
  void reserve_guess(const std::string& provider, std::uint64_t base, reply<refusal> done) override;
  void settle_guess(const std::string& provider, guess how, reply<bool> done) override;
  void load_day(const std::string& provider, reply<provider_day> done) override;
  void lease_lookups(const std::string& provider, const lease_request& ask,
                     reply<lease_grant> done) override;
  void count_users(shard_id shard, const std::string& outbox_id, const user_count_change& change,
                   reply<bool> done) override;
  void load_users(const std::string& provider, const std::vector<std::uint64_t>& listed,
                  reply<user_counts> done) override;
  void take_note(shard_id shard, const std::string& outbox_id, const standing_note& what,
                 reply<bool> done) override;
  void load_standing(const std::string& provider, reply<standing_facts> done) override;
  void restore_standing(const std::string& provider, const standing_facts& kept,
                        reply<bool> done) override;
  void enter_usage(const usage_batch& batch, reply<bool> done) override;
  void load_usage(const std::string& provider, std::int64_t first_day, std::uint32_t days,
                  reply<usage_counts> done) override;

  void apply(registry_commit step, reply<bool> done) override;
  void load(registry_record::kind what, const std::string& id,
            reply<registry_record> done) override;
  void load_all(registry_record::kind what, reply<std::vector<registry_record>> done) override;
  void load_head(reply<audit_head> done) override;
  void file(const registry_record& fresh, std::size_t kept, reply<bool> done) override;
  void list(registry_record::kind what, const std::string& after, std::size_t limit,
            reply<std::vector<registry_record>> done) override;
  void load_audit(std::uint64_t after, std::size_t limit,
                  reply<std::vector<audit_entry>> done) override;
  void changes(const std::string& cursor, reply<change_page> done) override;

  void append(const event& what, reply<std::string> done) override;
  void append_once(shard_id shard, const std::string& outbox_id, const event& what,
                   reply<std::string> done) override;
  void read_events(const std::string& provider, const std::string& after, std::size_t limit,
                   reply<std::vector<event>> done) override;
  void load_event(const std::string& provider, const std::string& id, reply<event> done) override;
  void last_event(const std::string& provider, reply<std::string> done) override;
  void load_webhook(const std::string& provider, reply<stored_webhook> done) override;
  void put_webhook(const std::string& provider, const stored_webhook& next,
                   reply<std::uint64_t> done) override;
  void load_progress(const std::string& provider, reply<courier_progress> done) override;
  void take_courier(const std::string& provider, std::uint64_t epoch, bool in_any_case,
                    reply<courier_progress> done) override;
  void save_progress(const std::string& provider, std::uint64_t epoch, const courier_progress& now,
                     reply<bool> done) override;
  void add_attempt(const std::string& provider, const delivery_attempt& made,
                   reply<std::string> done) override;
  void read_attempts(const std::string& provider, const std::string& after, std::size_t limit,
                     reply<std::vector<delivery_attempt>> done) override;
  void load_attempt(const std::string& provider, const std::string& id,
                    reply<delivery_attempt> done) override;

  void create_job(const job_creation& what, reply<created_job> done) override;
  void load_job(const job_name& job, reply<bulk_job> done) override;
  void open_part(const part_opening& what, reply<part_state> done) override;
  void save_part(const part_progress& what, reply<saved_part> done) override;
  void load_results(const job_name& job, std::uint32_t part, reply<part_results> done) override;
  void end_job(const job_ending& what, reply<bool> done) override;

  void begin_snapshot(shard_id shard, const std::string& name, reply<shard_snapshot> done) override;
  void read_snapshot(shard_id shard, const std::string& name, std::uint8_t layers,
                     const std::string& cursor, std::size_t limit,
                     reply<mapping_page> done) override;
  void log_change(shard_id shard, const std::string& outbox_id, const std::string& body,
                  reply<bool> done) override;
  void read_log(std::uint64_t after, std::size_t limit, reply<log_page> done) override;
  void begin_restore(const std::string& name, std::uint8_t names, reply<bool> done) override;
  void load_restore(reply<restore_state> done) override;
  void apply_restored(const std::string& name, registry_commit step, reply<bool> done) override;
  void end_restore(const std::string& name, reply<bool> done) override;

 private:
  struct operation {
    std::string_view name;
    bool write = false;
    /// Does it, and answers how to tell the caller.
    std::function<std::function<void()>()> act;
    std::function<void(errc)> fail;  ///< empty once the caller was told
  };

  template <class T>
  void queue(std::string_view name, bool write, reply<T> done, std::function<result<T>()> act);
  static errc lost(const operation& what);

  std::shared_ptr<simulated_state> shared_ = std::make_shared<simulated_state>();
  simulated_state& state_ = *shared_;
  std::deque<operation> operations_;
  shards_remade remade_;
  std::uint64_t connections_ = 1;
};

template <class T>
void simulated_store::queue(std::string_view name, bool write, reply<T> done,
                            std::function<result<T>()> act) {
  auto shared = std::make_shared<reply<T>>(std::move(done));
  operations_.push_back({name, write,
                         [shared, act = std::move(act)]() -> std::function<void()> {
                           return [shared, value = act()] { (*shared)(value); };
                         },
                         [shared](errc code) { (*shared)(code); }});
}

}  // namespace glados::storage
