// State of a shard actor. Split over shard.cpp (routing), shard_entities.cpp (loading, spawning,
// passivation), shard_rows.cpp (rows of bulk jobs), shard_changes.cpp (reports), shard_epoch.cpp
// (epoch, outbox, end), shard_sweep.cpp (the walk through all records) and shard_names.cpp (records
// under other names).
#pragma once

#include <algorithm>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/continuation.hpp"
#include "actors/entity_table.hpp"
#include "actors/shard_context.hpp"
#include "domain/lru.hpp"

namespace glados::actors {

/// Lives in its actor and runs only there; see shard.hpp.
class shard_actor_state {
 public:
  ~shard_actor_state();
  void begin(shard_actor::pointer self, node_context& node, const node_services& services,
             std::shared_ptr<shard_tenure> held);

  caf::result<lookup_answer> lookup(const lookup_mapping& asked);
  caf::result<proof_answer> prove(const proof_accepted& right);
  /// For everything about own mappings. Unknown keys spawn nothing.
  template <class Message>
  caf::result<mapping_answer> own(const Message& asked);
  caf::result<verification_answer> open(const open_verification& asked);
  /// For everything that names a verification by `id`.
  template <class Message>
  caf::result<verification_answer> verify(const Message& asked);
  caf::result<found_answer> find(const find_answer& asked);
  caf::result<change_answer> find_change(const get_change& asked);
  caf::result<change_answer> keep_report(const file_report& asked);
  caf::result<register_answer> register_all(const register_rows& asked);
  caf::result<retract_answer> retract_all(const retract_rows& asked);
  void sent(const code_sent& news);
  caf::result<epoch_raised> unsure(const outcome_unsure& seen);
  void verification_over(const verification_ended& which);
  caf::result<mapping_tended> tend(const tend_mapping& asked);
  caf::result<shard_swept> sweep_page(const sweep_shard& asked);
  caf::result<records_renamed> rename(const rename_records& asked);
  void sweep_idle();
  void recover_outbox();
  void stop_all();

 private:
  using change_promise = caf::typed_response_promise<change_answer>;
  using mapping_table = entity_table<sii_key, mapping_actor>;
  using verification_table = entity_table<std::string, verification_actor>;

  // routing
  bool may_answer(const route& via) const;
  template <class Answer, class Message, class Table>
  caf::result<Answer> route_to(Table& table, typename Table::entry* at,
                               const typename Table::entry::first_type& key, const Message& asked);
  template <class Answer, class Handle, class Message>
  std::function<void(const Handle*, errc)> wait_with(const Message& asked);

  // entities
  template <class Table>
  typename Table::entry* open_slot(Table& table, const typename Table::entry::first_type& key);
  void load(mapping_table::entry& at);
  void load(verification_table::entry& at);
  void mapping_loaded(const sii_key& key, result<directory_record> found);
  void verification_loaded(const std::string& id, result<verification> found);
  bool make_room();
  bool evict_one();
  void mappings_changed(int delta);
  void verifications_changed(int delta);
  int live() const { return live_mappings_ + live_verifications_; }
  template <class Table, class Handle>
  void serve(Table& table, typename Table::entry& at, Handle entity);
  template <class Table>
  void refuse(Table& table, typename Table::entry& at, errc code);
  template <class Table>
  void retire(Table& table, typename Table::entry& at);
  template <class Table>
  bool finished(Table& table, const caf::down_msg& end);
  template <class Table>
  void free_slot(Table& table, const typename Table::entry::first_type& key);
  void on_down(const caf::down_msg& end);
  template <class Table>
  void sweep_table(Table& table, std::uint32_t idle_minutes);

  void retire_mappings();

