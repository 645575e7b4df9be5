// A shard and the names of its records (docs/decisions/0005). All of them have equally many layers,
// and so has every key in the shard's memory. When a further index key is active the shard renames
// its records, page by page, while it serves nothing that touches them:
//
//   serving ──rename_records──> emptying ──no entity, no row, no page──> renaming ──end──> serving
//                 entities end, commands wait                   page after page, fenced
//
// A name of fewer layers is brought to the shard's when it comes in; callers give as few as all
// shards have. A crash in between leaves some records under either name, and a mark: whoever owns
// the shard next goes on before it serves any.
#include "actors/shard_names.hpp"

#include <algorithm>

namespace glados::actors {
namespace {

constexpr std::size_t names_a_page = storage::rows_per_step;
constexpr std::chrono::milliseconds rename_retry{500};

bool advance(sii_key& key, const node_context& node, std::uint8_t layers) {
  if (key.layers == layers)
    return true;
  if (key.layers > layers || node.names == nullptr)
    return false;
  key = node.names->advance(key, layers);
  return true;
}

/// The same for a user that is sealed for the key.
bool advance(shard_id shard, sii_key& key, const std::string& provider, std::string& user,
             const node_context& node, std::uint8_t layers) {
  const auto from = key;
  if (!advance(key, node, layers))
    return false;
  if (from.layers != layers)
    user = node.names->reseal(shard, from, key, provider, user);
  return true;
}

}  // namespace

using state_type = shard_actor_state;

bool rename_message(lookup_mapping& asked, const node_context& node, std::uint8_t layers) {
  return advance(asked.key, node, layers);
}
bool rename_message(decide_mapping& asked, const node_context& node, std::uint8_t layers) {
  return advance(asked.key, node, layers);
}
bool rename_message(get_mapping& asked, const node_context& node, std::uint8_t layers) {
  return advance(asked.key, node, layers);
}
bool rename_message(find_mapping& asked, const node_context& node, std::uint8_t layers) {
  return advance(asked.key, node, layers);
}
bool rename_message(remove_mapping& asked, const node_context& node, std::uint8_t layers) {
  return advance(asked.key, node, layers);
}

/// The ended verification is stored with the mapping, so it takes the new name with it.
bool rename_message(proof_accepted& right, const node_context& node, std::uint8_t layers) {
  auto& user = right.ended.user;
  if (!advance(right.via.shard, right.ended.key, right.by.provider_id, user, node, layers))
    return false;
  right.by.user = user;
  return true;
}

bool rename_message(register_rows& asked, const node_context& node, std::uint8_t layers) {
  return std::all_of(asked.rows.begin(), asked.rows.end(), [&](bulk_row& row) {
    return advance(asked.via.shard, row.key, asked.provider_id, row.user, node, layers);
  });
}

bool rename_message(retract_rows& asked, const node_context& node, std::uint8_t layers) {
  return std::all_of(asked.keys.begin(), asked.keys.end(),
                     [&](sii_key& key) { return advance(key, node, layers); });
}

// --- emptying ------------------------------------------------------------------------------------

caf::result<records_renamed> state_type::rename(const rename_records& asked) {
  if (closed_)
    return refused<records_renamed>(errc::moved);
  if (names_ >= asked.layers)
    return records_renamed{};
  auto promise = self_->make_response_promise<records_renamed>();
  rename_waiters_.push_back(promise);
  begin_renaming(asked.layers);
  return promise;
}

void state_type::begin_renaming(std::uint8_t layers) {
  if (rename_to_ != 0)
    return;  // the agent asks again if there is more to do
  rename_to_ = layers;
  served_names_ = 0;
  retire_mappings();
  try_renaming();
}

/// Whatever holds a record, or is about to write one, has to end first.
void state_type::try_renaming() {
  if (rename_to_ == 0 || renaming_ || closed_ || mappings_.size() != 0 || passes_ != 0 ||
      sweeping_ || raising_)
    return;
  renaming_ = true;
  rename_cursor_.clear();
  load_old_names();
}

// --- renaming ------------------------------------------------------------------------------------

void state_type::load_old_names() {
  const auto& node = shard_->node;
  if (closed_)
    return stop_renaming(errc::moved);
  if (node.names == nullptr || node.naming == nullptr || node.names->newest() < rename_to_)
    return rename_later();  // not served without the key
  node.directory.load_mappings(shard_->id, names_, rename_cursor_, names_a_page,
                               here([this](result<storage::mapping_page> found) {
                                 if (!found)
                                   return rename_later();
                                 rename_next_ = std::move(found->next);
                                 old_names_ = std::move(found->records);
                                 rename_some();
                               }));
}

void state_type::rename_some() {
  if (closed_)
    return stop_renaming(errc::moved);
  if (old_names_.empty()) {
    rename_cursor_ = rename_next_;
    return rename_cursor_.empty() ? end_renaming() : load_old_names();
  }
  const auto& node = shard_->node;
  storage::renaming step{shard_->fence(), rename_to_, {}};
  while (!old_names_.empty() && step.records.size() < storage::rows_per_step) {
    auto record = std::move(old_names_.back());
    old_names_.pop_back();
    const auto from = record.key;
    record.key = node.names->advance(from, rename_to_);
    for (auto& claim : record.mappings)
      claim.user = node.names->reseal(shard_->id, from, record.key, claim.provider_id, claim.user);
    step.records.push_back({from, std::move(record)});
  }
  const auto epoch = step.by.epoch;
  node.naming->rename_records(std::move(step), here([this, epoch](result<std::size_t> done) {
                                if (!done)
                                  return rename_failed(epoch, done.error());
                                shard_->node.observer.renamed(*done);
                                rename_some();
                              }));
}

/// The page is read again: what was renamed is not met any more.
void state_type::rename_failed(std::uint64_t epoch, errc why) {
  if (why != errc::outcome_unknown && why != errc::fenced)
    return rename_later();
  raise(epoch, [this](errc code) { code == errc::none ? load_old_names() : stop_renaming(code); });
}

void state_type::rename_later() {
  self_->delayed_send(shard_actor{self_}, rename_retry, continuation{[this] { load_old_names(); }});
}

void state_type::end_renaming() {
  const auto by = shard_->fence();
  shard_->node.naming->end_renaming(by, names_, rename_to_,
                                    here([this, epoch = by.epoch](result<bool> done) {
                                      if (!done)
                                        return rename_failed(epoch, done.error());
                                      *done ? renamed() : load_old_names();
                                    }));
}

void state_type::renamed() {
  names_ = served_names_ = rename_to_;
  shard_->held->names = names_;
  misses_ = new_misses();
  sweep_cursor_.clear();
  stop_renaming(closed_ ? errc::moved : errc::none);
}

/// Whoever has waited goes on.
void state_type::stop_renaming(errc code) {
  renaming_ = false;
  rename_to_ = 0;
  old_names_.clear();
  for (auto& promise : std::exchange(rename_waiters_, {})) promise.deliver(records_renamed{code});
  for (auto& next : std::exchange(held_, {})) next(code);
  end_if_empty();
}

}  // namespace glados::actors
