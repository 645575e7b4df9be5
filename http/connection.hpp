// One client connection after its handshake: reads, frames, hands over one request at a time,
// writes the answer, and ends in time whatever the client does.
//
//            first byte      head done        all read          answered          all written
//   idle ───────────────▸ head ───────▸ body ───────▸ handling ───────▸ writing ─────────────▸ idle
//     ▴              waiting ◂─▸ │ no body ────────────────▴                  │ close wanted
//     └── kept alive ◂──────────────────────────────────────┘              ▾
//                                     (refused: straight to writing)   lingering ──▸ closed
//
// Owned by its worker's transport; everything runs on that worker's thread. Further requests that a
// client sent ahead are kept back until the one before is written, so answers keep their order.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/framing.hpp"
#include "http/message.hpp"
#include "http/serialize.hpp"
#include "http/server.hpp"

namespace glados::http {

class connection;

/// What the connections of one worker share: limits, buffers, and the way to the handler.
class connection_host {
 public:
  connection_host(const server_options& limits, worker& home)
      : options(limits), self(home), scratch(scratch_size, '\0') {}
  virtual ~connection_host() = default;

  /// Brings the request to the handler. Never throws.
  virtual void deliver(connection& from, const request& what) = 0;
  /// The connection is closed: forget it when this round of events is over.
  virtual void bury(connection& dead) = 0;
  /// Calls `resume` on the connection after other work had its turn.
  virtual void resume_later(connection& busy) = 0;

  static constexpr std::size_t scratch_size = 16 * 1024;
  const server_options& options;
  worker& self;
  bool draining = false;
  std::string scratch;  ///< where reads land
  std::string out;      ///< where responses are built
  request_head head;    ///< where heads are parsed
  date_line date;
};

/// Names a connection of one worker for good: slots are used again, generations are not.
struct connection_id {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

class connection {
 public:
  using clock = worker::clock;

  /// `tls` is borrowed from the Pistache peer, which outlives the connection.
  connection(connection_host& host, connection_id id, int descriptor, SSL* tls,
             client_identity client, std::string remote_address);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void on_event(bool hangup);
  void on_tick(clock::time_point now);
  void resume();
  void begin_drain(clock::time_point idle_until);
  void close(bool politely);

  bool answer(std::uint64_t ordinal, response&& reply);
  bool open(std::uint64_t ordinal) const;
  void judge_again(std::uint64_t ordinal);

  connection_id id() const { return id_; }
  exchange current() const { return {&host_.self, id_.slot, id_.generation, ordinal_}; }
  bool is_closed() const { return phase_ == phase::closed; }
  int descriptor() const { return descriptor_; }

 private:
  enum class phase : std::uint8_t {
    idle,
    head,
    body,
    waiting,
    handling,
    writing,
    lingering,
    closed
  };

  bool reading() const { return phase_ <= phase::body; }
  void due_in(std::chrono::milliseconds span) { deadline_ = host_.self.now() + span; }
  void read();
  void take(std::string_view data);
  void pump();
  std::size_t consume(std::string_view data);
  std::size_t take_head(std::string_view rest);
  bool permit_body(const request_head& head);
  std::size_t take_body(std::string_view rest);
  void begin_body(std::string_view head_text, std::string_view rest);
  void dispatch(const request_head& head, std::string_view body);
  void refuse(refusal why, std::string_view request_id = {});
  void respond(const response& reply, const answer_form& form);
  std::size_t write_some(std::string_view data);
  void flush();
  void written();
  void linger();
  void discard();
  void go_idle();

  connection_host& host_;
  const connection_id id_;
  const int descriptor_;
  SSL* const tls_;
  phase phase_ = phase::idle;
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_only_ = false;
  bool chunked_ = false;
  bool close_after_ = false;
  bool in_dispatch_ = false;
  bool readable_ = false;  ///< more input may wait that no event will announce
  std::uint64_t ordinal_ = 0;
  clock::time_point deadline_;
  std::uint64_t body_left_ = 0;
  std::size_t body_limit_ = 0;
  head_scanner scanner_;
  chunked_reader chunks_;
  std::string in_;    ///< an unfinished head, or requests kept back
  std::string head_;  ///< the head of a request whose body is not here yet
  std::string body_;
  std::string out_;  ///< an answer the client has not taken all of
  std::size_t out_sent_ = 0;
  client_identity client_;
  const std::string remote_address_;
};

}  // namespace glados::http
