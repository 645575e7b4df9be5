// What the registry's own commits leave for providers: notices, and strikes that operators made or
// took back.
#include "actors/backup_desk.hpp"
#include "actors/registrar_state.hpp"
#include "storage/backup_codec.hpp"

namespace glados::actors {
namespace {

constexpr std::size_t outbox_page = 32;
constexpr std::chrono::seconds log_wait{20};

/// A page of the outbox on its way to the providers.
struct carrying {
  std::vector<storage::outbox_entry> entries;
  std::size_t done = 0;
  std::function<void()> then;
};

void trim_carried(registrar_pointer self, const std::shared_ptr<carrying>& at) {
  if (at->done == 0)
    return at->then();
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < at->done; ++i) ids.push_back(at->entries[i].id);
  self->state.node->directory.trim_outbox(storage::registry_outbox, std::move(ids),
                                          later(self, [at](const result<bool>&) { at->then(); }));
}

void carry_next(registrar_pointer self, const std::shared_ptr<carrying>& at);

void carried(registrar_pointer self, const std::shared_ptr<carrying>& at, bool taken) {
  if (!taken)
    return trim_carried(self, at);
  const auto& node = *self->state.node;
  const auto& entry = at->entries[at->done];
  const bool note = entry.what == storage::outbox_entry::kind::note;
  const bool told = entry.what == storage::outbox_entry::kind::event;
  if (note && node.errands != nullptr)
    node.errands->review(entry.note.provider_id);
  if (told && node.bell != nullptr)
    node.bell->ring(entry.notice.provider_id);
  ++at->done;
  carry_next(self, at);
}

void hand_on(registrar_pointer self, const std::shared_ptr<carrying>& at) {
  auto& node = *self->state.node;
  const auto& next = at->entries[at->done];
  if (next.what == storage::outbox_entry::kind::note)
    return node.providers.take_note(
        storage::registry_outbox, next.id, next.note,
        later(self, [self, at](const result<bool>& taken) { carried(self, at, bool(taken)); }));
  node.events.append_once(storage::registry_outbox, next.id, next.notice,
                          later(self, [self, at](const result<std::string>& appended) {
                            carried(self, at, bool(appended));
                          }));
}

void logged(registrar_pointer self, const std::shared_ptr<carrying>& at, bool done) {
  if (!done || at->entries[at->done].what == storage::outbox_entry::kind::taken)
    return carried(self, at, done);
  hand_on(self, at);
}

/// For the change log; where nobody keeps one it is done.
void log(registrar_pointer self, const std::shared_ptr<carrying>& at) {
  const auto desk = backup_desk_of(self->system());
  if (!desk)
    return logged(self, at, true);
  const auto& next = at->entries[at->done];
  self->request(desk, log_wait,
                backup_call{log_change{storage::registry_outbox, next.id, storage::log_text(next)}})
      .then([self, at](const backup_answer& got) { logged(self, at, got.code == errc::none); },
            [self, at](const caf::error&) { logged(self, at, false); });
}

/// In order, so that the high-water mark takes each once, whoever else carries them too.
void carry_next(registrar_pointer self, const std::shared_ptr<carrying>& at) {
  if (at->done == at->entries.size())
    return trim_carried(self, at);
  storage::is_logged(at->entries[at->done]) ? log(self, at) : hand_on(self, at);
}

}  // namespace

void carry_outbox(registrar_pointer self, std::function<void()> then) {
  auto at = std::make_shared<carrying>();
  at->then = std::move(then);
  self->state.node->directory.load_outbox(
      storage::registry_outbox, {}, outbox_page,
      later(self, [self, at](result<std::vector<storage::outbox_entry>> found) {
        if (found)
          at->entries = std::move(*found);
        carry_next(self, at);
      }));
}

}  // namespace glados::actors