  // names
  bool serves_names() const { return served_names_ != 0; }
  template <class Rows, class Key>
  bool names_fit(const Rows& rows, Key key_of) const {
    return serves_names() && std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
             return key_of(row).layers == served_names_;
           });
  }
  template <class Answer, class Message>
  caf::result<Answer> hold(const Message& asked);
  template <class Answer, class Message>
  caf::result<Answer> under_own_names(
      const Message& asked, caf::result<Answer> (shard_actor_state::*handle)(const Message&));
  void begin_renaming(std::uint8_t layers);
  void try_renaming();
  void load_old_names();
  void rename_some();
  void rename_failed(std::uint64_t epoch, errc why);
  void rename_later();
  void end_renaming();
  void renamed();
  void stop_renaming(errc code);
  lru_set<sii_key> new_misses() const;

  // rows of bulk jobs
  struct rows_pass;
  errc rows_refusal(const route& via, std::size_t rows) const;
  std::shared_ptr<rows_pass> begin_pass(const route& via, user_count_change each);
  void write_rows(const std::shared_ptr<rows_pass>& pass);
  void rows_written(const std::shared_ptr<rows_pass>& pass, std::uint64_t epoch,
                    storage::rows_result done);
  void rewritten(const sii_key& key);

  // changes
  void add_report(const file_report& asked, change_promise promise, int races);
  void store_report(change_record change, const file_report& asked, change_promise promise,
                    int races);

  // epoch, outbox, end
  using raised = std::function<void(errc)>;
  void once_sure(raised then);
  void raise(std::uint64_t seen, raised then);
  void ask_for_epoch();
  void reclaim();
  void epoch_is(std::uint64_t epoch);
  void lost();
  void recover_old();
  void begin_recovery();
  void read_outbox(const std::string& after);
  bool resume(const storage::outbox_entry& entry);
  void recover_later(std::chrono::milliseconds wait);
  void give_up_entities();
  void end_if_empty();

  // sweep
  struct swept_page;
  void load_cursor(const std::shared_ptr<swept_page>& at);
  void load_page(const std::shared_ptr<swept_page>& at);
  void visit(const std::shared_ptr<swept_page>& at, storage::mapping_page found);
  void visited(const std::shared_ptr<swept_page>& at, errc code, bool changed);
  void save_cursor(const std::shared_ptr<swept_page>& at);
  void end_page(const std::shared_ptr<swept_page>& at, errc code);

  template <class F>
  auto here(F f) {
    return on_self(shard_actor{self_}, std::move(f));
  }
  const actor_limits& limits() const { return shard_->node.limits; }

  shard_actor::pointer self_ = nullptr;
  std::shared_ptr<shard_context> shard_;
  // What a lookup needs stands together: a shard is seldom in the cache when its turn comes.
  const lease_guard* lease_ = nullptr;    ///< of the node; null: held for ever
  const shard_tenure* tenure_ = nullptr;  ///< which `shard_` keeps
  bool closed_ = false;
  std::uint32_t minute_ = 0;
  std::uint64_t uses_ = 0;
  mapping_table mappings_;
  lru_set<sii_key> misses_{0};
  verification_table verifications_;
  int live_mappings_ = 0;  ///< entities that have not ended
  int live_verifications_ = 0;
  std::size_t passes_ = 0;         ///< calls with bulk rows under way
  std::uint8_t names_ = 1;         ///< layers of the names in the store
  std::uint8_t served_names_ = 1;  ///< the same, or 0 while nothing is served under any
  std::uint8_t rename_to_ = 0;     ///< not 0: nothing is served until all names have so many
  bool renaming_ = false;          ///< pages are under way
  std::string rename_cursor_, rename_next_;
  std::vector<directory_record> old_names_;  ///< the rest of a page
  std::vector<std::function<void(errc)>> held_;
  std::vector<caf::typed_response_promise<records_renamed>> rename_waiters_;
  std::vector<raised> raise_waiters_;
  bool raising_ = false;
  instant recover_before_;  ///< younger orders are left alone: somebody is at them
  bool recovering_ = false;
  bool recover_again_ = false;
  bool recover_planned_ = false;
  std::string sweep_cursor_;
  bool sweep_cursor_known_ = false;
  bool sweeping_ = false;
};

}  // namespace glados::actors
