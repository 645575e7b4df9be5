// Codes that were sent and codes that came back right, by country and channel: the conversion of a
// destination, as the metrics show it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "telemetry/metrics.hpp"

namespace glados::http {

/// Of this node. Made at the start; counting is one relaxed addition, from any thread. The counts
/// live as long as the registry that shows them.
class conversion_meter {
 public:
  explicit conversion_meter(telemetry::registry& in);

  void sent(const destination& to, channel way) noexcept { sent_->at(to, way).fetch_add(1, order); }
  void confirmed(const destination& to, channel way) noexcept {
    confirmed_->at(to, way).fetch_add(1, order);
  }

 private:
  static constexpr auto order = std::memory_order_relaxed;
  static constexpr std::size_t letters = 26;
  static constexpr std::size_t channels = 3;

  /// A cell for each two letters that a country may have, and one for what has no country.
  struct grid {
    std::array<std::array<std::atomic<std::uint64_t>, channels>, letters * letters + 1> cells{};
    std::atomic<std::uint64_t>& at(const destination& to, channel way) noexcept;
    /// Those that counted anything.
    std::vector<telemetry::labelled> read() const;
  };

  std::shared_ptr<grid> sent_ = std::make_shared<grid>(), confirmed_ = std::make_shared<grid>();
};

}  // namespace glados::http
