// POST /admin/v1/bulk-jobs/{id}/revert (api.md section 8): two operators undo a finished job. Its
// results name what it stored; the shards take that back, as far as it was not proven since. Every
// step may be repeated, so a revert that a node's end cut off is simply asked for again.
#include <utility>

#include "http/bulk_steps.hpp"
#include "http/handle_admin.hpp"

namespace glados::http {
namespace {

constexpr std::size_t calls_in_flight = 4;
constexpr std::chrono::seconds call_time{15};
/// A caller waits so long at most; what is left is done without.
constexpr std::chrono::milliseconds answer_after{8'000};

/// One revert under way. Shared by its steps; ends with the last of them.
class revert_run : public std::enable_shared_from_this<revert_run> {
 public:
  revert_run(call_ptr of, job_name name, bulk_job job)
      : of_(std::move(of)), name_(std::move(name)), job_(std::move(job)) {}

  void begin() {
    of_->to.home()->after(answer_after, [self = shared_from_this()] { self->answer(202); });
    next_part();
  }

 private:
  void next_part() {
    if (part_ == job_.begun.size())
      return end();
    ask_desk_or_refuse(of_, actors::find_results{name_, job_.begun[part_++]},
                       [self = shared_from_this()](const actors::bulk_answer& got) {
                         self->take(got.results);
                         self->go_on();
                       });
  }

  /// Makes messages of what the part stored.
  void take(const storage::part_results& found) {
    for (const auto& [shard, stored] : found.shares) {
      const auto read = storage::decode_results(stored);
      if (!read)
        continue;
      actors::retract_rows* message = nullptr;
      for (const auto& row : read->rows) {
        if (!row.has_claim || row.status == row_status::unchanged)
          continue;
        if (message == nullptr || message->keys.size() == storage::rows_per_step) {
          message = &messages_.emplace_back();
          message->via.shard = shard;
          message->provider_id = name_.provider_id;
          message->job = name_.number;
        }
        message->keys.push_back({row.key.value, read->index_version});
        message->salts.push_back(row.salt);
      }
    }
  }

  void go_on() {
    while (failed_ == errc::none && in_flight_ < calls_in_flight && !messages_.empty()) {
      auto message = std::move(messages_.back());
      messages_.pop_back();
      const auto shard = message.via.shard;
      message.via = of_->route_to(shard, call_time);
      ++in_flight_;
      of_->ask<actors::retract_answer>(
          of_->owner_of(shard), std::move(message),
          [self = shared_from_this()](const actors::retract_answer& got) { self->on(got); },
          call_time);
    }
    if (in_flight_ > 0)
      return;
    failed_ == errc::none ? next_part() : of_->refuse(failed_);
  }

  void on(const actors::retract_answer& got) {
    --in_flight_;
    retracted_ += got.retracted;
    if (got.code != errc::none && failed_ == errc::none)
      failed_ = got.code == errc::deadline ? errc::outcome_unknown : got.code;
    go_on();
  }

  void end() {
    ask_desk_or_refuse(of_, storage::job_ending{name_, bulk_state::failed, {}, retracted_},
                       [self = shared_from_this()](const actors::bulk_answer&) {
                         self->job_.state = bulk_state::failed;
                         self->answer(200);
                       });
  }

  void answer(int status) {
    json_output out;
    out.begin_object().member("pending", false).member("retracted", retracted_);
    out.name("job").raw(job_json(job_)).end_object();
    of_->answer_json(out.take(), status);
  }

  const call_ptr of_;
  const job_name name_;
  bulk_job job_;
  std::size_t part_ = 0;
  std::vector<actors::retract_rows> messages_;
  std::size_t in_flight_ = 0;
  std::uint64_t retracted_ = 0;
  errc failed_ = errc::none;
};

void on_found(const call_ptr& made, const job_name& name, const bulk_job& job) {
  if (job.state == bulk_state::open || job.state == bulk_state::running)
    return made->refuse(errc::conflict, {.detail = "the job is not finished"});
  ask_registrar(made, actors::revert_bulk_job{name.provider_id, made->parameter[0]},
                [made, name, job](const actors::registry_answer& got) {
                  if (got.waiting)
                    return answer_waiting(made);
                  std::make_shared<revert_run>(made, name, job)->begin();
                });
}

}  // namespace

void handle_revert_bulk_job(const call_ptr& made) {
  const auto name = parse_job_id(made->parameter[0]);
  if (!name)
    return made->refuse(errc::not_found);
  ask_desk_or_refuse(
      made, actors::find_job{*name},
      [made, name = *name](const actors::bulk_answer& got) { on_found(made, name, got.job); });
}

}  // namespace glados::http
