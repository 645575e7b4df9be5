#include "http/transport.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace glados::http {

namespace {

using Pistache::Polling::Mode;
using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;

constexpr std::chrono::milliseconds tick_length{250};

/// After how many events what they asked for is worked off: together costs less, as code and tables
/// stay in the caches, but the first of them waits for the others to be read (some 5 us each).
constexpr std::size_t events_together = 16;

/// Marks epoll tags of connections; the others are descriptor numbers.
constexpr std::uint64_t connection_mark = std::uint64_t{1} << 63U;
constexpr std::uint32_t generation_mask = 0x7fffffff;

std::uint64_t tag_of(connection_id id) {
  return connection_mark | (std::uint64_t{id.generation} << 32U) | id.slot;
}

bool known_to_pistache(std::string_view method) {
  static constexpr std::array<std::string_view, 9> known{
      "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT"};
  for (auto one : known)
    if (one == method)
      return true;
  return false;
}

}  // namespace

transport::transport(shared& common, worker& home,
                     const std::shared_ptr<Pistache::Tcp::Handler>& handler)
    : Pistache::Tcp::Transport(handler),
      connection_host(common.options, home),
      shared_(common),
      handler_(handler) {}

std::shared_ptr<Pistache::Aio::Handler> transport::clone() const {
  auto& home = *shared_.workers.at(shared_.next_worker++);
  auto copy = std::make_shared<transport>(shared_, home, handler_->clone());
  home.attach(copy.get());
  return copy;
}

void transport::registerPoller(Pistache::Polling::Epoll& poller) {
  Pistache::Tcp::Transport::registerPoller(poller);
  poller_ = &poller;
  for (const int descriptor : {self.wake_fd(), self.timer_fd()})
    poller.addFd(descriptor, Pistache::Flags<NotifyOn>(NotifyOn::Read),
                 Tag(static_cast<std::uint64_t>(descriptor)), Mode::Edge);
}

void transport::onReady(const Pistache::Aio::FdSet& events) {
  self.begin_round();
  std::vector<Pistache::Polling::Event> others;
  std::size_t handled = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    const auto tag = event.getTag().value();
    if ((tag & connection_mark) != 0) {
      on_socket(tag, event.isHangup());
      if (++handled % events_together == 0)
        self.drain_sinks();
    } else if (tag != static_cast<std::uint64_t>(self.wake_fd()) &&
               tag != static_cast<std::uint64_t>(self.timer_fd())) {
      Pistache::Polling::Event other(event.getTag());
      other.flags.setFlag(NotifyOn::Read);
      others.push_back(other);
    }
  }
  try {
    if (!others.empty())
      Pistache::Tcp::Transport::onReady(Pistache::Aio::FdSet(std::move(others)));
  } catch (...) {
    self.counters().exceptions.add();
  }
  self.end_round();
  bury_dead();
}

void transport::on_socket(std::uint64_t tag, bool hangup) {
  auto* line = find(static_cast<std::uint32_t>(tag),
                    static_cast<std::uint32_t>(tag >> 32U) & generation_mask);
  if (!line)
    return;
  try {
    line->on_event(hangup);
  } catch (...) {
    self.counters().exceptions.add();
    line->close(false);
  }
}

connection* transport::find(std::uint32_t index, std::uint32_t generation) const {
  if (index >= slots_.size() || slots_[index].generation != generation)
    return nullptr;
  auto* line = slots_[index].line.get();
  return line && !line->is_closed() ? line : nullptr;
}

bool transport::answer(std::uint32_t index, std::uint32_t generation, std::uint64_t ordinal,
                       response&& reply) {
  auto* line = find(index, generation);
  return line && line->answer(ordinal, std::move(reply));
}

bool transport::open(std::uint32_t index, std::uint32_t generation, std::uint64_t ordinal) const {
  const auto* line = find(index, generation);
  return line && line->open(ordinal);
}

void transport::judge_again(std::uint32_t index, std::uint32_t generation, std::uint64_t ordinal) {
  if (auto* line = find(index, generation))
    line->judge_again(ordinal);
}

