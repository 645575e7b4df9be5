// One worker's connections inside Pistache's reactor. It takes the place of Pistache's reading and
// writing: one read an event, framing before parsing, answers written straight to the connection
// they belong to. What is left of Pistache: reactor, peers, request parser. Nothing of its write,
// timer and peer queues is used (they lose wake-ups and know connections by descriptor only).
//
// Owned by the reactor (as a clone per worker). Everything runs on the worker's thread, except that
// `bind` is called before it starts. Includes Pistache: for http/*.cpp only.
#pragma once

#include <pistache/http.h>
#include <pistache/peer.h>
#include <pistache/transport.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "http/acceptor.hpp"
#include "http/connection.hpp"
#include "http/worker.hpp"

namespace glados::http {

/// Descriptors of one server from accept to close, and who waits for the last one.
struct open_count {
  std::atomic<std::size_t> number{0};
  std::mutex mutex;
  std::condition_variable none_left;

  void one_closed() {
    if (number.fetch_sub(1) == 1) {
      std::lock_guard guard(mutex);
      none_left.notify_all();
    }
  }
};

class transport final : public Pistache::Tcp::Transport,
                        public answer_table,
                        public connection_host {
 public:
  /// What all workers of a server share; outlives them.
  struct shared {
    const server_options& options;
    const server::handler& on_request;
    std::vector<std::unique_ptr<worker>>& workers;
    open_count& open;
    std::size_t next_worker = 0;  ///< whose clone comes next
  };

  transport(shared& common, worker& home, const std::shared_ptr<Pistache::Tcp::Handler>& handler);

  std::shared_ptr<Pistache::Aio::Handler> clone() const override;
  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& events) override;

  void adopt(accepted_connection&& fresh);
  void begin_drain();
  void close_all();  ///< also refuses what is adopted later
  /// Pistache has parsed the request that `deliver` gave it.
  void on_parsed();

  bool answer(std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal,
              response&& reply) override;
  bool open(std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal) const override;
  void judge_again(std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal) override;
  void deliver(connection& from, const request& what) override;
  void bury(connection& dead) override;
  void resume_later(connection& busy) override;

 private:
  struct slot {
    std::uint32_t generation = 0;
    std::shared_ptr<Pistache::Tcp::Peer> peer;
    std::unique_ptr<connection> line;
  };

  connection* find(std::uint32_t index, std::uint32_t generation) const;
  void on_socket(std::uint64_t tag, bool hangup);
  void tick();
  void bury_dead();
  void give_up(accepted_connection& unwanted);

  shared& shared_;
  std::shared_ptr<Pistache::Tcp::Handler> handler_;
  Pistache::Polling::Epoll* poller_ = nullptr;
  std::deque<slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> dead_;
  bool ticking_ = false;
  bool stopping_ = false;
  connection* delivering_ = nullptr;
  const request* delivered_ = nullptr;
  std::string line_;  ///< the request line for Pistache
};

/// Pistache's side of a request: passes it on to the transport that fed it.
class parsed_request_handler final : public Pistache::Http::Handler {
 public:
  HTTP_PROTOTYPE(parsed_request_handler)
  void onRequest(const Pistache::Http::Request& parsed,
                 Pistache::Http::ResponseWriter writer) override;
};

}  // namespace glados::http
