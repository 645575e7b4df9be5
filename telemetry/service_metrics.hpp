// The metrics of GLADOS by name. One object a process, made by app/ before the threads start and
// handed by reference to whoever counts; every member may be used from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "telemetry/metrics.hpp"

namespace glados::telemetry {

enum class handshake_outcome : std::uint8_t { done, resumed, failed, timed_out, refused, count_ };
enum class send_channel : std::uint8_t { sms, voice, email, count_ };
enum class send_outcome : std::uint8_t { accepted, temporary, permanent, refused, count_ };
enum class provenance : std::uint8_t { sms, voice, email, asserted, count_ };
enum class actor_kind : std::uint8_t {
  gate,
  shard,
  mapping,
  verification,
  session,
  store_worker,
  pump,
  notifier,
  other,
  count_
};

std::string_view to_string(handshake_outcome value);
std::string_view to_string(send_channel value);
std::string_view to_string(send_outcome value);
std::string_view to_string(provenance value);
std::string_view to_string(actor_kind value);

class service_metrics {
 public:
  /// `routes`: the names of the route table; a request's `route` is an index into it. One more,
  /// named "none", stands for requests that match no route.
  explicit service_metrics(const std::vector<std::string_view>& routes);

  /// One answered request. `route` past the end counts as "none"; `status` is the HTTP status.
  void request(std::size_t route, int status, std::chrono::nanoseconds took) noexcept;
  void handshake(handshake_outcome outcome) noexcept { handshakes_[index(outcome)]->add(); }
  void lookup(bool hit) noexcept { (hit ? lookup_hits_ : lookup_misses_).add(); }
  void send(send_channel channel, send_outcome outcome) noexcept {
    sends_[index(channel)][index(outcome)]->add();
  }
  void mapping_created(provenance by) noexcept { mappings_[index(by)]->add(); }
  void actor_started(actor_kind kind) noexcept { actors_[index(kind)]->add(1); }
  void actor_ended(actor_kind kind) noexcept { actors_[index(kind)]->add(-1); }
  /// Time a message waited between send and handling.
  void mailbox_wait(std::chrono::nanoseconds waited) noexcept { mailbox_age_.observe(waited); }
  void redis_answer(std::chrono::nanoseconds took) noexcept { redis_latency_.observe(took); }
  void redis_failed() noexcept { redis_failures_.add(); }
  void redis_queued(std::int64_t commands) noexcept { redis_queue_.set(commands); }
  void connection_opened() noexcept { connections_.add(1); }
  void connection_closed() noexcept { connections_.add(-1); }
  void refused_at_admission() noexcept { shed_.add(); }

  /// For metrics of one folder only; add them at the start.
  registry& more() noexcept { return all_; }
  std::string expose() const { return all_.expose(); }

 private:
  template <class E>
  static constexpr std::size_t index(E value) {
    return static_cast<std::size_t>(value);
  }
  static constexpr std::size_t status_classes = 6;  // "other", 1xx to 5xx
  struct route_series {
    std::array<counter*, status_classes> by_status;
    histogram* latency;
  };
  template <class E>
  using per = std::array<counter*, static_cast<std::size_t>(E::count_)>;

  registry all_;
  std::vector<route_series> routes_;
  per<handshake_outcome> handshakes_;
  std::array<per<send_outcome>, static_cast<std::size_t>(send_channel::count_)> sends_;
  per<provenance> mappings_;
  std::array<gauge*, static_cast<std::size_t>(actor_kind::count_)> actors_;
  counter& lookup_hits_;
  counter& lookup_misses_;
  counter& redis_failures_;
  counter& shed_;
  gauge& redis_queue_;
  gauge& connections_;
  histogram& mailbox_age_;
  histogram& redis_latency_;
};

}  // namespace glados::telemetry
