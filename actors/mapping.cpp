#include "actors/mapping.hpp"

#include "actors/answer_codec.hpp"
#include "actors/backup_desk.hpp"
#include "actors/entity.hpp"
#include "actors/slim_actor.hpp"
#include "domain/restoring.hpp"
#include "domain/tending.hpp"
#include "storage/backup_codec.hpp"

namespace glados::actors {
namespace {

/// So often a restore that lost a race is tried again.
constexpr int most_races = 3;

class mapping_state : public entity<mapping_actor> {
 public:
  static mapping_actor::behavior_type behavior();

  void begin(pointer self, std::shared_ptr<shard_context> shard, directory_record record) {
    start(self, std::move(shard), true);
    keep(std::move(record));
  }

  caf::result<lookup_answer> lookup(const lookup_mapping& asked) {
    if (usable())
      return answer();
    return submit_for<lookup_answer>(asked.via,
                                     [this](auto& promise) { promise.deliver(answer()); });
  }

  caf::result<mapping_answer> decide(const decide_mapping& asked) {
    return submit_for<mapping_answer>(
        asked.via, [this, asked](auto& promise) { store_decision(asked, promise); });
  }

  caf::result<mapping_answer> get(const get_mapping& asked) {
    return read_own(asked.via, [asked](const directory_record& now) {
      auto seen = view_of(now, asked.salt);
      return seen && owner_of(now, asked.salt) == asked.provider_id ? seen : std::nullopt;
    });
  }

  caf::result<mapping_answer> find(const find_mapping& asked) {
    return read_own(asked.via, [asked](const directory_record& now) {
      return own_view(now, asked.provider_id);
    });
  }

  caf::result<mapping_answer> remove(const remove_mapping& asked) {
    return submit_for<mapping_answer>(
        asked.via, [this, asked](auto& promise) { store_removal(asked, promise); });
  }

  caf::result<mapping_tended> tend(const tend_mapping& asked) {
    return submit_for<mapping_tended>(asked.via, [this](auto& promise) { store_tending(promise); });
  }

  void forget_record() { outdated(); }

  caf::result<proof_answer> prove(const proof_accepted& right) {
    return submit_for<proof_answer>(right.via, [this, right](auto& promise) {
      if (right.ended.restores.change_id.empty())
        store_proof(right, promise);
      else
        restore(right, promise, 0);
    });
  }

 private:
  using promise_type = caf::typed_response_promise<proof_answer>;
  using answer_promise = caf::typed_response_promise<mapping_answer>;

  /// A decision window that has passed takes nobody's preference, so there is nothing to settle;
  /// but it gives one where all others were deleted meanwhile.
  lookup_answer answer() const {
    if (const auto* found = preferred_of(record_))
      return shown(*found);
    const auto now = settled();
    if (const auto* found = preferred_of(now))
      return shown(*found);
    return refused<lookup_answer>(errc::not_found);
  }

  static lookup_answer shown(const mapping& found) {
    return {errc::none, found.provider_id, found.user, found.method, found.verified_at};
  }

  static std::string owner_of(const directory_record& record, std::uint32_t salt) {
    for (const auto& claim : record.mappings)
      if (claim.salt == salt)
        return claim.provider_id;
    return {};
  }

  /// The record as it is at this moment, whether or not the end of a window was written.
  directory_record settled() const {
    auto out = record_;
    std::vector<user_count_change> later;
    settle(out, node().clock.now(), later);
    return out;
  }

  template <class View>
  caf::result<mapping_answer> read_own(const route& via, View view) {
    auto read = [this, view] {
      auto seen = view(settled());
      mapping_answer out;
      out.code = seen ? errc::none : errc::not_found;
      out.mapping = std::move(seen).value_or(mapping_view{});
      return out;
    };
    if (usable())
      return read();
    return submit_for<mapping_answer>(via, [read](auto& promise) { promise.deliver(read()); });
  }

  static void add_counts(storage::commit& step, const std::vector<user_count_change>& counts) {
    for (const auto& change : counts)
      step.outbox.push_back({{}, storage::outbox_entry::kind::count_users, {}, change, {}});
  }

  /// Tells the change log of a step that takes something from somebody.
  void commit(storage::commit step, std::function<void(const storage::commit_result&)> then) {
    const bool logged =
        step.mapping && takes_away(record_, *step.mapping) && backup_desk_of(self()->home_system());
    if (logged)
      step.outbox.push_back(storage::entry_of(shard().id, *step.mapping));
    entity::commit(std::move(step),
                   [this, logged, then = std::move(then)](const storage::commit_result& done) {
                     then(done);
                     if (logged && done.code == errc::none && !done.replayed)
                       wake_pump();
                   });
  }

  void wake_pump() {
    if (const auto pump = shard().services.pump())
      self()->send(pump, outbox_grown{shard().id});
  }

