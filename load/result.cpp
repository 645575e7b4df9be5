#include "load/result.hpp"

#include <algorithm>

namespace glados::load {

void tally::merge(const tally& other) {
  latency.merge(other.latency);
  for (std::size_t i = 0; i < by_status.size(); ++i) by_status[i] += other.by_status[i];
  answered += other.answered;
  closed += other.closed;
  timed_out += other.timed_out;
  malformed += other.malformed;
  unsent += other.unsent;
}

void result::merge(const result& other) {
  for (std::size_t i = 0; i < operations.size(); ++i) operations[i].merge(other.operations[i]);
  reconnects += other.reconnects;
  codes_missing += other.codes_missing;
  for (std::size_t i = 0; i < not_done.size(); ++i) not_done[i] += other.not_done[i];
  handshakes.merge(other.handshakes);
  client_cpu += other.client_cpu;
  seconds = std::max(seconds, other.seconds);
}

tally result::all() const {
  tally out;
  for (const auto& each : operations) out.merge(each);
  return out;
}

}  // namespace glados::load
