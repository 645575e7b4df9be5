#include "delivery/curl_loop.hpp"

#include <pthread.h>
#include <signal.h>  // NOLINT: pthread_sigmask

#include <algorithm>
#include <deque>
#include <mutex>
#include <new>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "delivery/curl_job.hpp"

namespace glados::delivery {
namespace {

using job_ptr = std::unique_ptr<curl_job>;
using std::chrono::milliseconds;

constexpr milliseconds idle_turn{1000};  // every event wakes the loop; this only bounds a surprise

void initialise_curl_once() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)ready;
}

/// Signals belong to the main thread; a relay that goes away must not raise SIGPIPE here.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

struct curl_loop::engine {
  explicit engine(loop_limits l) : limits(l), multi(curl_multi_init()) {}

  void run();
  bool take_work();
  void start_waiting();
  void start(job_ptr job);
  void collect();
  void expire_waiting();
  void finish(job_ptr job);
  void fail(job_ptr job, transfer_failure why);
  void drain();
  int turn_ms() const;

  const loop_limits limits;
  CURLM* const multi;

  std::mutex lock;  // guards the five below
  std::vector<job_ptr> incoming;
  std::vector<std::function<void()>> tasks;
  std::size_t unfinished = 0;
  bool stopping = false;
  bool ended = false;

  // only on the loop's thread
  std::deque<job_ptr> waiting;
  std::unordered_map<CURL*, job_ptr> active;
  socket_table sockets;

  std::mutex join_lock;
  std::thread thread;
};

/// Moves what other threads left over to this one. False once the loop is to stop.
bool curl_loop::engine::take_work() {
  std::vector<job_ptr> jobs;
  std::vector<std::function<void()>> now;
  bool go_on = true;
  {
    std::lock_guard guard{lock};
    jobs.swap(incoming);
    now.swap(tasks);
    go_on = !stopping;
  }
  for (job_ptr& job : jobs) waiting.push_back(std::move(job));
  for (auto& task : now) task();
  return go_on;
}

void curl_loop::engine::start_waiting() {
  while (!waiting.empty() && active.size() < limits.active) {
    job_ptr job = std::move(waiting.front());
    waiting.pop_front();
    start(std::move(job));
  }
}

void curl_loop::engine::start(job_ptr job) {
  if (curl_job::clock::now() >= job->due)
    return fail(std::move(job), transfer_failure::timeout);
  if (!job->prepare(sockets, limits.reply_bytes) ||
      curl_multi_add_handle(multi, job->easy) != CURLM_OK)
    return fail(std::move(job), transfer_failure::refused_here);
  CURL* const easy = job->easy;
  active.emplace(easy, std::move(job));
}

void curl_loop::engine::collect() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;  // the message dies with the removal
    curl_multi_remove_handle(multi, easy);
    auto node = active.extract(easy);
    node.mapped()->conclude(code);
    finish(std::move(node.mapped()));
  }
}

void curl_loop::engine::expire_waiting() {
  const auto now = curl_job::clock::now();
  for (std::size_t i = 0; i < waiting.size();) {
    if (waiting[i]->due > now) {
      ++i;
      continue;
    }
    job_ptr late = std::move(waiting[i]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
    fail(std::move(late), transfer_failure::timeout);
  }
}

void curl_loop::engine::fail(job_ptr job, transfer_failure why) {
  job->reply = transfer_reply{why, 0, {}};
  finish(std::move(job));
}

void curl_loop::engine::finish(job_ptr job) {
  {
    std::lock_guard guard{lock};
    --unfinished;
  }
  const auto done = std::move(job->done);
  transfer_reply reply = std::move(job->reply);
  job.reset();  // the message is wiped before anyone is told
  done(std::move(reply));
}

int curl_loop::engine::turn_ms() const {
  auto wait = idle_turn;
  const auto now = curl_job::clock::now();
  for (const job_ptr& job : waiting)
    wait = std::min(wait, std::chrono::ceil<milliseconds>(job->due - now));
  return static_cast<int>(std::max(wait, milliseconds{0}).count());
}

void curl_loop::engine::run() {
  block_signals();
  while (take_work()) {
    expire_waiting();
    start_waiting();
    int running = 0;
    curl_multi_perform(multi, &running);
    collect();
    if (waiting.empty() || active.size() >= limits.active)
      curl_multi_poll(multi, nullptr, 0, turn_ms(), nullptr);
  }
  drain();
}

/// Fails what is unfinished; a callback may submit again, so until nothing new came.
void curl_loop::engine::drain() {
  for (;;) {
    for (auto& [easy, job] : std::exchange(active, {})) {
      curl_multi_remove_handle(multi, easy);
      fail(std::move(job), transfer_failure::stopped);
    }
    for (job_ptr& job : std::exchange(waiting, {})) fail(std::move(job), transfer_failure::stopped);
    {
      std::lock_guard guard{lock};
      if (incoming.empty() && tasks.empty()) {
        ended = true;
        break;
      }
    }
    take_work();
  }
  sockets.cut_all();
  curl_multi_cleanup(multi);
}

curl_loop::curl_loop(loop_limits limits) {
  initialise_curl_once();
  engine_ = std::make_unique<engine>(limits);
  if (engine_->multi == nullptr)
    throw std::bad_alloc{};
  engine_->thread = std::thread([e = engine_.get()] { e->run(); });
}

curl_loop::~curl_loop() { stop(); }

void curl_loop::submit(transfer what, std::chrono::milliseconds deadline, reply_handler done) {
  auto job = std::make_unique<curl_job>(std::move(what), curl_job::clock::now() + deadline, done);
  auto refusal = transfer_failure::none;
  {
    std::lock_guard guard{engine_->lock};
    if (engine_->ended || engine_->stopping) {
      refusal = transfer_failure::stopped;
    } else if (engine_->unfinished >= engine_->limits.unfinished) {
      refusal = transfer_failure::overloaded;
    } else {
      ++engine_->unfinished;
      engine_->incoming.push_back(std::move(job));
      curl_multi_wakeup(engine_->multi);
    }
  }
  if (refusal != transfer_failure::none)
    post([refusal, done = std::move(done)] { done(transfer_reply{refusal, 0, {}}); });
}

void curl_loop::post(std::function<void()> task) {
  {
    std::lock_guard guard{engine_->lock};
    if (!engine_->ended) {
      engine_->tasks.push_back(std::move(task));
      curl_multi_wakeup(engine_->multi);
      return;
    }
  }
  task();
}

void curl_loop::stop() {
  std::lock_guard one{engine_->join_lock};
  {
    std::lock_guard guard{engine_->lock};
    engine_->stopping = true;
    if (!engine_->ended)
      curl_multi_wakeup(engine_->multi);
  }
  if (engine_->thread.joinable())
    engine_->thread.join();
}

}  // namespace glados::delivery
