// Counters, gauges and histograms, and the registry that prints them for Prometheus.
//
// All series are made when the process starts, from fixed sets of label values; the code that
// counts keeps a reference. Counting is one relaxed atomic addition on a cache line that few
// threads share: no lock, no allocation, no look-up by name. Nothing here sees a request, so no
// label can carry an identifier.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glados::telemetry {

inline constexpr std::size_t metric_slots = 8;

/// Which of the slots the calling thread adds to; fixed for the life of the thread.
std::size_t metric_slot() noexcept;

/// Only grows. Owned by a registry, used from any thread.
class counter {
 public:
  counter() = default;
  counter(const counter&) = delete;
  counter& operator=(const counter&) = delete;

  void add(std::uint64_t n = 1) noexcept {
    slots_[metric_slot()].value.fetch_add(n, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept;

 private:
  struct alignas(64) slot {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<slot, metric_slots> slots_;
};

/// Goes up and down. Owned by a registry, used from any thread.
class gauge {
 public:
  gauge() = default;
  gauge(const gauge&) = delete;
  gauge& operator=(const gauge&) = delete;

  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations in fixed buckets from 50 us to 10 s. Owned by a registry, used from any thread.
class histogram {
 public:
  using duration = std::chrono::nanoseconds;
  static constexpr std::array<duration, 16> bounds{
      std::chrono::microseconds{50},   std::chrono::microseconds{100},
      std::chrono::microseconds{250},  std::chrono::microseconds{500},
      std::chrono::milliseconds{1},    std::chrono::microseconds{2500},
      std::chrono::milliseconds{5},    std::chrono::milliseconds{10},
      std::chrono::milliseconds{25},   std::chrono::milliseconds{50},
      std::chrono::milliseconds{100},  std::chrono::milliseconds{250},
      std::chrono::milliseconds{500},  std::chrono::seconds{1},
      std::chrono::milliseconds{2500}, std::chrono::seconds{10}};
  /// One bucket a bound and one for what is longer than all of them.
  using buckets = std::array<std::uint64_t, bounds.size() + 1>;
  struct snapshot {
    buckets counts{};
    duration sum{0};
  };

  histogram() = default;
  histogram(const histogram&) = delete;
  histogram& operator=(const histogram&) = delete;

  /// A negative duration counts as zero. A duration equal to a bound is in that bound's bucket.
  void observe(duration took) noexcept;
  snapshot read() const noexcept;

 private:
  struct alignas(64) slot {
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts{};
    std::atomic<std::int64_t> sum_ns{0};
  };
  std::array<slot, metric_slots> slots_;
};

struct label {
  std::string_view name;
  std::string_view value;
};
using labels = std::initializer_list<label>;

/// One series of a family that is read when somebody asks: the values of its two labels.
struct labelled {
  std::array<std::string, 2> values;
  double figure = 0;
};

/// Owns every series. Adding belongs to the start, in one thread; after that `expose` may be called
/// from any thread while others count. The series live as long as the registry.
class registry {
 public:
  registry();
  ~registry();
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;

  /// `name` begins with glados_; calls with one name must agree in kind, and each label set may
  /// come once. A breach throws std::logic_error: it is a mistake in the program, found at its
  /// start.
  counter& add_counter(std::string_view name, std::string_view help, labels set = {});
  gauge& add_gauge(std::string_view name, std::string_view help, labels set = {});
  histogram& add_histogram(std::string_view name, std::string_view help, labels set = {});

  /// A gauge read when somebody asks; `read` runs in the asking thread and must not block.
  void add_gauge_reader(std::string_view name, std::string_view help, labels set,
                        std::function<double()> read);

  /// Gauges of things that come and go, one series each: `read` answers the value of the label and
  /// the figure of each; the same rules.
  void add_gauge_family(std::string_view name, std::string_view help, std::string_view label_name,
                        std::function<std::vector<std::pair<std::string, double>>()> read);

  /// Counters by two labels whose values come from a set too large to make a series of each: `read`
  /// answers those that counted anything; the same rules.
  void add_counter_family(std::string_view name, std::string_view help,
                          std::array<std::string_view, 2> label_names,
                          std::function<std::vector<labelled>()> read);

  /// Prometheus text format 0.0.4, families in order of name.
  std::string expose() const;

 private:
  struct content;
  std::unique_ptr<content> content_;
};

}  // namespace glados::telemetry
