#include "actors/bulk_desk.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <type_traits>

#include "actors/continuation.hpp"

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
    store->open_part(what, into(self, promise, &bulk_answer::part));
  }
  void operator()(const storage::part_progress& what) const {
    store->save_part(what, with_end(self, node, promise, what.job.provider_id));
  }
  void operator()(const find_results& what) const {
    store->load_results(what.job, what.part, into(self, promise, &bulk_answer::results));
  }
  void operator()(const storage::job_ending& what) const {
    store->end_job(what, with_end(self, node, promise, what.job.provider_id));
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
