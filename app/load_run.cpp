#include "app/load_run.hpp"

#include <netdb.h>
#include <openssl/err.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "app/load_process.hpp"
#include "app/load_worker.hpp"

namespace glados::app {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t far_away = 1ULL << 62;

load_target find_target(const load_place& at) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(at.host.c_str(), at.port.c_str(), &wanted, &found) != 0)
    throw std::runtime_error("the host of --url is unknown");
  load_target out;
  std::memcpy(&out.address, found->ai_addr, found->ai_addrlen);
  out.address_size = found->ai_addrlen;
  out.host = at.host;
  freeaddrinfo(found);
  return out;
}

std::shared_ptr<SSL_CTX> make_context(const load_options& options) {
  std::shared_ptr<SSL_CTX> out(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const auto refuse = [](const std::string& what) {
    ERR_clear_error();
    throw std::runtime_error(what);
  };
  if (SSL_CTX_load_verify_file(out.get(), options.authority.c_str()) != 1)
    refuse("--ca cannot be read");
  if (!options.certificate.empty() &&
      (SSL_CTX_use_certificate_chain_file(out.get(), options.certificate.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(out.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1))
    refuse("--cert and --key cannot be read or do not belong together");
  SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_read_ahead(out.get(), 1);  // one system call a record, not two
  SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
  return out;
}

/// The one thread that reads stops signals and the clock; the workers only work.
class run_stages {
 public:
  explicit run_stages(const load_options& options) : options_(options) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);  // inherited by the workers
  }
  ~run_stages() {
    const timespec none{0, 0};
    while (sigtimedwait(&signals_, nullptr, &none) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  load_progress& progress() { return progress_; }

  /// Until `time`, or until `over` says so; false once a signal came.
  template <class Predicate>
  bool wait(std::uint64_t time, Predicate over) {
    while (!progress_.interrupted && !over() && load_now() < time) {
      const auto left = std::min(time - load_now(), second / 50);
      const timespec patience{0, static_cast<long>(std::min(left, second - 1))};
      if (sigtimedwait(&signals_, nullptr, &patience) > 0)
        progress_.interrupted = true;
      show();
    }
    return !progress_.interrupted;
  }

  void end_of_progress() const {
    if (terminal_ && shown_at_ != 0)
      std::fputs("\n", stderr);
  }

 private:
  void show() {
    const auto now = load_now();
    if (!terminal_ || now - shown_at_ < second)
      return;
    const auto answered = progress_.answered.load(std::memory_order_relaxed);
    if (shown_at_ != 0)
      std::fprintf(
          stderr, "\r%12llu answers %10.0f/s ", static_cast<unsigned long long>(answered),
          static_cast<double>(answered - shown_) * 1e9 / static_cast<double>(now - shown_at_));
    shown_at_ = now;
    shown_ = answered;
  }

  const load_options& options_;
  load_progress progress_;
  sigset_t signals_{}, before_{};
  const bool terminal_ = isatty(2) == 1;
  std::uint64_t shown_at_ = 0, shown_ = 0;
};

/// Joins all threads however the run ends.
struct crew {
  ~crew() { join(); }

  std::vector<std::thread> threads;
  std::atomic<unsigned> at_work{0};

  template <class Job>
  void start(unsigned count, Job job) {
    at_work = count;
    for (unsigned i = 0; i < count; ++i)
      threads.emplace_back([this, job, i] {
        job(i);
        --at_work;
      });
  }
  void join() {
    for (auto& each : threads) each.join();
    threads.clear();
  }
};

load_times plan(const load_options& options) {
  load_times out;
  out.start = load_now() + second / 50;
  out.counted = out.start + static_cast<std::uint64_t>(options.warm_up * 1e9);
  out.end = options.requests > 0 ? far_away
                                 : out.counted + static_cast<std::uint64_t>(options.duration * 1e9);
  return out;
}

}  // namespace

void load_result::merge(const load_result& other) {
  latency.merge(other.latency);
  for (std::size_t i = 0; i < by_status.size(); ++i) by_status[i] += other.by_status[i];
  answered += other.answered;
  closed += other.closed;
  timed_out += other.timed_out;
  malformed += other.malformed;
  unsent += other.unsent;
  reconnects += other.reconnects;
  client_cpu += other.client_cpu;
  seconds = std::max(seconds, other.seconds);
}

load_outcome perform_load(const load_options& options) {
  std::vector<load_target> targets;
  for (const auto& at : options.places) targets.push_back(find_target(at));
  const auto context = make_context(options);
  std::shared_ptr<const zipf_table> popularity;
  if (options.numbers && options.numbers->zipf > 0)
    popularity = std::make_shared<zipf_table>(options.numbers->count, options.numbers->zipf);
  std::signal(SIGPIPE, SIG_IGN);
  run_stages stages(options);
  std::vector<std::unique_ptr<load_worker>> workers;
  for (unsigned i = 0; i < options.threads; ++i)
    workers.push_back(std::make_unique<load_worker>(options, targets, context.get(), i, popularity,
                                                    stages.progress()));
  crew all;
  std::atomic<bool> connected{true};
  all.start(options.threads, [&](unsigned i) {
    if (!workers[i]->connect())
      connected = false;
  });
  stages.wait(far_away, [&] { return all.at_work == 0; });
  all.join();
  if (!connected)
    throw std::runtime_error("not every connection could be made");

  const auto times = plan(options);
  load_outcome out;
  all.start(options.threads, [&](unsigned i) { workers[i]->work(times); });
  const auto over = [&] { return all.at_work == 0; };
  stages.wait(times.counted, over);
  const auto before = options.pids.empty() ? std::nullopt : cpu_seconds_of(options.pids);
  stages.wait(far_away, over);
  all.join();
  const auto after = options.pids.empty() ? std::nullopt : cpu_seconds_of(options.pids);
  stages.end_of_progress();
  if (before && after)
    out.server_cpu = *after - *before;
  else if (!options.pids.empty())
    throw std::runtime_error("a process of --pids is not there");
  for (const auto& each : workers) out.result.merge(each->result());
  return out;
}

}  // namespace glados::app
