#include "load/run.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <stdexcept>

#include "load/process.hpp"
#include "load/rogues.hpp"
#include "load/sign_in.hpp"
#include "load/stages.hpp"
#include "load/worker.hpp"

namespace glados::load {
namespace {

caller_list find_callers(const options& asked) {
  if (!asked.callers.empty())
    return read_callers(asked.callers);
  caller_list out;
  out.push_back(std::make_unique<caller>());
  auto& only = *out.front();
  only.name = "the caller";
  if (!asked.certificate.empty())
    only.shows = identity(asked.certificate, asked.key);
  if (!asked.token_file.empty())
    only.token(read_secret(asked.token_file));
  if (!asked.client_file.empty())
    read_client(asked.client_file, only);
  return out;
}

/// A connection is a file.
void allow_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

bool misbehaves(const options& asked) {
  return std::any_of(asked.misbehaving.begin(), asked.misbehaving.end(),
                     [](unsigned count) { return count > 0; });
}

/// The bad clients, from when they are let loose until the end of the run.
class mob {
 public:
  explicit mob(const common_parts& all) {
    if (!misbehaves(all.asked))
      return;
    all_ = std::make_unique<rogues>(all);
    thread_ = std::thread([this] { all_->work(); });
  }
  ~mob() { end(); }
  void end() {
    if (!all_ || !thread_.joinable())
      return;
    all_->stop();
    thread_.join();
  }
  void tell(outcome& out) const {
    if (all_)
      out.misbehaved = all_->found();
  }

 private:
  std::unique_ptr<rogues> all_;
  std::thread thread_;
};

class run {
 public:
  run(const options& asked, bool lines)
      : options_(asked), context_(make_context(asked.authority)), watch_(lines) {
    for (const auto& at : asked.places) targets_.push_back(find_target(at));
    callers_ = find_callers(asked);
    if (asked.traffic)
      take(asked.traffic->providers);
    if (asked.outbox) {
      outbox_ = find_target(asked.outbox->at);
      outbox_reader_ = identity(asked.outbox->certificate, asked.outbox->key);
    }
    std::shared_ptr<const zipf_table> popularity;
    if (asked.numbers && asked.numbers->zipf > 0)
      popularity = std::make_shared<zipf_table>(asked.numbers->count, asked.numbers->zipf);
    all_ = std::make_unique<common_parts>(common_parts{asked, targets_, context_.get(), callers_,
                                                       outbox_, outbox_reader_, popularity,
                                                       watch_.shown()});
  }

  outcome perform() {
    const auto& interrupted = watch_.shown().interrupted;
    const auto lifetime =
        sign_in(callers_, targets_, context_.get(), options_.timeout, interrupted);
    const token_renewal renewal(callers_, targets_, context_.get(), options_.timeout, lifetime);
    for (unsigned i = 0; i < options_.threads; ++i)
      workers_.push_back(std::make_unique<worker>(*all_, i));
    if (options_.requests_each != 1)
      connect();
    mob bad(*all_);
    outcome out;
    measure(out);
    bad.end();
    bad.tell(out);
    gather(out);
    return out;
  }

 private:
  /// So many of the callers act.
  void take(std::size_t count) {
    if (callers_.size() < count)
      throw std::runtime_error("the scenario has " + std::to_string(count) + " providers, and " +
                               std::to_string(callers_.size()) +
                               " can call; --workload providers=N says otherwise");
    callers_.resize(count);
  }
  bool over() const { return crew_.done(); }

  void connect() {
    std::atomic<bool> connected{true};
    crew_.start(options_.threads, [&](unsigned i) {
      if (!workers_[i]->connect())
        connected = false;
    });
    watch_.wait(far_away, [this] { return over(); });
    crew_.join();
    if (!connected)
      throw std::runtime_error("not every connection could be made");
  }

  void measure(outcome& out) {
    const auto times = plan(options_);
    watch_.begin(times.start);
    crew_.start(options_.threads, [&](unsigned i) { workers_[i]->work(times); });
    watch_.wait(times.counted, [this] { return over(); });
    const auto before = cpu_seconds_of(options_.pids);
    watch_.wait(far_away, [this] { return over(); });
    crew_.join();
    const auto after = cpu_seconds_of(options_.pids);
    if (!before || !after)
      throw std::runtime_error("a process of --pids is not there");
    if (!options_.pids.empty())
      out.server_cpu = *after - *before;
  }

  void gather(outcome& out) {
    std::vector<bool> used(callers_.size());
    for (const auto& each : workers_) {
      out.found.merge(each->found());
      for (std::size_t i = 0; i < used.size(); ++i) used[i] = used[i] || each->callers_used()[i];
    }
    out.over_time = watch_.shown().series();
    out.callers = callers_.size();
    out.callers_used = static_cast<std::size_t>(std::count(used.begin(), used.end(), true));
  }

  const options& options_;
  std::shared_ptr<SSL_CTX> context_;
  stage_watch watch_;
  std::vector<target> targets_;
  caller_list callers_;
  target outbox_;
  identity outbox_reader_;
  std::unique_ptr<common_parts> all_;
  std::vector<std::unique_ptr<worker>> workers_;
  crew crew_;
};

}  // namespace

outcome perform(const options& asked, bool lines) {
  std::signal(SIGPIPE, SIG_IGN);
  allow_files();
  return run(asked, lines).perform();
}

}  // namespace glados::load
