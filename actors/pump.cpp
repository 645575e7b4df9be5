#include "actors/pump.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <unordered_map>

#include "actors/backup_desk.hpp"
#include "actors/continuation.hpp"
#include "storage/backup_codec.hpp"
#include "storage/standing_codec.hpp"

namespace glados::actors {
namespace {

constexpr std::size_t page_size = 64;
constexpr std::chrono::milliseconds first_backoff{200};
constexpr std::chrono::milliseconds longest_backoff{30'000};
constexpr std::chrono::seconds log_wait{20};

class pump_state {
 public:
  void begin(pump_actor::pointer self, node_context& node) {
    self_ = self;
    node_ = &node;
    self_->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  }

  void grown(shard_id shard) {
    const auto [at, fresh] = passes_.try_emplace(shard);
    if (fresh)
      read(shard, {});
    else
      at->second.again = true;
  }

 private:
  /// A shard whose outbox is being read.
  struct pass {
    bool again = false;  ///< it grew after this pass began
    unsigned failures = 0;
  };
  /// What one page holds for providers, and how far it is done.
  struct page {
    std::vector<storage::outbox_entry> entries;
    std::vector<std::string> done;
    std::string last;  ///< cursor; empty after the last page
  };

  template <class F>
  auto here(F f) {
    return on_self(pump_actor{self_}, std::move(f));
  }

  void read(shard_id shard, const std::string& after) {
    node_->directory.load_outbox(
        shard, after, page_size,
        here([this, shard](result<std::vector<storage::outbox_entry>> found) {
          if (!found)
            return retry(shard);
          auto next = std::make_shared<page>();
          if (found->size() == page_size)
            next->last = found->back().id;
          for (auto& entry : *found)
            if (entry.what != storage::outbox_entry::kind::send_code)
              next->entries.push_back(std::move(entry));
          carry(shard, next);
        }));
  }

  void carry(shard_id shard, const std::shared_ptr<page>& at) {
    if (at->done.size() == at->entries.size())
      return trim(shard, at);
    if (storage::is_logged(at->entries[at->done.size()]))
      return log(shard, at);
    hand_on(shard, at);
  }

  void hand_on(shard_id shard, const std::shared_ptr<page>& at) {
    const auto& entry = at->entries[at->done.size()];
    using kind = storage::outbox_entry::kind;
    const auto next =
        here([this, shard, at](result<bool> done) { carried(shard, at, done.error()); });
    if (entry.what == kind::note)
      node_->providers.take_note(shard, entry.id, entry.note, next);
    else if (entry.what == kind::report)
      node_->registry.file(sealed(entry.filed), node_->abuse.reports_kept, next);
    else if (entry.what == kind::event)
      node_->events.append_once(shard, entry.id, entry.notice,
                                here([this, shard, at](result<std::string> appended) {
                                  carried(shard, at, appended.error());
                                }));
    else
      node_->providers.count_users(shard, entry.id, entry.change, next);
  }

  /// For the change log; where nobody keeps one it is done.
  void log(shard_id shard, const std::shared_ptr<page>& at) {
    const auto desk = backup_desk_of(self_->home_system());
    if (!desk)
      return logged(shard, at, errc::none);
    const auto& entry = at->entries[at->done.size()];
    self_
        ->request(desk, log_wait,
                  backup_call{log_change{shard, entry.id, storage::log_text(entry)}})
        .then([this, shard, at](const backup_answer& got) { logged(shard, at, got.code); },
              [this, shard, at](const caf::error&) { logged(shard, at, errc::deadline); });
  }

  void logged(shard_id shard, const std::shared_ptr<page>& at, errc code) {
    const auto& entry = at->entries[at->done.size()];
    if (code != errc::none || entry.what == storage::outbox_entry::kind::taken)
      return carried(shard, at, code);
    hand_on(shard, at);
  }

  storage::registry_record sealed(const report& filed) const {
    return {storage::registry_record::kind::report, filed.id, 0,
            node_->vault.seal(storage::encode(filed), "report:" + filed.id)};
  }

  void carried(shard_id shard, const std::shared_ptr<page>& at, errc code) {
    if (code != errc::none)
      return retry(shard);
    const auto& entry = at->entries[at->done.size()];
    if (entry.what == storage::outbox_entry::kind::event && node_->bell != nullptr)
      node_->bell->ring(entry.notice.provider_id);
    if (entry.what == storage::outbox_entry::kind::note && node_->errands != nullptr &&
        entry.note.what != standing_note::kind::change_made)
      node_->errands->review(entry.note.provider_id);
    at->done.push_back(entry.id);
    carry(shard, at);
  }

  void trim(shard_id shard, const std::shared_ptr<page>& at) {
    if (at->done.empty())
      return trimmed(shard, at->last);
    node_->directory.trim_outbox(shard, std::move(at->done),
                                 here([this, shard, last = at->last](result<bool> gone) {
                                   if (gone.error() != errc::none)
                                     return retry(shard);
                                   trimmed(shard, last);
                                 }));
  }

  void trimmed(shard_id shard, const std::string& last) {
    auto& at = passes_[shard];
    at.failures = 0;
    if (!last.empty())
      return read(shard, last);
    if (std::exchange(at.again, false))
      return read(shard, {});
    passes_.erase(shard);
  }

  /// Each is taken once, however often it is carried, so a new pass starts from the beginning.
  void retry(shard_id shard) {
    auto& at = passes_[shard];
    const auto wait =
        std::min(longest_backoff, first_backoff * (1u << std::min(at.failures++, 8u)));
    self_->delayed_send(pump_actor{self_}, wait, continuation{[this, shard] { read(shard, {}); }});
  }

  pump_actor::pointer self_ = nullptr;
  node_context* node_ = nullptr;
  std::unordered_map<shard_id, pass> passes_;
};

pump_actor::behavior_type behave(pump_actor::stateful_pointer<pump_state> self,
                                 node_context* node) {
  self->state.begin(self, *node);
  auto* state = &self->state;
  return {
      [state](const outbox_grown& hint) { state->grown(hint.shard); },
      [](const continuation& answer) { answer.run(); },
      [self](stop) { self->quit(); },
  };
}

}  // namespace

pump_actor spawn_pump(caf::actor_system& system, node_context& node) {
  return system.spawn(behave, &node);
}

}  // namespace glados::actors
