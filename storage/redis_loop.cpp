#include "storage/redis_loop.hpp"

#include <signal.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace glados::storage {

namespace {

using namespace std::chrono_literals;

// Granularity of deadlines while commands are open.
constexpr auto busy_tick = 5ms;

}  // namespace

redis_client::loop::loop(redis_options options, redis_observer observer)
    : options_(std::move(options)),
      observer_(std::move(observer)),
      cluster_(!options_.seeds.empty()) {
  if (uv_loop_init(&loop_) != 0)
    throw std::system_error(errno, std::generic_category(), "event loop of the store");
  uv_async_init(&loop_, &wake_, &loop::on_wake);
  uv_timer_init(&loop_, &timer_);
  wake_.data = this;
  timer_.data = this;
  thread_ = std::thread([this] { run(); });
}

redis_client::loop::~loop() { stop(); }

void redis_client::loop::submit(redis_command command, answer_handler done) {
  const auto now = clock::now();
  redis_request next{std::move(command), std::move(done), now, now + options_.command_timeout};
  next.counted = true;
  // Beyond the limit a command is only carried over to the I/O thread to be refused there.
  if (open_.fetch_add(1, std::memory_order_relaxed) >= options_.queue_limit)
    next.deadline = clock::time_point::min();
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = submitted_.empty();
    submitted_.push_back(std::move(next));
  }
  if (first)  // whoever finds others waiting relies on their wake-up
    uv_async_send(&wake_);
}

void redis_client::loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_)
      return;
    stopping_ = true;
  }
  uv_async_send(&wake_);
  thread_.join();
}

void redis_client::loop::watch(shards_remade told) {
  const std::lock_guard lock(told_mutex_);
  remade_ = std::move(told);
}

void redis_client::loop::run() {
  // Signals are the program's business; a write to a closed socket shall be an error, not SIGPIPE.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  if (!cluster_)
    map_ = slot_map::single(options_.unix_socket.empty()
                                ? options_.host + ":" + std::to_string(options_.port)
                                : "unix:" + options_.unix_socket);
  for (const auto& [address, node] : map_.nodes()) link_at(address);
  for (const node_address& seed : options_.seeds) link_at(seed);
  publish();
  arm();
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

void redis_client::loop::on_wake(uv_async_t* handle) {
  static_cast<loop*>(handle->data)->collect();
}

void redis_client::loop::on_tick(uv_timer_t* handle) { static_cast<loop*>(handle->data)->tick(); }

void redis_client::loop::collect() {
  std::vector<redis_request> fresh;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(submitted_);
    stopping = stopping_;
  }
  for (redis_request& next : fresh) {
    if (next.command.split)
      ended(next, {errc::internal});
    else if (next.deadline == clock::time_point::min())
      ended(next, {errc::storage_unavailable});
    else
      dispatch(std::move(next));
  }
  if (stopping) {
    close();
    return;
  }
  for (auto& [address, link] : links_) link->pump();
  if (!timer_fast_)
    arm();
}

bool redis_client::loop::busy() const {
  return !serving_ || !ownerless_.empty() || !delayed_.empty() || refreshing_ ||
         std::any_of(links_.begin(), links_.end(),
                     [](const auto& one) { return !one.second->up() || !one.second->idle(); });
}

/// Fast while anything is open or a connection is not; else only as often as ping and refresh.
void redis_client::loop::arm() {
  timer_fast_ = busy();
  const auto slow = cluster_ ? std::min(options_.ping_interval, options_.topology_interval)
                             : options_.ping_interval;
  const auto ms = static_cast<std::uint64_t>((timer_fast_ ? busy_tick : slow).count());
  uv_timer_start(&timer_, &loop::on_tick, ms, ms);
}

void redis_client::loop::tick() {
  const auto now = clock::now();
  std::erase_if(ownerless_, [&](redis_request& late) {
    if (late.deadline > now)
      return false;
    ended(late, {errc::storage_unavailable});
    return true;
  });
  dispatch_due(now);
  for (auto& [address, link] : links_) link->tick(now);
  if (cluster_) {
    refresh(now);
    retire_links();
  }
  if (timer_fast_ != busy())
    arm();
}

void redis_client::loop::ended(redis_request& what, const redis_answer& how) {
  if (!what.done)
    return;
  const answer_handler done = std::exchange(what.done, nullptr);
  if (what.counted)
    open_.fetch_sub(1, std::memory_order_relaxed);
  if (options_.replicated && how.code == errc::outcome_unknown && what.command.slot)
    doubts_[*what.command.slot] = last_wait_;
  done(how);
}

/// A primary's replicas follow it in order: what was in doubt before this WAIT is not any more.
void redis_client::loop::waited(redis_link& link, std::uint64_t wait, bool replicated) {
  if (!replicated) {
    if (observer_.wait_failed)
      observer_.wait_failed();
    return;
  }
  std::erase_if(doubts_, [&](const auto& doubt) {
    const node_address* owner = map_.owner(doubt.first);
    return doubt.second < wait && owner != nullptr && *owner == link.address();
  });
}

void redis_client::loop::close() {
  for (auto& [address, link] : links_) {
    link->drop();
    for (redis_request& unsent : link->take_waiting()) ownerless_.push_back(std::move(unsent));
  }
  for (delayed_request& one : delayed_) ownerless_.push_back(std::move(one.what));
  delayed_.clear();
  std::vector<redis_request> late;
  do {  // a handler may have sent once more
    for (redis_request& what : std::exchange(ownerless_, {}))
      ended(what, {errc::storage_unavailable});
    for (redis_request& what : late) ended(what, {errc::storage_unavailable});
    late.clear();
    const std::lock_guard lock(mutex_);
    late.swap(submitted_);
  } while (!late.empty());
  links_.clear();
  const auto forget = [](uv_handle_t*) {};
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), forget);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), forget);
}

}  // namespace glados::storage
