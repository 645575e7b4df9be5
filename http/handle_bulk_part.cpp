// PUT of a part (api.md section 8). The part is worked off on the worker that read it, in slices
// with other requests in between:
//
//   find the job -> read the lines -> open the part -> shares, some at a time -> answer
//                                                        │  ▲
//                                          shard writes, ┘  └ results kept, in the step that
//                                          conflicts paid     counts them
//
// Whatever stops it half-way (no budget, no store, the node's end), shares that were kept are done
// and paid for; the same part again only does the others, whose rows know that they wrote
// themselves.
#include "http/bulk_content.hpp"
#include "http/bulk_steps.hpp"
#include "http/lookup_budget.hpp"

namespace glados::http {
namespace {

constexpr std::size_t lines_a_slice = 128;
constexpr std::size_t shares_in_flight = 8;
constexpr std::size_t shares_a_save = 16;
constexpr std::size_t saves_in_flight = 2;
/// For the rows of one shard; they queue behind other parts'.
constexpr std::chrono::seconds share_time{15};

/// One shard's rows under way.
struct share {
  storage::part_share kept;
  std::vector<actors::register_rows> messages;
  std::size_t next = 0;
  storage::row_results results;
};

/// One part under way. Shared by its steps; ends with the last of them.
class part_run : public std::enable_shared_from_this<part_run> {
 public:
  part_run(call_ptr of, part_name name, bulk_job job, std::shared_ptr<void> taken)
      : of_(std::move(of)),
        name_(std::move(name)),
        job_(std::move(job)),
        taken_(std::move(taken)),
        content_(of_->service.ports().keys, name_, of_->service.ports().settings.bulk,
                 !job_.dry_run),
        rest_(of_->body) {}

  void read() {
    if (!content_.read(rest_, lines_a_slice)) {
      auto reply = problem(errc::payload_too_large, {.detail = "more lines than a part may have"});
      reply.close = true;
      return of_->answer(std::move(reply));
    }
    if (rest_.empty())
      return open();
    later(of_, [self = shared_from_this()] { self->read(); });
  }

 private:
  using ptr = std::shared_ptr<part_run>;

  void open();
  void opened(const storage::part_state& state);
  void try_dry();
  void go_on();
  bool send_share();
  void send(const std::shared_ptr<share>& at);
  void registered(const std::shared_ptr<share>& at, const actors::register_answer& got);
  void pay(const std::shared_ptr<share>& at);
  void complete(const std::shared_ptr<share>& at);
  void save(bool last);
  void saved(bool last, errc code);
  void stop(errc code);
  void end();

