#include "storage/redis_link.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/redis_poll.hpp"

namespace glados::storage {

namespace {

using namespace std::chrono_literals;

/// WAITs under way on one connection: the second group travels while the first is waited for.
constexpr std::size_t most_waits = 2;
/// Without an answer for so long, beyond a WAIT, nothing more is sent: it may be frozen, and what
/// is not sent has a known outcome and goes to its successor.
constexpr auto stall = 250ms;

std::int64_t micros(redis_link::clock::duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

std::string_view text_of(const redisReply* reply) {
  return {reply->str, static_cast<std::size_t>(reply->len)};
}

/// Set while a callback runs whose reply shall outlive it.
thread_local void* kept_reply = nullptr;

void keep_replies(redisAsyncContext& context) {
  static redisReplyObjectFunctions functions = [&] {
    redisReplyObjectFunctions own = *context.c.reader->fn;
    own.freeObject = [](void* reply) {
      if (reply != std::exchange(kept_reply, nullptr))
        freeReplyObject(reply);
    };
    return own;
  }();
  context.c.reader->fn = &functions;
}

std::uint64_t next_connection() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

redisAsyncContext* begin_connect(const node_address& address) {
  constexpr std::string_view unix_mark = "unix:";
  if (address.starts_with(unix_mark))
    return redisAsyncConnectUnix(address.c_str() + unix_mark.size());
  const address_parts parts = split_address(address);
  return redisAsyncConnect(parts.host.c_str(), parts.port);
}

}  // namespace

void redis_link::reply_end::operator()(redisReply* reply) const { freeReplyObject(reply); }

redis_link::redis_link(link_owner& owner, uv_loop_t& loop, const redis_options& options,
                       const redis_observer& observer, node_address address)
    : owner_(owner),
      loop_(loop),
      options_(options),
      observer_(observer),
      address_(std::move(address)) {
  connect();
}

redis_link::~redis_link() { drop(); }

// --- connection ----------------------------------------------------------------------------------

void redis_link::connect() {
  step_ = step::connecting;
  greet_by_ = clock::now() + options_.connect_timeout;
  context_ = begin_connect(address_);
  if (context_ == nullptr || context_->err != 0 || !attach(context_, &loop_)) {
    drop();
    return;
  }
  context_->data = this;
  keep_replies(*context_);
  redisAsyncSetConnectCallback(context_, &redis_link::on_connect);
  redisAsyncSetDisconnectCallback(context_, &redis_link::on_disconnect);
}

/// After a failure hiredis 0.14 frees the context itself once this returns.
void redis_link::on_connect(const redisAsyncContext* context, int status) {
  auto* self = static_cast<redis_link*>(context->data);
  if (context != self->context_)
    return;
  if (status == REDIS_OK)
    self->greet();
  else
    self->lost();
}

/// The context is freed by hiredis once this returns; open commands were answered with null before.
void redis_link::on_disconnect(const redisAsyncContext* context, int) {
  auto* self = static_cast<redis_link*>(context->data);
  if (context == self->context_)
    self->lost();
}

/// Nothing else is sent before Redis has answered these: while it loads its data it would refuse,
/// and a WAIT as the first command would be answered by nothing.
void redis_link::greet() {
  std::vector<redis_command> words;
  if (!options_.password.empty() && !options_.user.empty())
    words.push_back(plain_command(false, {"AUTH", options_.user, options_.password}));
  else if (!options_.password.empty())
    words.push_back(plain_command(false, {"AUTH", options_.password}));
  words.push_back(plain_command(false, {"PING"}));
  greetings_ = static_cast<int>(words.size());
  for (const redis_command& word : words)
    redisAsyncFormattedCommand(context_, &redis_link::on_greeting, this, word.wire.data(),
                               word.wire.size());
}

void redis_link::on_greeting(redisAsyncContext* context, void* reply, void* self) {
  auto* link = static_cast<redis_link*>(self);
  if (context == link->context_ && reply != nullptr)
    link->greeted(static_cast<const redisReply*>(reply));
}

void redis_link::greeted(const redisReply* reply) {
  if (reply->type == REDIS_REPLY_ERROR) {
    if (observer_.error_answer)
      observer_.error_answer(first_word(text_of(reply)));
    drop();
    return;
  }
  if (--greetings_ > 0)
    return;
  step_ = step::up;
  connection_ = next_connection();
  heard_at_ = clock::now();
  backoff_ = 0ms;
  figures_->up.store(true, std::memory_order_release);
  owner_.link_up(*this);
  pump();
}

/// Inside one of its callbacks hiredis frees the context when the callback returns.
void redis_link::drop() {
  redisAsyncContext* old = context_;
  lost();
  if (old != nullptr)
    redisAsyncFree(old);
}

/// The connection is over: whatever was sent has no answer any more. A read changed nothing and
/// waits, before what comes after it, for the next connection or the next owner; but only once,
/// for it may be what Redis does not survive.
void redis_link::lost() {
  context_ = nullptr;
  greetings_ = 0;
  short_waits_ = false;
  const bool was_up = std::exchange(step_, step::down) == step::up;
  figures_->up.store(false, std::memory_order_release);
  backoff_ = std::clamp(backoff_ * 2, options_.backoff_first, options_.backoff_most);
  std::uniform_int_distribution<std::int64_t> extra(0, backoff_.count() / 2);
  attempt_at_ = clock::now() + backoff_ + std::chrono::milliseconds(extra(jitter_));
  open_waits_ = 0;
  uncovered_ = false;
  std::deque<redis_request> again;
  const auto end_or_repeat = [&](redis_request& what) {
    if (!what.done || !what.counted || what.command.write || what.repeated)
      return owner_.ended(what, unanswered(what));
    what.repeated = true;
    again.push_back(std::move(what));
  };
  for (held_answer& one : std::exchange(held_, {})) end_or_repeat(one.what);
  for (redis_request& what : std::exchange(in_flight_, {})) end_or_repeat(what);
  waiting_.insert(waiting_.begin(), std::move_iterator(again.begin()),
                  std::move_iterator(again.end()));
  count_queue();
  if (was_up)
    owner_.link_down(*this);
}

void redis_link::tick(clock::time_point now) {
  expire(now);
  const bool silent = silence(now) > 2 * options_.command_timeout;
  if (step_ == step::down && now >= attempt_at_)
    connect();
  else if (step_ == step::connecting && now >= greet_by_)
    drop();
  else if (step_ == step::up && silent)
    drop();  // for longer than anyone waits: a new connection may reach a new process
  else if (step_ == step::up && in_flight_.empty() && now - heard_at_ >= options_.ping_interval)
    write({plain_command(false, {"PING"}), {}, now, now + options_.command_timeout});
  pump();
}

// --- sending -------------------------------------------------------------------------------------

void redis_link::enqueue(redis_request next) {
  if (next.counted && waiting_.size() + in_flight_.size() >= options_.node_queue_limit)
    return owner_.ended(next, {errc::storage_unavailable});
  waiting_.push_back(std::move(next));
}

/// How long an answer has been waited for.
redis_link::clock::duration redis_link::silence(clock::time_point now) const {
  return in_flight_.empty() ? clock::duration::zero() : now - std::max(heard_at_, in_flight_since_);
}

void redis_link::pump() {
  const bool stalled =
      silence(clock::now()) > stall + (options_.replicated ? options_.replica_wait : 0ms);
  while (step_ == step::up && !stalled && !waiting_.empty() &&
         in_flight_.size() < options_.in_flight_limit &&
         (!options_.replicated || open_waits_ < most_waits)) {
    redis_request next = std::move(waiting_.front());
    waiting_.pop_front();
    transmit(std::move(next));
  }
  if (step_ == step::up && !stalled && uncovered_ && open_waits_ < most_waits)
    send_wait();
  count_queue();
}

void redis_link::transmit(redis_request next) {
  const auto own = [&](redis_command command) {
    write({std::move(command), {}, next.sent_at, next.deadline});
  };
  if (next.reloaded)
    own(plain_command(false, {"SCRIPT", "LOAD", next.command.lua->text}));
  if (next.asking)
    own(plain_command(false, {"ASKING"}));
  next.covered = options_.replicated && next.counted &&
                 (next.command.write || (next.command.slot && owner_.doubtful(*next.command.slot)));
  uncovered_ = uncovered_ || next.covered;
  write(std::move(next));
}

void redis_link::send_wait() {
  const auto span =
      short_waits_ ? std::max(10ms, options_.replica_wait / 3) : options_.replica_wait;
  redis_request wait{plain_command(false, {"WAIT", "1", std::to_string(span.count())})};
  wait.wait = owner_.next_wait();
  wait.sent_at = clock::now();
  uncovered_ = false;
  ++open_waits_;
  write(std::move(wait));
}

/// Hands a command to hiredis, which writes all it was given when the loop turns.
void redis_link::write(redis_request next) {
  const int sent = redisAsyncFormattedCommand(context_, &redis_link::on_answer, this,
                                              next.command.wire.data(), next.command.wire.size());
  if (sent != REDIS_OK)  // the connection is closing: nothing was written
    return owner_.ended(next, {errc::storage_unavailable});
  if (in_flight_.empty())
    in_flight_since_ = clock::now();
  in_flight_.push_back(std::move(next));
}

// --- answers -------------------------------------------------------------------------------------

/// They come in the order of the commands. After `lost` there is nothing left to answer.
void redis_link::on_answer(redisAsyncContext* context, void* reply, void* self) {
  auto* link = static_cast<redis_link*>(self);
  if (context == link->context_ && reply != nullptr)
    link->answered(static_cast<redisReply*>(reply));
}

void redis_link::answered(redisReply* reply) {
  redis_request first = std::move(in_flight_.front());
  in_flight_.pop_front();
  heard_at_ = clock::now();
  if (first.wait != 0) {
    wait_answered(first, reply);
  } else if (reply->type == REDIS_REPLY_ERROR) {
    count_answer(first);
    answered_error(first, reply);
  } else if (first.covered && first.done) {
    kept_reply = reply;
    held_.push_back({std::move(first), std::unique_ptr<redisReply, reply_end>(reply)});
  } else {
    count_answer(first);
    owner_.ended(first, {errc::none, reply});
  }
  pump();
}

void redis_link::answered_error(redis_request& first, const redisReply* reply) {
  if (!first.done)
    return;  // nobody waits for it any more; then it must not happen later either
  const std::string_view text = text_of(reply), word = first_word(text);
  if (word == "NOSCRIPT" && first.command.lua != nullptr && !first.reloaded) {
    first.reloaded = true;  // not executed, so sending it again is safe
    return transmit(std::move(first));
  }
  const next_try next = after_error(text, address_, first.tries);
  if (next.what != next_try::kind::none)
    return owner_.not_executed(*this, std::move(first), next);
  if (observer_.error_answer)
    observer_.error_answer(word);
  if (certainly_refused(word))
    owner_.ended(first, {errc::storage_unavailable});
  else
    owner_.ended(first, {first.command.write ? errc::outcome_unknown : errc::internal});
}

/// What was answered before it was executed before it.
void redis_link::wait_answered(const redis_request& wait, const redisReply* reply) {
  --open_waits_;
  const bool replicated = reply->type == REDIS_REPLY_INTEGER && reply->integer >= 1;
  short_waits_ = !replicated;
  count_wait(wait.sent_at, replicated);
  owner_.waited(*this, wait.wait, replicated);
  for (held_answer& one : std::exchange(held_, {})) {
    count_answer(one.what);
    owner_.ended(one.what,
                 replicated ? redis_answer{errc::none, one.reply.get()} : unanswered(one.what));
  }
}

void redis_link::expire(clock::time_point now) {
  std::erase_if(waiting_, [&](redis_request& late) {
    if (late.deadline > now)
      return false;
    owner_.ended(late, {errc::storage_unavailable});
    return true;
  });
  for (redis_request& sent : in_flight_)
    if (sent.done && sent.deadline <= now)
      owner_.ended(sent, unanswered(sent));
  for (held_answer& one : held_)
    if (one.what.done && one.what.deadline <= now)
      owner_.ended(one.what, unanswered(one.what));
}

/// How long a caller waited, the replica included.
void redis_link::count_answer(const redis_request& what) {
  if (!what.counted || !what.done)
    return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(heard_at_ - what.sent_at);
  figures_->answers.fetch_add(1, std::memory_order_relaxed);
  figures_->latency_us.fetch_add(static_cast<std::uint64_t>(took.count()),
                                 std::memory_order_relaxed);
  if (observer_.latency)
    observer_.latency(took);
}

void redis_link::count_wait(clock::time_point sent, bool replicated) {
  std::int64_t never = 0;
  if (!replicated) {
    figures_->failing_since.compare_exchange_strong(never, micros(sent.time_since_epoch()));
    return;
  }
  figures_->wait_us.store(micros(heard_at_ - sent));
  figures_->failing_since.store(0);
}

std::chrono::microseconds link_figures::lag() const {
  const auto since = failing_since.load();
  return std::chrono::microseconds(
      since == 0 ? wait_us.load() : micros(redis_link::clock::now().time_since_epoch()) - since);
}

void redis_link::count_queue() {
  figures_->queue.store(waiting_.size() + in_flight_.size() + held_.size(),
                        std::memory_order_relaxed);
}

}  // namespace glados::storage
