#include "storage/redis_loop.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "storage/redis_poll.hpp"

namespace glados::storage {

namespace {

using namespace std::chrono_literals;

// Granularity of deadlines while commands are open.
constexpr auto busy_tick = 5ms;

std::string_view text_of(const redisReply* reply) {
  return {reply->str, static_cast<std::size_t>(reply->len)};
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

/// Errors that Redis gives before it executes anything.
bool certainly_refused(std::string_view word) {
  constexpr std::array<std::string_view, 13> words{
      "LOADING", "BUSY",  "MASTERDOWN", "READONLY",   "OOM",      "MISCONF",    "NOAUTH",
      "NOPERM",  "MOVED", "ASK",        "NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

redis_client::loop::loop(redis_options options, redis_observer observer)
    : options_(std::move(options)), observer_(std::move(observer)) {
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
  request next{std::move(command), std::move(done), now, now + options_.command_timeout};
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

void redis_client::loop::run() {
  // Signals are the program's business; a write to a closed socket shall be an error, not SIGPIPE.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  connect();
  arm();
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

void redis_client::loop::on_wake(uv_async_t* handle) {
  static_cast<loop*>(handle->data)->collect();
}

void redis_client::loop::on_tick(uv_timer_t* handle) { static_cast<loop*>(handle->data)->tick(); }

void redis_client::loop::collect() {
  std::vector<request> fresh;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(submitted_);
    stopping = stopping_;
  }
  for (request& next : fresh) {
    if (next.deadline == clock::time_point::min())
      end(next, {errc::storage_unavailable});
    else
      waiting_.push_back(std::move(next));
  }
  if (stopping) {
    close();
    return;
  }
  pump();
  if (!timer_fast_)
    arm();
}

/// Fast while anything is open or the connection is not; else only as often as the ping.
void redis_client::loop::arm() {
  timer_fast_ = step_ != step::up || !waiting_.empty() || !in_flight_.empty();
  const auto period = timer_fast_ ? std::chrono::milliseconds(busy_tick) : options_.ping_interval;
  const auto ms = static_cast<std::uint64_t>(period.count());
  uv_timer_start(&timer_, &loop::on_tick, ms, ms);
}

void redis_client::loop::tick() {
  const auto now = clock::now();
  expire(now);
  if (step_ == step::down && now >= attempt_at_)
    connect();
  else if (step_ == step::connecting && now >= greet_by_)
    drop();
  else if (step_ == step::up && !in_flight_.empty() &&
           now - std::max(heard_at_, in_flight_since_) > 2 * options_.command_timeout)
    drop();  // silent for longer than anyone waits: a new connection may reach a new process
  else if (step_ == step::up && in_flight_.empty() && now - heard_at_ >= options_.ping_interval)
    transmit({plain_command(false, {"PING"}), {}, now, now + options_.command_timeout});
  pump();
  if (timer_fast_ != (step_ != step::up || !waiting_.empty() || !in_flight_.empty()))
    arm();
}

void redis_client::loop::connect() {
  step_ = step::connecting;
  greet_by_ = clock::now() + options_.connect_timeout;
  context_ = options_.unix_socket.empty() ? redisAsyncConnect(options_.host.c_str(), options_.port)
                                          : redisAsyncConnectUnix(options_.unix_socket.c_str());
  if (context_ == nullptr || context_->err != 0 || !attach(context_, &loop_)) {
    drop();
    return;
  }
  context_->data = this;
  redisAsyncSetConnectCallback(context_, &loop::on_connect);
  redisAsyncSetDisconnectCallback(context_, &loop::on_disconnect);
}

/// After a failure hiredis 0.14 frees the context itself once this returns.
void redis_client::loop::on_connect(const redisAsyncContext* context, int status) {
  auto* self = static_cast<loop*>(context->data);
  if (context != self->context_)
    return;
  if (status == REDIS_OK)
    self->greet();
  else
    self->lost();
}

/// The context is freed by hiredis once this returns; open commands were answered with null before.
void redis_client::loop::on_disconnect(const redisAsyncContext* context, int) {
  auto* self = static_cast<loop*>(context->data);
  if (context == self->context_)
    self->lost();
}

/// Nothing else is sent before Redis has answered these: while it loads its data it would refuse.
void redis_client::loop::greet() {
  std::vector<redis_command> words;
  if (!options_.password.empty() && !options_.user.empty())
    words.push_back(plain_command(false, {"AUTH", options_.user, options_.password}));
  else if (!options_.password.empty())
    words.push_back(plain_command(false, {"AUTH", options_.password}));
  words.push_back(plain_command(false, {"PING"}));
  greetings_ = static_cast<int>(words.size());
  for (const redis_command& word : words)
    redisAsyncFormattedCommand(context_, &loop::on_greeting, this, word.wire.data(),
                               word.wire.size());
}

void redis_client::loop::on_greeting(redisAsyncContext* context, void* reply, void* self) {
  auto* loop_of = static_cast<loop*>(self);
  if (context == loop_of->context_ && reply != nullptr)
    loop_of->greeted(static_cast<const redisReply*>(reply));
}

void redis_client::loop::greeted(const redisReply* reply) {
  if (reply->type == REDIS_REPLY_ERROR) {
    if (observer_.error_answer)
      observer_.error_answer(first_word(text_of(reply)));
    drop();
    return;
  }
  if (--greetings_ > 0)
    return;
  step_ = step::up;
  heard_at_ = clock::now();
  backoff_ = 0ms;
  connections_.fetch_add(1, std::memory_order_acq_rel);
  up_.store(true, std::memory_order_release);
  if (observer_.connection)
    observer_.connection(true);
  pump();
}

/// Ends the connection. Inside one of its callbacks hiredis frees it when the callback returns.
void redis_client::loop::drop() {
  redisAsyncContext* old = context_;
  lost();
  if (old != nullptr)
    redisAsyncFree(old);
}

/// The connection is over: whatever was sent has no answer any more.
void redis_client::loop::lost() {
  context_ = nullptr;
  greetings_ = 0;
  const bool was_up = up_.exchange(false, std::memory_order_acq_rel);
  step_ = step::down;
  backoff_ = std::clamp(backoff_ * 2, options_.backoff_first, options_.backoff_most);
  std::uniform_int_distribution<std::int64_t> extra(0, backoff_.count() / 2);
  attempt_at_ = clock::now() + backoff_ + std::chrono::milliseconds(extra(jitter_));
  std::deque<request> unanswered;
  unanswered.swap(in_flight_);
  for (request& what : unanswered)
    end(what, {what.command.write ? errc::outcome_unknown : errc::storage_unavailable});
  if (was_up && observer_.connection)
    observer_.connection(false);
  arm();
}

void redis_client::loop::pump() {
  while (step_ == step::up && !waiting_.empty() && in_flight_.size() < options_.in_flight_limit) {
    request next = std::move(waiting_.front());
    waiting_.pop_front();
    transmit(std::move(next));
  }
}

/// Hands a command to hiredis, which writes all it was given when the loop turns.
bool redis_client::loop::transmit(request next) {
  const int sent = redisAsyncFormattedCommand(context_, &loop::on_answer, this,
                                              next.command.wire.data(), next.command.wire.size());
  if (sent != REDIS_OK) {  // the connection is closing: nothing was written
    end(next, {errc::storage_unavailable});
    return false;
  }
  if (next.command.lua == nullptr)
    next.command.wire = {};  // never sent again
  if (in_flight_.empty())
    in_flight_since_ = clock::now();
  in_flight_.push_back(std::move(next));
  return true;
}

/// Answers come in the order of the commands. After `lost` there is nothing left to answer.
void redis_client::loop::on_answer(redisAsyncContext* context, void* reply, void* self) {
  auto* loop_of = static_cast<loop*>(self);
  if (context == loop_of->context_ && reply != nullptr)
    loop_of->answered(static_cast<const redisReply*>(reply));
}

void redis_client::loop::answered(const redisReply* reply) {
  request first = std::move(in_flight_.front());
  in_flight_.pop_front();
  heard_at_ = clock::now();
  if (first.done && observer_.latency)
    observer_.latency(
        std::chrono::duration_cast<std::chrono::microseconds>(heard_at_ - first.sent_at));
  if (reply->type == REDIS_REPLY_ERROR)
    answered_error(first, reply);
  else
    end(first, {errc::none, reply});
  if (!waiting_.empty())
    pump();
}

void redis_client::loop::answered_error(request& first, const redisReply* reply) {
  const std::string_view word = first_word(text_of(reply));
  if (word == "NOSCRIPT" && first.command.lua != nullptr && first.done && !first.reloaded) {
    // Not executed, so sending it again is safe. Only for a caller that still waits: one that was
    // told "unknown" must not see the write happen later than Redis itself could make it.
    first.reloaded = true;
    transmit({plain_command(false, {"SCRIPT", "LOAD", first.command.lua->text}),
              {},
              first.sent_at,
              first.deadline});
    transmit(std::move(first));
    return;
  }
  if (observer_.error_answer)
    observer_.error_answer(word);
  if (word == "NOSCRIPT" || certainly_refused(word))
    end(first, {errc::storage_unavailable});
  else
    end(first, {first.command.write ? errc::outcome_unknown : errc::internal});
}

void redis_client::loop::end(request& what, const redis_answer& how) {
  if (!what.done)
    return;
  const answer_handler done = std::exchange(what.done, nullptr);
  open_.fetch_sub(1, std::memory_order_relaxed);
  done(how);
}

void redis_client::loop::expire(clock::time_point now) {
  while (!waiting_.empty() && waiting_.front().deadline <= now) {
    request late = std::move(waiting_.front());
    waiting_.pop_front();
    end(late, {errc::storage_unavailable});
  }
  // A script sent again may stand behind younger commands: deadlines are almost in order, no more.
  for (request& sent : in_flight_)
    if (sent.done && sent.deadline <= now)
      end(sent, {sent.command.write ? errc::outcome_unknown : errc::storage_unavailable});
}

void redis_client::loop::close() {
  drop();
  std::vector<request> late;
  do {  // a handler may have sent once more
    for (request& what : late) end(what, {errc::storage_unavailable});
    std::deque<request> unsent;
    unsent.swap(waiting_);
    for (request& what : unsent) end(what, {errc::storage_unavailable});
    late.clear();
    const std::lock_guard lock(mutex_);
    late.swap(submitted_);
  } while (!late.empty());
  const auto forget = [](uv_handle_t*) {};
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), forget);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), forget);
}

}  // namespace glados::storage
