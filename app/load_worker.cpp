#include "app/load_worker.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace glados::app {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t sweep_gap = second / 20;
/// So long after the end requests that were due before it are still sent.
constexpr std::uint64_t grace = second;

std::uint64_t read_clock(clockid_t which) {
  timespec at{};
  clock_gettime(which, &at);
  return static_cast<std::uint64_t>(at.tv_sec) * second + static_cast<std::uint64_t>(at.tv_nsec);
}

std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

std::string request_text(const load_options& from, const std::string& body) {
  const auto& [host, port] = from.places.front();
  const bool plain = host.find(':') == std::string::npos;
  std::string out = from.method + " " + from.path + " HTTP/1.1\r\nHost: ";
  out += (plain ? host : "[" + host + "]") + ":" + port + "\r\n";
  if (!from.token.empty())
    out += "Authorization: Bearer " + from.token + "\r\n";
  if (!body.empty())
    out += "Content-Type: application/json\r\n";
  if (!body.empty() || from.method != "GET")
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + body;
}

std::uint64_t share(std::uint64_t requests, unsigned lane, unsigned lanes) {
  return requests == 0 ? ~0ULL : requests / lanes + (lane < requests % lanes ? 1 : 0);
}

}  // namespace

std::uint64_t load_now() { return read_clock(CLOCK_MONOTONIC); }

load_worker::load_worker(const load_options& options, const std::vector<load_target>& targets,
                         SSL_CTX* context, unsigned lane,
                         std::shared_ptr<const zipf_table> popularity, load_progress& progress)
    : options_(options),
      lane_(lane),
      progress_(progress),
      poller_(epoll_create1(EPOLL_CLOEXEC)),
      schedule_(options.rate > 0 ? options.rate : 1, lane, options.threads),
      picker_(options.numbers.value_or(key_space{}), options.seed, lane, options.threads,
              std::move(popularity)),
      left_(share(options.requests, lane, options.threads)) {
  if (poller_ < 0)
    throw std::runtime_error("no epoll set");
  std::string body = options.body, end;
  if (options.numbers) {
    const auto sample = std::to_string(options.numbers->base);
    end = "\"}";
    body = "{\"sii\":\"tel:+" + sample + end;
    digits_ = sample.size();
  }
  const auto text = request_text(options, body);
  digits_at_ = text.size() - end.size() - digits_;
  for (unsigned i = lane; i < options.connections; i += options.threads) {
    connections_.push_back(
        std::make_unique<load_connection>(context, targets[i % targets.size()], poller_));
    connections_.back()->text() = text;
  }
}

load_worker::~load_worker() {
  connections_.clear();
  ::close(poller_);
}

void load_worker::poll(std::uint64_t patience_ns,
                       const std::function<void(load_connection&)>& ready) {
  std::array<epoll_event, 64> seen;
  const timespec patience{static_cast<time_t>(patience_ns / second),
                          static_cast<long>(patience_ns % second)};
  const int count = epoll_pwait2(poller_, seen.data(), seen.size(), &patience, nullptr);
  for (int i = 0; i < count; ++i)
    ready(*static_cast<load_connection*>(seen[static_cast<std::size_t>(i)].data.ptr));
}

bool load_worker::connect() {
  const auto limit = load_now() + nanoseconds(options_.timeout);
  std::size_t ready = 0;
  bool broken = false;
  for (auto& each : connections_) broken = !each->open(load_now()) || broken;
  while (!broken && ready < connections_.size() && !progress_.interrupted) {
    poll(sweep_gap, [&](load_connection& at) {
      const auto got = at.on_ready();
      ready += got == load_connection::event::ready ? 1 : 0;
      broken = broken || got == load_connection::event::failed;
    });
    broken = broken || load_now() > limit;
  }
  return !broken && ready == connections_.size();
}

void load_worker::send_next(load_connection& at, std::uint64_t intended, std::uint64_t now) {
  if (digits_ > 0) {
    auto number = picker_.next();
    auto& text = at.text();
    for (auto i = digits_at_ + digits_; i-- > digits_at_; number /= 10)
      text[i] = static_cast<char>('0' + number % 10);
  }
  --left_;
  ++waiting_;
  if (!at.send(intended, now))
    lost(at, result_.closed);
}

/// The connection can take a request: the next one in a closed loop, else it waits for its turn.
void load_worker::free(load_connection& at) {
  if (options_.rate > 0) {
    idle_.push_back(&at);
    return;
  }
  const auto now = load_now();
  if (may_start(now))
    send_next(at, now, now);
}

