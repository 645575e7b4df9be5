// The Redis side of each port: a command out, an answer back. All four share one client and keep no
// state of their own; see redis_stores.hpp for threads and life.
#pragma once

#include "storage/directory_store.hpp"
#include "storage/membership_store.hpp"
#include "storage/provider_store.hpp"
#include "storage/redis_client.hpp"
#include "storage/registry_store.hpp"

namespace glados::storage {

class redis_directory final : public directory_store {
 public:
  explicit redis_directory(redis_client& client) : client_(client) {}
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

 private:
  redis_client& client_;
};

class redis_membership final : public membership_store {
 public:
  explicit redis_membership(redis_client& client) : client_(client) {}
  void time(reply<instant> done) override;
  std::uint64_t connections() const override { return client_.connections(); }
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

 private:
  void end_member(const std::string& incarnation, std::string_view counter, reply<bool> done);
  redis_client& client_;
};

class redis_provider final : public provider_store {
 public:
  explicit redis_provider(redis_client& client) : client_(client) {}
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
  // redis_standing.cpp
  void take_note(shard_id shard, const std::string& outbox_id, const standing_note& what,
                 reply<bool> done) override;
  void load_standing(const std::string& provider, reply<standing_facts> done) override;
  void restore_standing(const std::string& provider, const standing_facts& kept,
                        reply<bool> done) override;
  void enter_usage(const usage_batch& batch, reply<bool> done) override;
  void load_usage(const std::string& provider, std::int64_t first_day, std::uint32_t days,
                  reply<usage_counts> done) override;

 private:
  void revoke(const std::string& provider, std::string_view hash, change_notice notice,
              reply<bool> done);
  redis_client& client_;
};

/// The commit of the restore of this name; of anybody else without one.
redis_command registry_command(const registry_commit& step, const std::string& restore);
result<bool> parse_applied(const redisReply& answer);

class redis_registry final : public registry_store {
 public:
  explicit redis_registry(redis_client& client) : client_(client) {}
  void apply(registry_commit step, reply<bool> done) override;
  void load(registry_record::kind what, const std::string& id,
            reply<registry_record> done) override;
  void load_all(registry_record::kind what, reply<std::vector<registry_record>> done) override;
  void load_head(reply<audit_head> done) override;
  // redis_standing.cpp
  void file(const registry_record& fresh, std::size_t kept, reply<bool> done) override;
  void list(registry_record::kind what, const std::string& after, std::size_t limit,
            reply<std::vector<registry_record>> done) override;
  void load_audit(std::uint64_t after, std::size_t limit,
                  reply<std::vector<audit_entry>> done) override;
  void changes(const std::string& cursor, reply<change_page> done) override;

 private:
  redis_client& client_;
};

/// About how many notices the change feed keeps: hours of them, where a node needs seconds.
inline constexpr std::uint64_t feed_length = 100'000;

}  // namespace glados::storage
