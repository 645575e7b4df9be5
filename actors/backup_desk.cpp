#include "actors/backup_desk.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>

#include "actors/continuation.hpp"
#include "actors/pump.hpp"
#include "actors/registry_rules.hpp"
#include "actors/restoring_rows.hpp"
#include "domain/audit.hpp"

namespace glados::actors {
namespace {

using answer_promise = caf::typed_response_promise<backup_answer>;
using kind = storage::registry_record::kind;

constexpr caf::atom_value published_as = caf::atom("backups");
/// A page is one answer of HTTP.
constexpr std::size_t rows_a_page = storage::rows_per_step;
constexpr std::size_t entries_a_page = 200;
constexpr std::size_t records_a_page = 50;
/// Of a page of standings: strikes, and one more for each provider and eight of its days.
constexpr std::size_t weight_of_a_page = 200;
constexpr std::size_t days_weight = 8;
constexpr int most_races = 8;

struct desk_state {
  node_context* node = nullptr;
  storage::backup_store* store = nullptr;
  pump_actor pump;
};
using pointer = backup_desk_actor::stateful_pointer<desk_state>;

/// Records or links that are written one after the other. Shared by its steps.
template <class T>
struct writing {
  std::vector<T> left;  ///< the next one is the last
  std::string restore{};
};

/// Standings on their way into a page. Shared by its steps.
struct standings_page {
  std::vector<std::string> providers;  ///< the next one is the last
  std::string behind;                  ///< of it, only strikes behind this one
  std::size_t left = weight_of_a_page;
  backup_answer sum;
};

struct ask_store {
  pointer self;
  node_context* node;
  storage::backup_store* store;
  answer_promise promise;

  void answer(errc code) const {
    backup_answer out;
    out.code = code;
    answer_promise(promise).deliver(std::move(out));
  }

  template <class F>
  auto later(F then) const {
    return on_self(backup_desk_actor{self}, std::move(then));
  }
  /// A store's reply that ends in an answer whose `member` holds what came.
  template <class T>
  auto into(T backup_answer::*member) const {
    return later([promise = promise, member](result<T> got) mutable {
      backup_answer out;
      out.code = got.error();
      if (got)
        out.*member = std::move(*got);
      promise.deliver(std::move(out));
    });
  }
  auto done() const {
    return later([*this](const result<bool>& got) { answer(got.error()); });
  }

  void operator()(const begin_snapshot& what) const {
    store->begin_snapshot(what.shard, what.name, into(&backup_answer::snapshot));
  }
  void operator()(const read_snapshot& what) const {
    store->read_snapshot(what.shard, what.name, what.names, what.cursor, rows_a_page,
                         into(&backup_answer::page));
  }
  void operator()(const read_change_log& what) const {
    store->read_log(what.after, entries_a_page, into(&backup_answer::log));
  }
  void operator()(const log_change& what) const {
    store->log_change(what.shard, what.outbox_id, what.body, done());
  }
  void operator()(const read_links& what) const {
    node->registry.load_audit(what.after, entries_a_page, into(&backup_answer::links));
  }
  void operator()(const begin_restore& what) const {
    store->begin_restore(what.name, what.names, done());
  }
  void operator()(const find_restore&) const { store->load_restore(into(&backup_answer::restore)); }
  void operator()(const end_restore& what) const { store->end_restore(what.name, done()); }

  void operator()(const read_records& what) const {
    if (what.what == kind::report)
      return node->registry.list(what.what, what.after, records_a_page,
                                 into(&backup_answer::records));
    using records = std::vector<storage::registry_record>;
    node->registry.load_all(
        what.what, later([promise = promise, after = what.after](result<records> got) mutable {
          backup_answer out;
          out.code = got.error();
          if (got)
            for (auto& one : *got)
              if (one.id > after && out.records.size() < records_a_page)
                out.records.push_back(std::move(one));
          promise.deliver(std::move(out));
        }));
  }

  // --- standings

  void operator()(const read_standings& what) const {
    auto page = std::make_shared<standings_page>();
    const auto slash = std::min(what.after.find('/'), what.after.size());
    page->behind = what.after.substr(std::min(slash + 1, what.after.size()));
    using records = std::vector<storage::registry_record>;
    node->registry.load_all(
        kind::provider,
        later([*this, page, first = what.after.substr(0, slash)](const result<records>& got) {
          if (!got)
            return answer(got.error());
          for (auto one = got->rbegin(); one != got->rend(); ++one)
            if (one->id >= first)
              page->providers.push_back(one->id);
          if (page->providers.empty() || page->providers.back() != first)
            page->behind.clear();
          read_next(page);
        }));
  }

