#include "sim/run.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr unsigned most_tries = 200;

plan plan_of(const run_request& what) {
  auto from = what.of;
  if (what.minutes) {
    const auto span = static_cast<std::int64_t>(*what.minutes * 60);
    from.seconds = {std::max<std::int64_t>(1, span), std::max<std::int64_t>(1, span)};
  }
  auto out = draw_plan(from, what.seed);
  if (what.only) {
    unsigned number = 0;
    std::erase_if(out.faults, [&](const fault&) { return !what.only->contains(++number); });
  }
  return out;
}

}  // namespace

run_outcome simulate(const run_request& what) {
  auto drawn = plan_of(what);
  run_outcome out;
  out.seed = what.seed;
  out.faults = drawn.faults.size();
  std::shared_ptr<run_report> report;
  if (what.keep_report)
    report = std::make_shared<run_report>(run_report{drawn, {}});
  world all(what.of, std::move(drawn), what.bug, what.keep_lines);
  if (report) {
    all.log.invariants.push_back(make_recorder(report->series));
    all.log.invariants.back()->begin(all, {});
  }
  all.run(what.until);
  out.broken = all.log.broken;
  out.how = all.log.how;
  out.broken_at = all.log.broken_at;
  out.ended_at = all.now();
  out.digest = all.log.notes().digest();
  out.steps = all.steps();
  out.trace_length = all.log.notes().length();
  out.calls = all.callers->counts();
  out.lines = all.log.notes().lines();
  out.report = report;
  return out;
}

seeds_outcome simulate_seeds(const run_request& what, std::uint64_t first, std::uint64_t last,
                             unsigned threads) {
  std::mutex lock;
  std::map<std::uint64_t, run_outcome> done;
  auto next = first, stop = last;
  bool all_begun = false;
  const auto work = [&] {
    auto mine = what;
    for (;;) {
      {
        std::lock_guard guard(lock);
        if (all_begun || next > stop)
          return;
        mine.seed = next;
        all_begun = next++ == last;  // there may be no number after it
      }
      auto got = simulate(mine);
      std::lock_guard guard(lock);
      if (!got.broken.empty())
        stop = std::min(stop, mine.seed);
      done.emplace(mine.seed, std::move(got));
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (auto& one : others) one.join();
  seeds_outcome out;
  workload::fingerprint all;
  for (auto& [seed, got] : done) {
    if (seed > stop)
      break;
    ++out.runs;
    out.steps += got.steps;
    out.calls += got.calls.made;
    out.answered += got.calls.answered;
    out.failed_calls += got.calls.failed;
    out.virtual_time += got.ended_at;
    all.add(got.digest);
    out.lines.insert(out.lines.end(), got.lines.begin(), got.lines.end());
    if (!got.broken.empty())
      out.failed = got;
    out.last = std::move(got);
  }
  out.digest = all.value();
  return out;
}

namespace {

/// One attempt after the other to make it smaller; what still fails is kept.
class reduction {
 public:
  reduction(run_request what, run_outcome failed) : best_{std::move(what), std::move(failed), 0} {}

  reduced_run run() {
    auto kept = numbers();
    for (std::size_t share = kept.size(); share > 0; share /= 2)
      for (std::size_t from = 0; from < kept.size();) {
        auto fewer = kept;
        const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(from);
        fewer.erase(first,
                    first + static_cast<std::ptrdiff_t>(std::min(share, fewer.size() - from)));
        if (fails_with(fewer))
          kept = std::move(fewer);
        else
          from += share;
      }
    return std::move(best_);
  }

 private:
  std::vector<unsigned> numbers() const {
    std::vector<unsigned> out;
    const auto count = best_.outcome.faults;
    if (best_.what.only)
      return {best_.what.only->begin(), best_.what.only->end()};
    for (unsigned i = 1; i <= count; ++i) out.push_back(i);
    return out;
  }
  bool fails_with(const std::vector<unsigned>& faults) {
    if (best_.tries >= most_tries)
      return false;
    ++best_.tries;
    auto next = best_.what;
    next.only = std::set<unsigned>(faults.begin(), faults.end());
    auto got = simulate(next);
    if (got.broken != best_.outcome.broken)
      return false;
    best_.what = std::move(next);
    best_.outcome = std::move(got);
    return true;
  }

  reduced_run best_;
};

}  // namespace

reduced_run reduce(const run_request& what, const run_outcome& failed) {
  return reduction(what, failed).run();
}

std::string command_line(const run_request& what) {
  std::string out = "glados sim --seed " + std::to_string(what.seed);
  if (!what.scenario_file.empty())
    out += " --scenario " + what.scenario_file;
  if (what.bug != plant::none)
    out.append(" --plant ").append(to_string(what.bug));
  if (what.minutes) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), " --minutes %g", *what.minutes);
    out += text.data();
  }
  if (what.only) {
    out += " --faults ";
    std::string list;
    for (const auto number : *what.only) list += (list.empty() ? "" : ",") + std::to_string(number);
    out += list.empty() ? "none" : list;
  }
  return out;
}

}  // namespace glados::sim
