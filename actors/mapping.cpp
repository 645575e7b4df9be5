#include "actors/mapping.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/entity.hpp"

namespace glados::actors {
namespace {

class mapping_state : public entity<mapping_actor> {
 public:
  void begin(pointer self, std::shared_ptr<shard_context> shard, directory_record record) {
    start(self, std::move(shard), true);
    keep(std::move(record));
  }

  caf::result<lookup_answer> lookup(const lookup_mapping& asked) {
    if (usable())
      return answer();
    return submit_for<lookup_answer>(asked.via, [this](auto& promise) {
      promise.deliver(answer());
    });
  }

  caf::result<proof_answer> prove(const proof_accepted& right) {
    return submit_for<proof_answer>(right.via, [this, right](auto& promise) {
      store_proof(right, promise);
    });
  }

 private:
  using promise_type = caf::typed_response_promise<proof_answer>;

  /// A decision window that has passed changes nobody's preference, so there is nothing to settle.
  lookup_answer answer() const {
    lookup_answer out;
    if (const auto* found = preferred_of(record_))
      out = {errc::none, found->provider_id, found->user, found->method, found->verified_at};
    else
      out.code = errc::not_found;
    return out;
  }

  void store_proof(const proof_accepted& right, promise_type promise) {
    auto made = std::make_shared<proof_outcome>(apply_proof(
        record_, right.by, node().clock.now(), node().policy.decision_window));
    storage::commit step;
    step.mapping = made->next;
    step.proof = right.ended;
    step.proof->outcome = made->view;
    for (const auto& change : made->counts)
      step.outbox.push_back({{}, storage::outbox_entry::kind::count_users, {}, change});
    commit(std::move(step), [this, made, promise](const storage::commit_result& done) mutable {
      proof_answer out;
      out.code = done.code;
      if (done.code == errc::none) {
        out.mapping = made->view;
        out.version = made->next.version = done.version;
        node().observer.mapping_made(out.mapping.method);
        if (!made->counts.empty())
          if (const auto pump = shard().services.pump())
            self()->send(pump, outbox_grown{shard().id});
        keep(std::move(made->next));
      }
      promise.deliver(std::move(out));
    });
  }

  void load() override {
    node().directory.load_mapping(
        shard().id, record_.key, on_self(me(), [this](result<directory_record> found) {
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

using mapping_impl = mapping_actor::stateful_pointer<mapping_state>;

mapping_actor::behavior_type behave(mapping_impl self, const std::shared_ptr<shard_context>& shard,
                                    const directory_record& record) {
  self->state.begin(self, shard, record);
  auto* state = &self->state;
  return {
      [state](const lookup_mapping& asked) { return state->lookup(asked); },
      [state](const proof_accepted& right) { return state->prove(right); },
      [](const continuation& answer) { answer.run(); },
      [state](stop) { state->stop(); },
  };
}

}  // namespace

mapping_actor spawn_mapping(shard_actor::pointer owner, std::shared_ptr<shard_context> shard,
                            directory_record record) {
  return owner->spawn<caf::lazy_init + caf::monitored>(behave, std::move(shard), std::move(record));
}

}  // namespace glados::actors