  void read_next(const std::shared_ptr<standings_page>& page) const {
    const bool over = page->providers.empty();
    if (over || page->left == 0) {
      page->sum.next = over ? std::string() : page->providers.back() + "/" + page->behind;
      answer_promise(promise).deliver(std::move(page->sum));
      return;
    }
    const auto& id = page->providers.back();
    node->providers.load_standing(id, later([*this, page, id](result<standing_facts> got) {
                                    if (!got)
                                      return answer(got.error());
                                    take_part(*page, {id, std::move(*got)});
                                    read_next(page);
                                  }));
  }

  /// As much of a provider's strikes as still goes into the page; they are in the order of ids.
  static void take_part(standings_page& page, storage::kept_standing part) {
    auto& strikes = part.facts.strikes;
    std::erase_if(strikes, [&](const strike& one) { return one.id <= page.behind; });
    page.left -= std::min(page.left, 1 + part.facts.changes.size() / days_weight);
    const bool more = strikes.size() > page.left;
    if (more)
      strikes.resize(page.left);
    page.left -= strikes.size();
    if (!more) {
      page.providers.pop_back();
      page.behind.clear();
    } else if (!strikes.empty()) {
      page.behind = strikes.back().id;
    }
    if (!strikes.empty() || !part.facts.changes.empty())
      page.sum.standings.push_back(std::move(part));
  }

  void operator()(const put_standings& what) const {
    auto at = std::make_shared<writing<storage::kept_standing>>();
    at->left = what.parts;
    put_next(at);
  }

  void put_next(const std::shared_ptr<writing<storage::kept_standing>>& at) const {
    if (at->left.empty())
      return answer(errc::none);
    const auto next = std::move(at->left.back());
    at->left.pop_back();
    node->providers.restore_standing(
        next.provider_id, next.facts,
        later([*this, at](const result<bool>& put) { put ? put_next(at) : answer(put.error()); }));
  }

  // --- the audit

  void operator()(const note_backup& what) const {
    note(std::make_shared<note_backup>(what), most_races);
  }

  void note(const std::shared_ptr<note_backup>& what, int races) const {
    node->registry.load_head(later([*this, what, races](result<storage::audit_head> head) {
      if (!head)
        return answer(head.error());
      registry_decision act;
      act.action = what->action;
      act.target = what->target;
      act.detail = what->detail;
      storage::audit_entry link;
      link.sequence = head->sequence + 1;
      link.previous = head->hash;
      link.body = audit_body(act, what->by, node->clock.now());
      link.hash = node->vault.sha256(audit_link_text(head->hash, link.sequence, link.body));
      storage::registry_commit step;
      step.audit = link;
      auto then = later([*this, what, races, link](const result<bool>& put) {
        if (put.error() == errc::stale_version && races > 1)
          return note(what, races - 1);
        if (!put)
          return answer(put.error() == errc::stale_version ? errc::overloaded : put.error());
        backup_answer out;
        out.links = {link};
        answer_promise(promise).deliver(std::move(out));
      });
      if (what->restoring)
        return store->apply_restored(what->target, std::move(step), std::move(then));
      node->registry.apply(std::move(step), std::move(then));
    }));
  }

  // --- restoring

  void operator()(const put_records& what) const {
    auto at = std::make_shared<writing<storage::registry_record>>();
    at->restore = what.name;
    at->left.assign(what.records.rbegin(), what.records.rend());
    put_next(at);
  }

  void put_next(const std::shared_ptr<writing<storage::registry_record>>& at) const {
    if (at->left.empty())
      return answer(errc::none);
    auto next = std::move(at->left.back());
    at->left.pop_back();
    next.version = 0;
    const auto then = later([*this, at](const result<bool>& put) {
      if (!put && put.error() != errc::stale_version)
        return answer(put.error());
      put_next(at);
    });
    if (next.what == kind::report)
      return node->registry.file(next, node->abuse.reports_kept, then);
    storage::registry_commit step;
    if (next.what == kind::provider)
      step.changed_providers.push_back(next.id);
    step.writes.push_back(std::move(next));
    store->apply_restored(at->restore, std::move(step), then);
  }

