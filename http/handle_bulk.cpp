// Bulk jobs (api.md section 8): opening one, looking at it, completing and cancelling it. All of a
// job's state is in the store; each call here is one atomic step there.
#include <cstring>

#include "http/bulk_steps.hpp"
#include "http/keyed_call.hpp"

namespace glados::http {
namespace {

constexpr std::size_t rule_max = 16;

void answer_job(call& of, const bulk_job& job, int status, bool replayed = false) {
  response reply;
  reply.status = status;
  reply.body = job_json(job);
  if (status == 201)
    reply.add_header("Location", "/v1/bulk-jobs/" + job_id(job.provider_id, job.number));
  if (replayed)
    reply.add_header("Idempotent-Replayed", "true");
  of.answer(std::move(reply));
}

void show_job(const call_ptr& made, const job_name& job, int status) {
  ask_desk_or_refuse(made, actors::find_job{job}, [made, status](const actors::bulk_answer& got) {
    answer_job(*made, got.job, status);
  });
}

/// Whether a step certainly did not happen, so that its key is free again.
bool not_done(errc code) { return code != errc::outcome_unknown && code != errc::internal; }

void on_created(const call_ptr& made, const storage::call_reservation& key, bulk_job job,
                const actors::bulk_answer& got) {
  if (got.code == errc::none) {
    job.number = got.made.number;
    return settle_key(made, key, true, [made, job, replayed = got.made.replayed] {
      answer_job(*made, job, 201, replayed);
    });
  }
  settle_key(made, key, !not_done(got.code), [made, code = got.code] {
    if (code != errc::rate_limited)
      return made->refuse(code);
    made->refuse(code, {.detail = "too many jobs are open: complete or cancel one",
                        .policy = "bulk_jobs",
                        .retry_after = std::chrono::seconds(60),
                        .quota = made->service.ports().settings.bulk.open_jobs});
  });
}

/// The job stands under the key in the same step that makes it: a repeat finds it there.
void create(const call_ptr& made, const storage::call_reservation& key, const bulk_job& job) {
  storage::job_creation what;
  what.job = job;
  what.key_tag = key.key_tag;
  what.most_open = made->service.ports().settings.bulk.open_jobs;
  ask_desk(made, std::move(what),
           [made, key, job](const actors::bulk_answer& got) { on_created(made, key, job, got); });
}

void on_reserved(const call_ptr& made, const storage::call_reservation& key, const bulk_job& job,
                 const actors::call_answer& got) {
  using kind = storage::call_state::kind;
  if (got.code == errc::deadline)  // the key may be reserved now
    return made->refuse(errc::outcome_unknown);
  if (got.code != errc::none)
    return made->refuse(got.code);
  if (got.state.what == kind::in_progress)
    return made->refuse(errc::idempotency_in_progress);
  if (got.state.what == kind::reused)
    return made->refuse(errc::idempotency_key_reused);
  create(made, key, job);
}

void end_job(const call_ptr& made, bulk_state wanted, std::function<void(const job_name&)> then) {
  const auto job = job_in_path(*made);
  if (!job)
    return;
  storage::job_ending what{*job, wanted, finished_notice(*job, made->now()), 0};
  ask_desk_or_refuse(
      made, std::move(what),
      [job = *job, then = std::move(then)](const actors::bulk_answer&) { then(job); });
}

}  // namespace

std::optional<job_name> job_in_path(call& of) {
  auto job = parse_job_id(of.parameter[0]);
  if (!job || job->provider_id != of.who->id) {
    of.refuse(errc::not_found);
    return {};
  }
  return job;
}

void ask_desk(const call_ptr& of, actors::bulk_operation what,
              std::function<void(const actors::bulk_answer&)> then) {
  const bool reads = std::holds_alternative<actors::find_job>(what) ||
                     std::holds_alternative<actors::find_results>(what);
  of->ask<actors::bulk_answer>(of->service.ports().bulk, actors::bulk_call{std::move(what)},
                               [reads, then = std::move(then)](const actors::bulk_answer& got) {
                                 if (reads || got.code != errc::deadline)
                                   return then(got);
                                 actors::bulk_answer unsure;
                                 unsure.code = errc::outcome_unknown;
                                 then(unsure);
                               });
}

void ask_desk_or_refuse(const call_ptr& of, actors::bulk_operation what,
                        std::function<void(const actors::bulk_answer&)> then) {
  ask_desk(of, std::move(what), [of, then = std::move(then)](const actors::bulk_answer& got) {
    got.code == errc::none ? then(got) : of->refuse(got.code);
  });
}

void later(const call_ptr& of, std::function<void()> next) {
  of->to.home()->after(std::chrono::milliseconds(0), std::move(next));
}

void handle_create_bulk_job(const call_ptr& made) {
  json_input in(made->body);
  const auto rule = parse_conflict_rule(in.text("on_conflict", rule_max));
  if (!rule)
    in.refuse("on_conflict", "not one of skip, contest");
  const bool dry_run = in.flag("dry_run", false);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  bulk_job job;
  job.provider_id = made->who->id;
  job.on_conflict = *rule;
  job.dry_run = dry_run;
  std::array<std::uint8_t, sizeof job.number> number{};
  made->service.ports().random.fill(number);
  std::memcpy(&job.number, number.data(), sizeof job.number);
  const auto key = reservation_of(*made, 0);
  made->ask<actors::call_answer>(
      made->session_actor(), actors::begin_call{key},
      [made, key, job](const actors::call_answer& got) { on_reserved(made, key, job, got); });
}

void handle_get_bulk_job(const call_ptr& made) {
  if (const auto job = job_in_path(*made))
    show_job(made, *job, 200);
}

void handle_complete_bulk_job(const call_ptr& made) {
  end_job(made, bulk_state::completed, [made](const job_name& job) { show_job(made, job, 202); });
}

void handle_cancel_bulk_job(const call_ptr& made) {
  end_job(made, bulk_state::cancelled, [made](const job_name&) {
    response done;
    done.status = 204;
    done.content_type = {};
    made->answer(std::move(done));
  });
}

}  // namespace glados::http
