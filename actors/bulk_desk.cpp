#include "actors/bulk_desk.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <type_traits>

#include "actors/continuation.hpp"
#include "domain/usage.hpp"

namespace glados::actors {
namespace {

using pointer = bulk_desk_actor::pointer;
using answer_promise = caf::typed_response_promise<bulk_answer>;

/// A store's reply that ends in an answer whose `member` holds what came.
template <class T>
auto into(pointer self, answer_promise promise, T bulk_answer::*member) {
  return on_self(bulk_desk_actor{self}, [promise, member](result<T> got) mutable {
    bulk_answer out;
    out.code = got.error();
    if (got)
      out.*member = std::move(*got);
    promise.deliver(std::move(out));
  });
}

/// The same for a step that may have ended the job.
auto with_end(pointer self, node_context* node, answer_promise promise, std::string provider) {
  return on_self(bulk_desk_actor{self},
                 [node, promise, provider = std::move(provider)](result<bool> ended) mutable {
                   if (ended && *ended && node->bell != nullptr)
                     node->bell->ring(provider);
                   bulk_answer out;
                   out.code = ended.error();
                   promise.deliver(std::move(out));
                 });
}

/// Bills the rows that a finished part has stored, once however often it is sent, then answers. A
/// batch that could not be entered is entered when the part is sent again, as a part is whose
/// answer did not come.
void bill(pointer self, node_context* node, const job_name& job, std::uint32_t part,
          std::uint32_t rows, std::function<void(errc)> then) {
  if (rows == 0)
    return then(errc::none);
  storage::usage_batch batch;
  batch.provider_id = job.provider_id;
  batch.writer = job_id(job.provider_id, job.number) + ":" + std::to_string(part);
  batch.incarnation = "bulk";
  batch.number = 1;
  batch.bulk_rows = rows;
  batch.cost = price_of(node->sessions.prices, 0, rows);
  node->providers.enter_usage(
      batch, on_self(bulk_desk_actor{self},
                     [then = std::move(then)](result<bool> entered) { then(entered.error()); }));
}

struct ask_store {
  pointer self;
  node_context* node;
  storage::bulk_store* store;
  answer_promise promise;

  void operator()(const storage::job_creation& what) const {
    store->create_job(what, into(self, promise, &bulk_answer::made));
  }
  void operator()(const find_job& what) const {
    store->load_job(what.job, into(self, promise, &bulk_answer::job));
  }
  void operator()(const storage::part_opening& what) const {
    store->open_part(what, on_self(bulk_desk_actor{self}, [*this, job = what.job, part = what.part](
                                                              result<storage::part_state> got) {
                       if (!got)
                         return answer(got.error());
                       bill(self, node, job, part, got->done ? got->stored : 0,
                            [*this, state = *got](errc code) { answer(code, state); });
                     }));
  }
  void operator()(const storage::part_progress& what) const {
    store->save_part(
        what, on_self(bulk_desk_actor{self}, [*this, job = what.job, part = what.part,
                                              last = what.last](result<storage::saved_part> got) {
          if (!got)
            return answer(got.error());
          if (got->ended && node->bell != nullptr)
            node->bell->ring(job.provider_id);
          bill(self, node, job, part, last ? got->stored : 0, [*this](errc code) { answer(code); });
        }));
  }
  void operator()(const find_results& what) const {
    store->load_results(what.job, what.part, into(self, promise, &bulk_answer::results));
  }
  void operator()(const storage::job_ending& what) const {
    store->end_job(what, with_end(self, node, promise, what.job.provider_id));
  }

  void answer(errc code, storage::part_state state = {}) const {
    bulk_answer out;
    out.code = code;
    out.part = std::move(state);
    answer_promise(promise).deliver(std::move(out));
  }
};

bulk_desk_actor::behavior_type desk(pointer self, node_context* node, storage::bulk_store* store) {
  self->set_exception_handler(
      [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  return {
      [self, node, store](const bulk_call& asked) -> caf::result<bulk_answer> {
        auto promise = self->make_response_promise<bulk_answer>();
        std::visit(ask_store{self, node, store, promise}, asked.what);
        return promise;
      },
      [](const continuation& answer) { answer.run(); },
      [self](stop) { self->quit(); },
  };
}

}  // namespace

bulk_desk_actor spawn_bulk_desk(caf::actor_system& system, node_context& node,
                                storage::bulk_store& store) {
  return system.spawn(desk, &node, &store);
}

}  // namespace glados::actors
