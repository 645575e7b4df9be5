#include "app/direct_load.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "actors/bulk_messages.hpp"
#include "app/direct_node.hpp"
#include "http/api.hpp"
#include "http/bridge.hpp"
#include "load/progress.hpp"
#include "load/schedule.hpp"
#include "load/stages.hpp"

namespace glados::app {
namespace {

using load::second_ns;
using load::steady_ns;

constexpr std::chrono::milliseconds answer_patience{5'000};
constexpr std::uint64_t look_gap = second_ns / 50;
constexpr const char* owner = "load";

/// An HTTP worker without HTTP.
class direct_worker {
 public:
  direct_worker(direct_node& of, std::size_t number)
      : node_(of), home_(number), bridge_(home_, of.system()), table_(of.shards().look()) {}

  template <class Answer, class Message, class Then>
  void ask(shard_id shard, Message what, Then then) {
    const auto& table = *table_.get();
    what.via = {shard, table.view, answer_patience, table.epochs[shard]};
    bridge_.ask<Answer>(table.whom(shard), std::move(what), answer_patience, std::move(then));
    home_.drain_sinks();
  }
  void begin_round() { home_.begin_round(); }
  void end_round() { home_.end_round(); }
  /// Until an answer comes from another thread, or so long.
  void await(std::uint64_t patience_ns) {
    std::array<pollfd, 2> waits{{{home_.wake_fd(), POLLIN, 0}, {home_.timer_fd(), POLLIN, 0}}};
    const timespec patience{static_cast<time_t>(patience_ns / second_ns),
                            static_cast<long>(patience_ns % second_ns)};
    ::ppoll(waits.data(), waits.size(), &patience, nullptr);
    for (const auto& each : waits) {
      std::uint64_t count = 0;
      if (each.revents != 0) [[maybe_unused]]
        auto got = ::read(each.fd, &count, sizeof count);
    }
  }
  direct_node& node() { return node_; }

 private:
  direct_node& node_;
  http::worker home_;
  http::bridge bridge_;
  actors::shard_directory::view table_;
};

std::string sii(std::uint64_t number) { return "tel:+" + std::to_string(number); }

/// Has every known number registered, as bulk rows are.
class filling {
 public:
  filling(direct_node& of, const load::key_space& space) : worker_(of, 0), space_(space) {}

  void run(const std::atomic<bool>& interrupted) {
    worker_.begin_round();
    for (std::uint64_t i = 0; i < space_.count && fault_ == errc::none && !interrupted; ++i) add(i);
    for (auto& [shard, rows] : waiting_) send(shard, std::move(rows));
    while (open_ > 0 && fault_ == errc::none && !interrupted) turn();
    worker_.end_round();
    if (fault_ != errc::none)
      throw std::runtime_error("the known numbers could not be registered");
  }

 private:
  static constexpr std::size_t rows_each = 200, most_open = 64;

  void add(std::uint64_t number) {
    const auto& keys = worker_.node().keys();
    const auto place = keys.place(sii(space_.base + number));
    const sii_key key{place.key, place.index_version};
    auto user =
        keys.shard_sealer(place.shard, place.index_version)
            .seal_deterministic("user-" + std::to_string(number), http::user_aad(key, owner));
    auto& rows = waiting_[place.shard];
    rows.push_back({key, std::move(user), static_cast<std::uint32_t>(number),
                    static_cast<std::uint32_t>(rows.size() + 1)});
    if (rows.size() < rows_each)
      return;
    send(place.shard, std::exchange(rows, {}));
    while (open_ >= most_open && fault_ == errc::none) turn();
  }

  void send(shard_id shard, std::vector<actors::bulk_row> rows) {
    if (rows.empty())
      return;
    ++open_;
    worker_.ask<actors::register_answer>(
        shard, actors::register_rows{{}, owner, conflict_rule::skip, 1, 1, std::move(rows)},
        [this](const actors::register_answer& got) {
          --open_;
          if (got.code != errc::none)
            fault_ = got.code;
        });
  }

  void turn() {
    worker_.end_round();
    worker_.await(look_gap);
    worker_.begin_round();
  }

  direct_worker worker_;
  const load::key_space space_;
  std::map<shard_id, std::vector<actors::bulk_row>> waiting_;
  std::size_t open_ = 0;
  errc fault_ = errc::none;
};

/// One thread's part of the load.
class direct_lane {
 public:
  direct_lane(direct_node& of, const load::options& asked, unsigned lane,
              std::shared_ptr<const load::zipf_table> popularity, load::progress& shown)
      : worker_(of, lane + 1),
        options_(asked),
        shown_(shown),
        most_((asked.connections + asked.threads - 1 - lane) / asked.threads),
        left_(load::share_of(asked.requests, lane, asked.threads)),
        schedule_(asked.rate > 0 ? asked.rate : 1, lane, asked.threads,
                  asked.poisson ? std::optional(workload::draw(asked.seed, "schedule", lane))
                                : std::nullopt),
        numbers_(*asked.numbers, asked.seed, lane, asked.threads, std::move(popularity)) {}

  void work(const load::stage_times& times);
  const load::result& found() const { return found_; }

 private:
  bool open_loop() const { return options_.rate > 0; }
  bool may_start(std::uint64_t now) const { return left_ > 0 && now < times_.end; }
  std::uint64_t due() const { return times_.start + schedule_.due(); }
  void ask(std::uint64_t intended);
  void answered(std::uint64_t intended, errc code);
  void ask_all(std::uint64_t now);
  std::uint64_t patience(std::uint64_t now) const;
  bool over(std::uint64_t now) const;
  void hand_in();

  direct_worker worker_;
  const load::options& options_;
  load::progress& shown_;
  const std::size_t most_;
  std::uint64_t left_;
  load::send_schedule schedule_;
  load::key_picker numbers_;
  load::stage_times times_;
  std::size_t waiting_ = 0;
  std::uint64_t second_ = 0, last_answer_ = 0;
  load::interval seen_;
  load::result found_;
};

void direct_lane::ask(std::uint64_t intended) {
  --left_;
  ++waiting_;
  const auto place = worker_.node().keys().place(sii(numbers_.next()));
  worker_.ask<actors::lookup_answer>(
      place.shard, actors::lookup_mapping{{}, sii_key{place.key, place.index_version}},
      [this, intended](const actors::lookup_answer& got) { answered(intended, got.code); });
}

void direct_lane::answered(std::uint64_t intended, errc code) {
  const auto now = last_answer_ = steady_ns();
  const auto latency = now - intended;
  const auto status = code == errc::none ? 200 : errc_rows[static_cast<std::size_t>(code)].status;
  --waiting_;
  if (intended >= times_.counted) {
    auto& to = found_.operations[static_cast<std::size_t>(load::operation::lookup)];
    to.latency.record(latency);
    ++to.by_status[static_cast<std::size_t>(status)];
    ++to.answered;
  }
  const auto second = (now - times_.start) / second_ns;
  if (second != second_)
    hand_in();
  second_ = second;
  seen_.add(load::verdict_of(status), latency);
}

void direct_lane::hand_in() {
  if (seen_.all() == 0)
    return;
  shown_.add(second_, seen_);
  seen_.clear();
}

void direct_lane::ask_all(std::uint64_t now) {
  if (!open_loop()) {
    for (auto left = most_ - std::min(waiting_, most_); left > 0 && may_start(now); --left)
      ask(steady_ns());
    return;
  }
  for (; waiting_ < most_ && left_ > 0 && due() <= now && due() < times_.end; schedule_.advance())
    ask(due());
}

std::uint64_t direct_lane::patience(std::uint64_t now) const {
  if (!open_loop())
    return waiting_ < most_ ? 0 : look_gap;
  return std::min(due() <= now ? 0 : due() - now, look_gap);
}

bool direct_lane::over(std::uint64_t now) const {
  if (shown_.interrupted)
    return true;
  if (waiting_ > 0)
    return false;
  return !open_loop() ? !may_start(now) : left_ == 0 || due() >= times_.end;
}

void direct_lane::work(const load::stage_times& times) {
  times_ = times;
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  auto now = steady_ns();
  while (now < times.start) {
    worker_.await(times.start - now);
    now = steady_ns();
  }
  auto next_look = now + look_gap;
  while (!over(now)) {
    worker_.begin_round();
    ask_all(now);
    worker_.end_round();
    if (const auto span = patience(steady_ns()); span > 0)
      worker_.await(span);
    now = steady_ns();
    if (now >= next_look) {
      hand_in();
      next_look = now + look_gap;
    }
  }
  hand_in();
  if (last_answer_ > times.counted)
    found_.seconds = static_cast<double>(last_answer_ - times.counted) / 1e9;
}

double process_cpu() {
  timespec at{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

}  // namespace

load::outcome perform_direct(const config::settings& values, const load::options& asked,
                             bool lines) {
  load::stage_watch watch(lines);
  direct_node node(values);
  node.start();
  filling(node, *asked.numbers).run(watch.shown().interrupted);
  std::shared_ptr<const load::zipf_table> popularity;
  if (asked.numbers->zipf > 0)
    popularity = std::make_shared<load::zipf_table>(asked.numbers->count, asked.numbers->zipf);
  std::vector<std::unique_ptr<direct_lane>> lanes;
  for (unsigned i = 0; i < asked.threads; ++i)
    lanes.push_back(std::make_unique<direct_lane>(node, asked, i, popularity, watch.shown()));
  const auto times = load::plan(asked);
  watch.begin(times.start);
  load::crew crew;
  crew.start(asked.threads, [&](unsigned i) { lanes[i]->work(times); });
  const auto over = [&] { return crew.done(); };
  watch.wait(times.counted, over);
  const auto before = process_cpu();
  watch.wait(load::far_away, over);
  crew.join();
  load::outcome out;
  for (const auto& each : lanes) out.found.merge(each->found());
  out.server_cpu = process_cpu() - before;
  out.over_time = watch.shown().series();
  return out;
}

}  // namespace glados::app