// Pistache gets the request line only. The headers were judged before, stricter than it would; its
// typed header parsers throw at some legal values, and the body would be copied twice.
void transport::deliver(connection& from, const request& what) {
  const auto here = from.current();
  delivering_ = &from;
  delivered_ = &what;
  try {
    if (known_to_pistache(what.method)) {
      line_.assign(what.method).append(" ").append(what.path).append(" HTTP/1.1\r\n\r\n");
      const auto peer = slots_[from.id().slot].peer;
      handler_->onInput(line_.data(), line_.size(), peer);
    } else {
      on_parsed();  // an extension method: the routes answer 405
    }
    if (delivered_)
      here.answer(options.framing_problem(errc::malformed_request, "bad request line",
                                          what.header("X-Request-Id")));
  } catch (...) {
    self.counters().exceptions.add();
    here.answer(
        options.framing_problem(errc::internal, "unexpected failure", what.header("X-Request-Id")));
  }
  delivering_ = nullptr;
  delivered_ = nullptr;
}

void transport::on_parsed() {
  const auto* what = std::exchange(delivered_, nullptr);
  if (!what)
    return;
  const auto here = delivering_->current();
  try {
    shared_.on_request(here, *what);
  } catch (...) {  // nothing of the exception's text leaves the process
    self.counters().exceptions.add();
    here.answer(options.framing_problem(errc::internal, "unexpected failure",
                                        what->header("X-Request-Id")));
  }
}

void transport::adopt(accepted_connection&& fresh) {
  if (stopping_)
    return give_up(fresh);
  const int descriptor = fresh.descriptor;
  auto* tls = fresh.tls.get();
  if (free_.empty()) {
    slots_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  const auto index = free_.back();
  auto& place = slots_[index];
  const connection_id id{index, place.generation};
  try {
    const auto address =
        Pistache::Address::fromUnix(reinterpret_cast<struct sockaddr*>(&fresh.peer));
    place.line = std::make_unique<connection>(*this, id, descriptor, tls, std::move(fresh.client),
                                              std::move(fresh.remote_address));
    place.peer = Pistache::Tcp::Peer::CreateSSL(descriptor, address, tls);
    static_cast<void>(fresh.tls.release());  // the peer owns it
    handleNewPeer(place.peer);
    // Once for the connection's life: with edges both ways no request needs epoll_ctl.
    const Pistache::Flags<NotifyOn> all(NotifyOn::Read | NotifyOn::Write | NotifyOn::Shutdown);
    poller_->rearmFd(descriptor, all, Tag(tag_of(id)), Mode::Edge);
  } catch (...) {
    self.counters().exceptions.add();
    place.line.reset();
    place.peer.reset();
    peers.erase(descriptor);
    return give_up(fresh);
  }
  free_.pop_back();
  self.counters().connections.add();
  if (!ticking_)
    tick();
  place.line->on_event(false);  // input may wait in the TLS layer already: no edge will tell
}

void transport::give_up(accepted_connection& unwanted) {
  unwanted.tls.reset();
  ::close(unwanted.descriptor);
  shared_.open.one_closed();
}

void transport::bury(connection& dead) { dead_.push_back(dead.id().slot); }

/// Frees what was closed in this round. Late events and answers find another generation.
void transport::bury_dead() {
  for (const auto index : dead_) {
    auto& place = slots_[index];
    const int descriptor = place.line->descriptor();
    place.line.reset();
    try {
      removePeer(place.peer);
    } catch (...) {
      self.counters().exceptions.add();
      peers.erase(descriptor);
    }
    place.peer.reset();
    place.generation = (place.generation + 1) & generation_mask;
    free_.push_back(index);
    self.counters().connections.sub();
    shared_.open.one_closed();
  }
  dead_.clear();
}

void transport::resume_later(connection& busy) {
  self.post([this, id = busy.id()] {
    if (auto* line = find(id.slot, id.generation))
      line->resume();
  });
}

void transport::tick() {
  const auto now = self.now();
  for (std::size_t index = 0; index < slots_.size(); ++index)
    if (auto* line = slots_[index].line.get())
      line->on_tick(now);
  ticking_ = free_.size() < slots_.size();
  if (ticking_)
    self.after(tick_length, [this] { tick(); });
}

void transport::begin_drain() {
  draining = true;
  const auto idle_until = self.now() + options.drain_idle_grace;
  for (auto& place : slots_)
    if (place.line)
      place.line->begin_drain(idle_until);
}

void transport::close_all() {
  stopping_ = true;
  for (auto& place : slots_)
    if (place.line)
      place.line->close(true);
}

void parsed_request_handler::onRequest(const Pistache::Http::Request&,
                                       Pistache::Http::ResponseWriter) {
  static_cast<class transport*>(transport())->on_parsed();
}

}  // namespace glados::http