  /// The commit of `next` was applied, and `left` something in the outbox for the pump.
  void applied(directory_record next, std::uint64_t version, bool left) {
    next.version = next.mappings.empty() ? 0 : version;  // nothing is stored under no version
    keep(std::move(next));
    if (left)
      wake_pump();
  }

  void store_decision(const decide_mapping& asked, answer_promise promise) {
    const auto now = node().clock.now();
    auto made = std::make_shared<decision_outcome>(
        glados::decide(record_, asked.provider_id, asked.salt, asked.what, now));
    if (made->code != errc::none && made->code != errc::conflict)
      return refuse_unless_stored(asked, made->code, promise);
    storage::commit step;
    step.mapping = made->next;
    add_counts(step, made->counts);
    auto out = std::make_shared<mapping_answer>();
    out->code = made->code;
    out->mapping = made->view;
    if (made->code == errc::none) {
      if (asked.what != decision::keep)
        add_change(step, asked, *made, now);
      out->change_id = step.change ? step.change->id : "";
      step.answer = storage::stored_answer{asked.provider_id, asked.key_tag,
                                           encode(decided_mapping{made->view, out->change_id})};
    }
    const bool left = !step.outbox.empty();
    commit(std::move(step), [this, made, out, left, promise](const auto& done) mutable {
      if (done.replayed)
        return promise.deliver(replay(done.replay)), void();
      if (done.code != errc::none)
        return promise.deliver(refused<mapping_answer>(done.code)), void();
      applied(std::move(made->next), done.version, left);
      promise.deliver(std::move(*out));
    });
  }

  void add_change(storage::commit& step, const decide_mapping& asked, const decision_outcome& made,
                  instant now) {
    change_record change;
    change.id = asked.change_id;
    change.key = record_.key;
    change.by_provider = asked.provider_id;
    change.at = now;
    change.kind = kind_of(asked.what);
    step.change = describe(std::move(change), record_, made);
    add_notices(step);
  }

  /// Tells everybody concerned, and counts the change for whoever made it.
  void add_notices(storage::commit& step) const {
    for (auto& notice : notices_of(*step.change, shard().id))
      step.outbox.push_back({{}, storage::outbox_entry::kind::event, {}, {}, std::move(notice)});
    if (!step.change->displaced.empty())  // else it took nothing from anybody
      step.outbox.push_back(storage::entry_of(*step.change));
  }

  /// What stands against a decision may be that very decision: an earlier copy of the call was
  /// carried out while its caller had given up, and the repeat did not find the answer yet.
  void refuse_unless_stored(const decide_mapping& asked, errc code, answer_promise promise) {
    hold();
    node().directory.load_answer(
        shard().id, asked.provider_id, asked.key_tag,
        on_self(me(), [this, code, promise](result<std::string> stored) mutable {
          if (stored)
            promise.deliver(replay(*stored));
          else
            promise.deliver(
                refused<mapping_answer>(stored.error() == errc::not_found ? code : stored.error()));
          release();
        }));
  }

  static mapping_answer replay(const std::string& body) {
    const auto first = decode_decided(body);
    if (!first)
      return refused<mapping_answer>(errc::internal);
    return {errc::none, first->mapping, first->change_id, true};
  }

  void store_removal(const remove_mapping& asked, answer_promise promise) {
    auto made = std::make_shared<removal_outcome>(glados::remove_claim(
        record_, asked.provider_id, asked.salt, asked.wanted, node().clock.now()));
    if (made->code != errc::none)
      return promise.deliver(refused<mapping_answer>(made->code)), void();
    storage::commit step;
    step.mapping = made->next;
    add_counts(step, made->counts);
    commit(std::move(step), [this, made, promise](const auto& done) mutable {
      if (done.code == errc::none)
        applied(std::move(made->next), done.version, !made->counts.empty());
      promise.deliver(refused<mapping_answer>(done.code));
    });
  }

  void store_tending(caf::typed_response_promise<mapping_tended> promise) {
    auto made = std::make_shared<tending_outcome>(
        glados::tend(record_, node().clock.now(), node().policy.refresh_after, node().terminated));
    if (!made->changed)
      return promise.deliver(mapping_tended{}), void();
    storage::commit step;
    step.mapping = made->next;
    add_counts(step, made->counts);
    for (const auto& claim : made->due) add_refresh_notice(step, claim);
    const bool left = !step.outbox.empty();
    commit(std::move(step), [this, made, left, promise](const auto& done) mutable {
      if (done.code == errc::none)
        applied(std::move(made->next), done.version, left);
      promise.deliver(mapping_tended{done.code, done.code == errc::none});
    });
  }