  void operator()(const put_links& what) const {
    auto at = std::make_shared<writing<storage::audit_entry>>();
    at->restore = what.name;
    at->left.assign(what.links.rbegin(), what.links.rend());
    node->registry.load_head(later([*this, at](const result<storage::audit_head>& head) {
      if (!head)
        return answer(head.error());
      while (!at->left.empty() && at->left.back().sequence <= head->sequence) at->left.pop_back();
      link_next(at);
    }));
  }

  void link_next(const std::shared_ptr<writing<storage::audit_entry>>& at) const {
    if (at->left.empty())
      return answer(errc::none);
    storage::registry_commit step;
    step.audit = std::move(at->left.back());
    at->left.pop_back();
    store->apply_restored(
        at->restore, std::move(step), later([*this, at](const result<bool>& put) {
          if (put)
            return link_next(at);
          answer(put.error() == errc::stale_version ? errc::conflict : put.error());
        }));
  }

  void operator()(const rename_rows& what) const {
    auto renamed = with_names(what.shard, what.rows, what.names, node->names);
    if (!renamed)
      return answer(errc::malformed_request);
    backup_answer out;
    out.rows = std::move(*renamed);
    answer_promise(promise).deliver(std::move(out));
  }

  void operator()(const restore_rows& what) const {
    auto steps = make_restoring(what.shard, what.rows, what.refresh, node->clock.now());
    if (!steps || what.rows.size() > storage::rows_per_step)
      return answer(errc::malformed_request);
    auto at = std::make_shared<writing<storage::rows_commit>>();
    at->left = std::move(*steps);
    node->membership.load_owners({what.shard},
                                 later([*this, at](const result<std::vector<shard_owner>>& owners) {
                                   if (!owners)
                                     return answer(owners.error());
                                   const auto& owner = owners->front();
                                   if (owner.incarnation.empty())
                                     return answer(errc::moved);
                                   for (auto& step : at->left) {
                                     for (const auto& row : step.rows)
                                       if (row.record.key.layers != owner.names)
                                         return answer(errc::conflict);
                                     step.by.incarnation = owner.incarnation;
                                     step.by.epoch = owner.epoch;
                                   }
                                   write_next(at, std::make_shared<backup_answer>());
                                 }));
  }

  void write_next(const std::shared_ptr<writing<storage::rows_commit>>& at,
                  const std::shared_ptr<backup_answer>& sum) const {
    if (at->left.empty()) {
      answer_promise(promise).deliver(std::move(*sum));
      return;
    }
    auto step = std::move(at->left.back());
    at->left.pop_back();
    const auto rows = static_cast<std::uint32_t>(step.rows.size());
    const auto shard = step.by.shard;
    node->directory.apply_rows(
        std::move(step), later([*this, at, sum, rows, shard](const storage::rows_result& put) {
          const auto there = static_cast<std::uint32_t>(put.refused.size());
          // What stands there may have been written by a step whose answer was lost, and so may
          // what it left for the pump.
          if (put.left || there > 0 || put.code == errc::outcome_unknown)
            self->send(self->state.pump, outbox_grown{shard});
          if (put.code != errc::none)
            return answer(put.code == errc::fenced ? errc::moved : put.code);
          sum->written += rows - there;
          sum->there += there;
          write_next(at, sum);
        }));
  }
};

backup_desk_actor::behavior_type desk(pointer self, node_context* node,
                                      storage::backup_store* store) {
  self->state.node = node;
  self->state.store = store;
  self->state.pump = spawn_pump(self->system(), *node);
  self->set_exception_handler(
      [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  return {
      [self](const backup_call& asked) -> caf::result<backup_answer> {
        auto promise = self->make_response_promise<backup_answer>();
        std::visit(ask_store{self, self->state.node, self->state.store, promise}, asked.what);
        return promise;
      },
      [](const continuation& answer) { answer.run(); },
      [self](stop) {
        self->send(self->state.pump, stop{});
        self->quit();
      },
  };
}

}  // namespace

backup_desk_actor spawn_backup_desk(caf::actor_system& system, node_context& node,
                                    storage::backup_store& store) {
  auto made = system.spawn(desk, &node, &store);
  publish(system, made);
  return made;
}

backup_desk_actor backup_desk_of(caf::actor_system& system) {
  const auto found = system.registry().get<caf::strong_actor_ptr>(published_as);
  return found ? caf::actor_cast<backup_desk_actor>(found) : backup_desk_actor{};
}

void publish(caf::actor_system& system, const backup_desk_actor& desk) {
  system.registry().put(published_as, caf::actor_cast<caf::strong_actor_ptr>(desk));
}

}  // namespace glados::actors
