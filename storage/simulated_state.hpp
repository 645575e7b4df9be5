// What the simulated store remembers, and each port call as a plain function over it, in the words
// of the scripts. Single-threaded; owned by simulated_store.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "domain/quota.hpp"
#include "domain/send_policy.hpp"
#include "storage/backup_store.hpp"
#include "storage/bulk_store.hpp"
#include "storage/directory_store.hpp"
#include "storage/event_store.hpp"
#include "storage/membership_store.hpp"
#include "storage/names_store.hpp"
#include "storage/provider_store.hpp"
#include "storage/registry_store.hpp"

namespace glados::storage {

/// Redis with one clock, `now`, that only its owner moves. The simulation (sim/) watches what is
/// virtual here, and plants bugs in it.
class simulated_state {
 public:
  virtual ~simulated_state() = default;

  instant now{1'800'000'000'000'000};

  // directory
  virtual commit_result apply(const commit& step);
  virtual rows_result apply_rows(const rows_commit& step);
  result<directory_record> load_mapping(shard_id shard, const sii_key& key);
  virtual result<verification> load_verification(shard_id shard, const std::string& id);
  result<change_record> load_change(shard_id shard, const std::string& id);
  result<std::string> load_answer(shard_id shard, const std::string& provider, const bytes16& tag);
  result<mapping_page> load_mappings(shard_id shard, std::uint8_t layers, const std::string& cursor,
                                     std::size_t limit);
  result<std::string> load_walk(shard_id shard, const std::string& name);
  result<bool> save_walk(const fence& by, const std::string& name, const std::string& cursor);
  result<std::vector<outbox_entry>> load_outbox(shard_id shard, const std::string& after,
                                                std::size_t limit);
  result<bool> trim_outbox(shard_id shard, const std::vector<std::string>& ids);

  // membership (simulated_membership.cpp)
  result<join_answer> join(const join_request& request);
  result<table_answer> renew(const std::string& incarnation);
  result<bool> announce(const std::string& incarnation, const std::string& address);
  result<bool> evict(const std::string& incarnation, std::optional<std::uint64_t> counter);
  result<bool> drain(const std::string& node);
  result<std::vector<std::string>> find_ended(const std::vector<std::string>& incarnations);
  result<std::vector<shard_owner>> load_owners(const std::vector<shard_id>& shards);
  virtual result<std::vector<shard_claim>> claim(const std::string& node,
                                                 const std::string& incarnation,
                                                 const std::vector<shard_seen>& shards);
  result<std::uint64_t> raise_epoch(const fence& by);
  result<bool> release(const fence& by);

  // names (simulated_names.cpp)
  result<std::size_t> rename_records(const renaming& step);
  result<bool> end_renaming(const fence& by, std::uint8_t from, std::uint8_t to);
  result<bool> report_keys(const std::string& incarnation, const index_checks& keys);
  result<activation_answer> activate_key(std::uint8_t version, const index_checks& mine);
  result<bool> settle_key(std::uint8_t version);

  // providers
  result<bool> put_token(const std::string& provider, const access_token& token, std::size_t limit);
  result<access_token> load_token(const std::string& provider, const bytes32& hash);
  result<bool> revoke_token(const std::string& provider, const bytes32& hash);
  result<bool> revoke_all_tokens(const std::string& provider);
  result<call_state> begin_call(const call_reservation& call);
  result<bool> end_call(const call_reservation& call, bool kept);
  result<refusal> debit_send(const send_debit& debit);
  result<bool> return_send(const send_debit& debit);
  result<bool> count_confirmed(const std::string& provider, const destination& to);
  result<refusal> reserve_guess(const std::string& provider, std::uint64_t base);
  result<bool> settle_guess(const std::string& provider, provider_store::guess how);
  result<provider_day> load_day(const std::string& provider);
  virtual result<lease_grant> lease_lookups(const std::string& provider, const lease_request& ask);
  result<bool> count_users(shard_id shard, const std::string& outbox_id,
                           const user_count_change& change);
  result<user_counts> load_users(const std::string& provider,
                                 const std::vector<std::uint64_t>& listed);

  // standing (simulated_standing.cpp)
  result<bool> take_note(shard_id shard, const std::string& outbox_id, const standing_note& what);
  result<standing_facts> load_standing(const std::string& provider);
  result<bool> restore_standing(const std::string& provider, const standing_facts& kept);
  result<bool> file(const registry_record& fresh, std::size_t kept);
  result<std::vector<registry_record>> list(registry_record::kind what, const std::string& after,
                                            std::size_t limit);
  result<bool> enter_usage(const usage_batch& batch);
  result<usage_counts> load_usage(const std::string& provider, std::int64_t first_day,
                                  std::uint32_t days);

  // events (simulated_event.cpp)
  result<std::string> append(const event& what);
  result<std::string> append_once(shard_id shard, const std::string& outbox_id, const event& what);
  result<std::vector<event>> read_events(const std::string& provider, const std::string& after,
                                         std::size_t limit);
  result<event> load_event(const std::string& provider, const std::string& id);
  result<std::string> last_event(const std::string& provider);
  result<stored_webhook> load_webhook(const std::string& provider);
  result<std::uint64_t> put_webhook(const std::string& provider, const stored_webhook& next);
  result<courier_progress> load_progress(const std::string& provider);
  result<courier_progress> take_courier(const std::string& provider, std::uint64_t epoch,
                                        bool in_any_case);
  result<bool> save_progress(const std::string& provider, std::uint64_t epoch,
                             const courier_progress& now);
  result<std::string> add_attempt(const std::string& provider, const delivery_attempt& made);
  result<std::vector<delivery_attempt>> read_attempts(const std::string& provider,
                                                      const std::string& after, std::size_t limit);
  result<delivery_attempt> load_attempt(const std::string& provider, const std::string& id);

  // bulk jobs (simulated_bulk.cpp)
  result<created_job> create_job(const job_creation& what);
  result<bulk_job> load_job(const job_name& job);
  result<part_state> open_part(const part_opening& what);
  result<saved_part> save_part(const part_progress& what);
  result<part_results> load_results(const job_name& job, std::uint32_t part);
  result<bool> end_job(const job_ending& what);

  // back-up (simulated_backup.cpp)
  result<shard_snapshot> begin_snapshot(shard_id shard, const std::string& name);
  result<mapping_page> read_snapshot(shard_id shard, const std::string& name, std::uint8_t layers,
                                     const std::string& cursor, std::size_t limit);
  result<bool> log_change(shard_id shard, const std::string& outbox_id, const std::string& body);
  result<log_page> read_log(std::uint64_t after, std::size_t limit);
  result<bool> begin_restore(const std::string& name, std::uint8_t names);
  result<restore_state> load_restore();
  result<bool> end_restore(const std::string& name);

  // registry
  result<bool> apply(const registry_commit& step, const std::string& restore = {});
  result<registry_record> load(registry_record::kind what, const std::string& id);
  result<std::vector<registry_record>> load_all(registry_record::kind what);
  result<audit_head> load_head();
  result<std::vector<audit_entry>> load_audit(std::uint64_t after, std::size_t limit);
  result<change_page> changes(const std::string& cursor);

 protected:
  using entry_id = std::pair<std::uint64_t, std::uint64_t>;

  struct kept_value {
    std::string body;
    std::int64_t until_ms = 0;
  };
  struct stored_proof {
    std::uint64_t version = 0;
    kept_value record;
    kept_value code;
  };
  struct session_counts {
    session_ceiling ceiling;
    std::map<std::string, std::pair<own_sessions, bool>> own;  ///< and: its first was reserved
  };
  /// Where a record stands: names of different layers are kept apart.
  using record_name = std::pair<std::uint8_t, sii_key>;
  static record_name from_layers(const sii_key& key) { return {key.layers, key}; }

  using stored_rows = std::map<record_name, std::pair<std::uint64_t, std::string>>;
  struct snapshot_state {
    std::string name;  ///< empty: there is none
    std::uint64_t version = 0;
    std::int64_t until_ms = 0;
    stored_rows kept;
  };
  struct shard_state {
    std::string node, incarnation;
    std::uint8_t names = 1, renaming = 0;
    std::uint64_t epoch = 0, last_version = 0;
    stored_rows mappings;
    snapshot_state snapshot;
    std::map<std::string, stored_proof> proofs;
    std::map<std::string, std::pair<std::uint64_t, kept_value>> changes;
    std::map<std::pair<std::string, bytes16>, kept_value> answers;
    std::map<sii_key, session_counts> sessions;
    std::map<entry_id, std::string> outbox;
    std::map<std::string, std::string> walks;
  };
  struct running_call {
    bool kept = false;
    std::int64_t since_ms = 0, until_ms = 0;
    shard_id shard = 0;
    bytes16 fingerprint{};
  };
  struct kept_debit {
    std::int64_t second = 0;
    channel way = channel::sms;
    micro_units price = 0;
  };
  struct stored_part {
    bytes16 fingerprint{};
    bool done = false;
    std::uint32_t lines = 0, rejected = 0, granted = 0, credit = 0, used = 0;
    std::map<shard_id, std::string> shares;
    std::string rejects;
  };
  struct stored_job {
    bulk_job job;
    std::int64_t until_ms = 0;
    std::uint32_t begun = 0;
    std::map<std::uint32_t, stored_part> parts;
  };
  struct provider_state {
    std::map<bytes32, kept_value> tokens;
    std::map<bytes16, running_call> calls;
    std::int64_t send_day = 0, guess_day = 0;
    std::uint64_t sends = 0;
    std::map<std::string, std::uint64_t> sends_to;
    std::map<std::string, kept_debit> debits;
    std::map<std::int64_t, std::map<std::string, std::int64_t>> ledger;        ///< by day and field
    std::map<std::string, std::pair<std::string, std::uint64_t>> usage_marks;  ///< by writer
    std::string cost_month;
    micro_units month_cost = 0;
    day_guesses guesses;
    user_counts users;  ///< but for `counted_…`
    std::map<std::uint64_t, mail_domain_users> mail_domains;
    lookup_account lookups;
    std::map<std::string, std::int64_t> users_in;  ///< proven, by region
    std::map<shard_id, entry_id> marks, note_marks;
    std::map<std::string, std::string> strikes;
    std::map<std::int64_t, std::uint64_t> changes_made;
    std::map<event_place, std::string> events, attempts;
    std::map<shard_id, entry_id> event_marks;
    stored_webhook webhook;
    std::string progress;
    std::uint64_t courier_epoch = 0;
    std::map<std::uint64_t, stored_job> jobs;
    std::map<bytes16, kept_value> jobs_of_calls;  ///< the number, as text
    std::uint64_t asserted_rows = 0;
  };
  struct destination_state {
    std::map<std::string, hour_counts> seen;
    std::map<std::string, std::int64_t> closed;  ///< "" is everybody
  };
  struct session_change {
    std::int64_t wait_ms = 0;  ///< not zero: refused
    bool reserved = false;
    session_counts next;
  };

  std::int64_t now_ms() const { return now.us / 1000; }
  std::int64_t now_s() const { return now.us / 1'000'000; }
  bool live(const kept_value& value) const {
    return !value.body.empty() && now_ms() <= value.until_ms;
  }
  bool stale(shard_state& at, const commit& step) const;
  session_change open_or_return(const session_counts& stored, const session_limit& limit,
                                bool back) const;
  void write(shard_state& at, const commit& step, commit_result& out);
  /// A snapshot wants the record as it was.
  void keep_for_snapshot(shard_state& at, const sii_key& key) const;
  void write_proof(shard_state& at, const verification& proof, std::uint64_t version);
  refusal ask_breaker(const send_debit& debit);
  void add_cost(provider_state& at, micro_units cost);
  stored_job* find_job(const job_name& job);
  void keep(stored_job& job) const;
  void tell(const change_notice& notice);
  std::string add_record(std::map<event_place, std::string>& stream, std::string body);

  std::map<shard_id, shard_state> shards_;
  std::map<std::string, provider_state> providers_;
  std::map<std::uint64_t, destination_state> destinations_;
  std::optional<directory_identity> identity_;
  cluster_view members_;
  std::set<std::string> ended_;
  index_state index_;
  index_checks needed_keys_;
  std::map<std::string, index_checks> member_keys_;
  std::map<std::pair<registry_record::kind, std::string>, registry_record> registry_;
  std::uint64_t registry_version_ = 0;
  std::vector<audit_entry> audit_;
  std::vector<change_notice> feed_;
  std::vector<logged_change> log_;
  std::map<shard_id, entry_id> log_marks_;
  restore_state restore_;
};

}  // namespace glados::storage