load_connection* load_worker::take_idle() {
  while (!idle_.empty()) {
    auto* at = idle_.front();
    if (at->at() == load_connection::state::idle)
      return at;
    idle_.pop_front();
  }
  return nullptr;
}

void load_worker::send_due(std::uint64_t now) {
  while (left_ > 0) {
    const auto intended = times_.start + schedule_.due();
    if (intended > now || intended >= times_.end || now > times_.end + grace)
      return;
    auto* at = take_idle();
    if (!at)
      return;
    idle_.pop_front();
    schedule_.advance();
    send_next(*at, intended, now);
  }
}

/// A request that was sent gets no answer.
void load_worker::lost(load_connection& at, std::uint64_t& counter) {
  --waiting_;
  if (counts(at.intended()))
    ++counter;
}

void load_worker::handle(load_connection& at) {
  using event = load_connection::event;
  const auto got = at.on_ready();
  if (got == event::none)
    return;
  if (got == event::failed || got == event::malformed) {
    if (at.was() == load_connection::state::waiting)
      lost(at, got == event::failed ? result_.closed : result_.malformed);
    return;  // the next sweep connects again
  }
  if (got == event::answered) {
    --waiting_;
    last_answer_ = load_now();
    if (counts(at.intended())) {
      const auto status = static_cast<std::size_t>(std::clamp(at.reader().status(), 0, 599));
      result_.latency.record(last_answer_ - at.intended());
      ++result_.by_status[status];
      ++result_.answered;
      progress_.answered.fetch_add(1, std::memory_order_relaxed);
    }
    if (at.reader().closes())
      return at.close();
  }
  free(at);
}

void load_worker::sweep(std::uint64_t now) {
  const auto limit = nanoseconds(options_.timeout);
  for (auto& each : connections_) {
    using state = load_connection::state;
    if (each->at() == state::waiting && now - each->since() > limit) {
      if (counts(each->intended()))
        result_.latency.record(now - each->intended());
      lost(*each, result_.timed_out);
      each->close();
    } else if (each->at() != state::idle && each->at() != state::waiting &&
               (each->at() == state::closed || now - each->since() > limit)) {
      ++result_.reconnects;
      each->open(now);
    }
  }
}

std::uint64_t load_worker::patience(std::uint64_t now) const {
  if (options_.rate <= 0 || idle_.empty() || left_ == 0)
    return sweep_gap;
  const auto due = times_.start + schedule_.due();
  return due <= now ? 0 : std::min(due - now, sweep_gap);
}

bool load_worker::over(std::uint64_t now) const {
  if (progress_.interrupted)
    return true;
  if (waiting_ > 0)
    return false;
  if (options_.rate <= 0)
    return !may_start(now);
  return left_ == 0 || times_.start + schedule_.due() >= times_.end || now > times_.end + grace;
}

/// Requests of a fixed rate that were due but found no free connection: each waited from its
/// intended start to the end at least.
void load_worker::give_up_unsent() {
  const auto now = load_now();
  for (; options_.rate > 0 && left_ > 0; --left_, schedule_.advance()) {
    const auto intended = times_.start + schedule_.due();
    if (intended >= std::min(now, times_.end))
      return;
    if (!counts(intended))
      continue;
    ++result_.unsent;
    result_.latency.record(now - intended);
  }
}

void load_worker::work(const load_times& times) {
  times_ = times;
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // a fixed rate must not start 50 us late
  auto now = load_now();
  while (now < times_.start && !progress_.interrupted) {
    poll(std::min(times_.start - now, sweep_gap), [](load_connection& at) { at.on_ready(); });
    now = load_now();
  }
  auto cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
  bool counted = false;
  auto next_sweep = now + sweep_gap;
  for (auto& each : connections_)
    if (each->at() == load_connection::state::idle)
      free(*each);
  const std::function<void(load_connection&)> ready = [this](load_connection& at) { handle(at); };
  while (!over(now)) {
    if (!counted && now >= times_.counted) {
      cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
      counted = true;
    }
    if (options_.rate > 0)
      send_due(now);
    poll(patience(load_now()), ready);
    now = load_now();
    if (now >= next_sweep) {
      sweep(now);
      next_sweep = now + sweep_gap;
    }
  }
  give_up_unsent();
  result_.client_cpu = static_cast<double>(read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu) / 1e9;
  if (last_answer_ > times_.counted)
    result_.seconds = static_cast<double>(last_answer_ - times_.counted) / 1e9;
}

}  // namespace glados::app