  void add_refresh_notice(storage::commit& step, const mapping& claim) {
    event notice;
    notice.type = event_type::mapping_refresh_due;
    notice.provider_id = claim.provider_id;
    notice.created_at = node().clock.now();
    notice.mapping.emplace();
    notice.mapping->shard = shard().id;
    notice.mapping->key = record_.key;
    notice.mapping->salt = claim.salt;
    notice.mapping->user = claim.user;
    notice.mapping->sequence = claim.sequence;
    step.outbox.push_back({{}, storage::outbox_entry::kind::event, {}, {}, std::move(notice)});
  }

  void store_proof(const proof_accepted& right, promise_type promise) {
    auto made = std::make_shared<proof_outcome>(
        apply_proof(record_, right.by, node().clock.now(), node().policy.decision_window));
    storage::commit step;
    step.mapping = made->next;
    step.proof = right.ended;
    step.proof->outcome = made->view;
    add_counts(step, made->counts);
    commit(std::move(step), [this, made, promise](const storage::commit_result& done) mutable {
      proven(done, std::move(made->next), made->view, !made->counts.empty(), promise);
    });
  }

  void proven(const storage::commit_result& done, directory_record next, const mapping_view& view,
              bool left, promise_type promise) {
    proof_answer out;
    out.code = done.code;
    if (done.code == errc::none) {
      out.mapping = view;
      out.version = done.version;
      node().observer.mapping_made(view.method);
      applied(std::move(next), done.version, left);
    }
    promise.deliver(std::move(out));
  }

  /// A right code for a restore: reads the change that is to be undone, then puts things back.
  void restore(const proof_accepted& right, promise_type promise, int races) {
    hold();
    node().directory.load_change(
        shard().id, right.ended.restores.change_id,
        on_self(me(), [this, right, promise, races](result<change_record> undone) mutable {
          if (undone)
            store_restore(right, *undone, promise, races);
          else
            promise.deliver(refused<proof_answer>(
                undone.error() == errc::not_found ? errc::verification_expired : undone.error()));
          release();
        }));
  }

  void store_restore(const proof_accepted& right, const change_record& undone, promise_type promise,
                     int races) {
    const auto& order = right.ended.restores;
    change_record of;
    of.id = order.new_change_id;
    of.key = record_.key;
    of.at = node().clock.now();
    auto made = std::make_shared<restoration>(glados::restore(record_, undone, right.by, of));
    storage::commit step;
    step.mapping = made->made.next;
    step.proof = right.ended;
    step.proof->outcome = made->made.view;
    for (auto& due : take_strikes(made->undone, shard().id, of.at))
      step.outbox.push_back(storage::entry_of(made->undone.by_provider, std::move(due)));
    step.amended = made->undone;
    step.change = made->change;
    if (step.change)
      add_notices(step);
    add_counts(step, made->made.counts);
    const bool left = !step.outbox.empty();
    commit(std::move(step), [this, right, made, left, promise, races](const auto& done) mutable {
      // The change may have been reported meanwhile: that takes nothing from the proof.
      if (done.code == errc::stale_version && races < most_races)
        return submit(
            [this, right, promise, races](errc code) mutable {
              if (code != errc::none)
                promise.deliver(refused<proof_answer>(code));
              else
                restore(right, promise, races + 1);
            },
            true);
      proven(done, std::move(made->made.next), made->made.view, left, promise);
    });
  }

  void load() override {
    node().directory.load_mapping(shard().id, record_.key,
                                  on_self(me(), [this](result<directory_record> found) {
                                    if (found)
                                      keep(std::move(*found));
                                    loaded(found.error());
                                  }));
  }

  void keep(directory_record record) {
    record.mappings.shrink_to_fit();
    record_ = std::move(record);
  }

  directory_record record_;
};

using mapping_body = slim_actor<mapping_actor, mapping_state>;

mapping_actor::behavior_type mapping_state::behavior() {
  const auto now = []() -> mapping_state& { return mapping_body::running(); };
  return {
      [now](const lookup_mapping& asked) { return now().lookup(asked); },
      [now](const proof_accepted& right) { return now().prove(right); },
      [now](const decide_mapping& asked) { return now().decide(asked); },
      [now](const get_mapping& asked) { return now().get(asked); },
      [now](const find_mapping& asked) { return now().find(asked); },
      [now](const remove_mapping& asked) { return now().remove(asked); },
      [now](const tend_mapping& asked) { return now().tend(asked); },
      [now](const record_changed&) { now().forget_record(); },
      [](const continuation& answer) { answer.run(); },
      [now](actors::stop) { now().stop(); },
  };
}

}  // namespace

mapping_actor spawn_mapping(shard_actor::pointer owner, std::shared_ptr<shard_context> shard,
                            directory_record record) {
  return owner->spawn<mapping_body, caf::lazy_init + caf::monitored>(std::move(shard),
                                                                     std::move(record));
}

}  // namespace glados::actors
