#include "http/server.hpp"

#include <pistache/reactor.h>

#include <future>
#include <vector>

#include "http/acceptor.hpp"
#include "http/tls_context.hpp"
#include "http/transport.hpp"

namespace glados::http {

namespace {

/// Runs work on every worker and waits until all have done it.
template <class F>
void on_every_worker(std::vector<std::unique_ptr<worker>>& workers, F work) {
  std::vector<std::future<void>> done;
  for (auto& one : workers) {
    auto promise = std::make_shared<std::promise<void>>();
    done.push_back(promise->get_future());
    one->post([promise, work, target = one->answers()] {
      work(static_cast<transport&>(*target));
      promise->set_value();
    });
  }
  for (auto& one : done) one.wait();
}

}  // namespace

struct server::parts {
  server_options options;
  handler on_request;
  tls_context tls;
  open_count open;
  std::vector<std::unique_ptr<worker>> workers;
  transport::shared shared{options, on_request, workers, open, 0};
  std::shared_ptr<Pistache::Aio::Reactor> reactor;
  acceptor door;
  std::size_t next_worker = 0;  ///< acceptor's thread only
  std::uint16_t bound_port = 0;
  bool running = false;

  parts(server_options limits, tls_files files, handler to_call, pinned_lookup pinned)
      : options(std::move(limits)),
        on_request(std::move(to_call)),
        tls("glados." + options.name, std::move(files), std::move(pinned)),
        door(options, tls, open.number,
             [this](accepted_connection&& fresh) { hand_over(std::move(fresh)); }) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i)
      workers.push_back(std::make_unique<worker>(i));
  }

  void hand_over(accepted_connection&& fresh) {
    auto& home = *workers[next_worker++ % workers.size()];
    auto held = std::make_shared<accepted_connection>(std::move(fresh));
    home.post([held, target = home.answers()] {
      static_cast<transport*>(target)->adopt(std::move(*held));
    });
  }

  void start_workers() {
    auto handler = std::make_shared<parsed_request_handler>();
    handler->setMaxRequestSize(options.head_limit + 64);
    reactor = Pistache::Aio::Reactor::create();
    reactor->init(Pistache::Aio::AsyncContext(workers.size(), options.name));
    shared.next_worker = 0;
    reactor->addHandler(std::make_shared<transport>(shared, *workers.front(), handler));
    reactor->run();
  }
};

server::server(server_options options, tls_files files, handler on_request, pinned_lookup pinned) {
  prepare_process();
  parts_ = std::make_unique<parts>(std::move(options), std::move(files), std::move(on_request),
                                   std::move(pinned));
}

server::~server() { stop(); }

void server::start() {
  parts_->start_workers();
  parts_->running = true;
  parts_->door.start();
  parts_->bound_port = parts_->door.port();
}

std::uint16_t server::port() const { return parts_->bound_port; }

bool server::reload(std::string* why) try {
  parts_->tls.reload();
  return true;
} catch (const std::runtime_error& problem) {
  if (why)
    *why = problem.what();
  return false;
}

bool server::reload(tls_files files, std::string* why) try {
  parts_->tls.reload(std::move(files));
  return true;
} catch (const std::runtime_error& problem) {
  if (why)
    *why = problem.what();
  return false;
}

bool server::drain(std::chrono::milliseconds deadline) {
  if (!parts_->running)
    return true;
  parts_->door.close_listener(parts_->options.drain_idle_grace);
  on_every_worker(parts_->workers, [](transport& one) { one.begin_drain(); });
  std::unique_lock lock(parts_->open.mutex);
  const bool finished = parts_->open.none_left.wait_for(
      lock, deadline, [this] { return parts_->open.number.load() == 0; });
  lock.unlock();
  stop();
  return finished;
}

void server::stop() {
  if (!parts_->running)
    return;
  parts_->running = false;
  parts_->door.stop();
  on_every_worker(parts_->workers, [](transport& one) { one.close_all(); });
  parts_->reactor->shutdown();
  parts_->reactor.reset();
  for (auto& one : parts_->workers) one->attach(nullptr);
}

std::size_t server::workers() const { return parts_->workers.size(); }

worker& server::worker_at(std::size_t index) { return *parts_->workers.at(index); }

server_counters server::counters() const {
  server_counters sum;
  const auto& door = parts_->door.counters();
  sum.accepted = door.accepted.get();
  sum.refused_address = door.refused_address.get();
  sum.refused_total = door.refused_total.get();
  sum.evicted = door.evicted.get();
  sum.handshakes_ok = door.handshakes_ok.get();
  sum.handshakes_resumed = door.handshakes_resumed.get();
  sum.handshakes_failed = door.handshakes_failed.get();
  sum.handshakes_timed_out = door.handshakes_timed_out.get();
  sum.handshakes_in_flight = door.handshakes_in_flight.get();
  for (const auto& one : parts_->workers) {
    const auto& counts = one->counters();
    sum.connections += counts.connections.get();
    sum.requests += counts.requests.get();
    sum.requests_in_flight += counts.requests_in_flight.get();
    sum.refused += counts.refused.get();
    sum.late += counts.late.get();
    sum.exceptions += counts.exceptions.get();
    sum.dropped_slow += counts.dropped_slow.get();
    sum.bytes_in += counts.bytes_in.get();
    sum.bytes_out += counts.bytes_out.get();
  }
  return sum;
}

}  // namespace glados::http