  const call_ptr of_;
  const part_name name_;
  const bulk_job job_;
  const std::shared_ptr<void> taken_;
  bulk_content content_;
  std::string_view rest_;
  storage::part_state state_;
  std::vector<bool> done_ = std::vector<bool>(shard_count);
  std::vector<storage::part_share> ready_;  ///< to be kept with the next save
  std::size_t sharing_ = 0, saving_ = 0;
  std::uint32_t credit_ = 0;
  bool credit_changed_ = false;
  bool all_sent_ = false;
  bool ending_ = false;
  errc stopped_ = errc::none;
  std::chrono::seconds wait_{0};
};

void part_run::open() {
  const auto& ports = of_->service.ports();
  crypto::cleanse(of_->body);
  std::string().swap(of_->body);
  storage::part_opening what;
  what.job = name_.job;
  what.part = name_.part;
  what.fingerprint = content_.fingerprint();
  what.rows = static_cast<std::uint32_t>(content_.rows());
  what.ceiling = of_->who->overrides.bulk_rows.value_or(ports.settings.bulk.rows);
  ask_desk(of_, std::move(what), [self = shared_from_this()](const actors::bulk_answer& got) {
    if (got.code == errc::conflict)
      return self->of_->refuse(
          got.code, {.detail = "the job takes no new part, or this part had another content"});
    if (got.code != errc::none)
      return self->of_->refuse(got.code);
    self->opened(got.part);
  });
}

void part_run::opened(const storage::part_state& state) {
  if (state.done)
    return of_->answer_json(part_json(state.lines, state.rejected));
  state_ = state;
  credit_ = state.credit;
  for (const auto shard : state.saved) done_[shard % shard_count] = true;
  content_.admit(state.granted);
  job_.dry_run ? try_dry() : go_on();
}

/// Of a dry run only the form is told: nothing was asked of the directory.
void part_run::try_dry() {
  share all;
  for (auto messages = content_.next_share(storage::rows_per_step); !messages.empty();
       messages = content_.next_share(storage::rows_per_step))
    for (const auto& message : messages)
      for (const auto& row : message.rows) all.results.rows.push_back({.line = row.line});
  all.kept.created = static_cast<std::uint32_t>(all.results.rows.size());
  all.kept.results = storage::encode(all.results);
  ready_.push_back(std::move(all.kept));
  all_sent_ = true;
  go_on();
}

/// Whatever can be done now: more shares, a save, the end.
void part_run::go_on() {
  while (stopped_ == errc::none && !all_sent_ && sharing_ < shares_in_flight &&
         saving_ < saves_in_flight && send_share()) {
  }
  if (sharing_ > 0 || ending_)
    return;
  if (stopped_ == errc::none && !all_sent_)
    return;  // a save under way goes on from here
  if (saving_ > 0)
    return;
  ending_ = true;
  if (stopped_ == errc::none)
    return save(true);
  ready_.empty() && !credit_changed_ ? end() : save(false);
}

/// False: there is none left.
bool part_run::send_share() {
  auto at = std::make_shared<share>();
  do {
    at->messages = content_.next_share(storage::rows_per_step);
    if (at->messages.empty()) {
      all_sent_ = true;
      return false;
    }
    at->kept.shard = at->messages.front().via.shard;
  } while (done_[at->kept.shard]);
  at->results.index_version = content_.layers();
  ++sharing_;
  send(at);
  return true;
}

void part_run::send(const std::shared_ptr<share>& at) {
  auto& message = at->messages[at->next];
  message.via = of_->route_to(at->kept.shard, share_time);
  message.rule = job_.on_conflict;
  for (const auto& row : message.rows)
    at->results.rows.push_back({.line = row.line, .key = row.key});
  of_->ask<actors::register_answer>(
      of_->owner_of(at->kept.shard), std::move(message),
      [self = shared_from_this(), at](const actors::register_answer& got) {
        self->registered(at, got);
      },
      share_time);
}

void part_run::registered(const std::shared_ptr<share>& at, const actors::register_answer& got) {
  const auto first = at->next * storage::rows_per_step;
  if (got.code == errc::none && first + got.rows.size() == at->results.rows.size()) {
    for (std::size_t i = 0; i < got.rows.size(); ++i) {
      auto& row = at->results.rows[first + i];
      row.status = got.rows[i].status;
      row.has_claim = got.rows[i].has_claim;
      row.salt = got.rows[i].salt;
    }
    return ++at->next < at->messages.size() ? send(at) : pay(at);
  }
  --sharing_;
  stop(got.code == errc::none ? errc::internal : got.code);
  go_on();
}

/// Each conflict tells that somebody holds the identifier: it costs what a hit does.
void part_run::pay(const std::shared_ptr<share>& at) {
  auto& kept = at->kept;
  for (const auto& row : at->results.rows) {
    kept.created += row.status == row_status::created;
    kept.unchanged += row.status == row_status::unchanged;
    kept.conflicts += row.status == row_status::conflict;
    kept.stored += row.has_claim && row.status != row_status::unchanged;
  }
  const auto before = std::min(kept.conflicts, credit_);
  credit_ -= before;
  credit_changed_ = credit_changed_ || before > 0;
  if (before == kept.conflicts)
    return complete(at);
  charge_hits(of_, kept.conflicts - before,
              [self = shared_from_this(), at, before](const hits_paid& got) {
                if (got.code == errc::none)
                  return self->complete(at);
                // Not shown until it is paid for; what was paid already is remembered.
                --self->sharing_;
                self->credit_ += before + got.hits;
                self->credit_changed_ = true;
                self->wait_ = got.retry_after;
                self->stop(got.code);
                self->go_on();
              });
}

void part_run::complete(const std::shared_ptr<share>& at) {
  --sharing_;
  at->kept.results = storage::encode(at->results);
  ready_.push_back(std::move(at->kept));
  if (ready_.size() >= shares_a_save)
    save(false);
  go_on();
}

void part_run::save(bool last) {
  storage::part_progress what;
  what.job = name_.job;
  what.part = name_.part;
  what.credit = credit_;
  what.shares = std::exchange(ready_, {});
  what.last = last;
  what.lines = content_.lines();
  what.rejected = static_cast<std::uint32_t>(content_.rejects().size());
  if (last)
    what.rejects = storage::encode(storage::row_results{0, content_.rejects()});
  what.notice = finished_notice(name_.job, of_->now());
  ++saving_;
  ask_desk(of_, std::move(what), [self = shared_from_this(), last](const actors::bulk_answer& got) {
    self->saved(last, got.code);
  });
}

void part_run::saved(bool last, errc code) {
  --saving_;
  if (code != errc::none)
    stop(code);
  if (ending_ && saving_ == 0)
    return end();
  if (!last)
    go_on();
}

/// Nothing more is begun; what is under way ends first. The first reason counts.
void part_run::stop(errc code) {
  if (stopped_ == errc::none)
    stopped_ = code == errc::deadline ? errc::outcome_unknown : code;
}

void part_run::end() {
  if (stopped_ == errc::none)
    return of_->answer_json(
        part_json(content_.lines(), static_cast<std::uint32_t>(content_.rejects().size())));
  if (stopped_ == errc::rate_limited) {
    show_lookup_budget(*of_);
    return of_->refuse(stopped_,
                       {.detail = "the budget for conflicts is spent: send the part again",
                        .policy = "lookup",
                        .retry_after = wait_});
  }
  if (stopped_ == errc::conflict)
    return of_->refuse(stopped_, {.detail = "the job was ended meanwhile"});
  of_->refuse(stopped_);
}

void begin_part(const call_ptr& made, const part_name& name) {
  auto taken = made->service.take_name(made->path);
  if (!taken)
    return made->refuse(errc::idempotency_in_progress, {.detail = "this part is under way"});
  ask_desk_or_refuse(made, actors::find_job{name.job},
                     [made, name, taken](const actors::bulk_answer& got) {
                       std::make_shared<part_run>(made, name, got.job, taken)->read();
                     });
}

}  // namespace

void handle_put_bulk_part(const call_ptr& made) {
  const auto job = job_in_path(*made);
  if (!job)
    return;
  const auto part = parse_part(made->parameter[1]);
  if (!part)
    return made->refuse(errc::not_found);
  if (!made->permit)
    made->permit = made->service.take_place();
  if (!made->permit)
    return made->refuse(errc::overloaded, {.detail = "too many parts of bulk jobs are under way"});
  begin_part(made, {*job, *part});
}

}  // namespace glados::http
