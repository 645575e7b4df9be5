#include "telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <variant>

namespace glados::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

double in_seconds(histogram::duration span) { return std::chrono::duration<double>(span).count(); }

/// A histogram's buckets are cumulative in the text format, and its count is that of the last one,
/// so that both agree even while other threads go on counting.
ClientMetric::Histogram to_client(const histogram::snapshot& seen) {
  ClientMetric::Histogram out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < histogram::bounds.size(); ++i) {
    total += seen.counts[i];
    out.bucket.push_back({total, in_seconds(histogram::bounds[i])});
  }
  out.sample_count = total + seen.counts.back();
  out.bucket.push_back({out.sample_count, std::numeric_limits<double>::infinity()});
  out.sample_sum = in_seconds(seen.sum);
  return out;
}

struct series {
  std::vector<ClientMetric::Label> set;
  std::variant<std::unique_ptr<counter>, std::unique_ptr<gauge>, std::unique_ptr<histogram>,
               std::function<double()>>
      source;
};

struct family {
  std::string help;
  MetricType type;
  std::vector<series> all;
  /// Or these, named anew each time.
  std::function<std::vector<ClientMetric>()> read{};
};

ClientMetric to_client(const series& one) {
  ClientMetric out;
  out.label = one.set;
  if (auto* count = std::get_if<std::unique_ptr<counter>>(&one.source))
    out.counter.value = static_cast<double>((*count)->value());
  else if (auto* level = std::get_if<std::unique_ptr<gauge>>(&one.source))
    out.gauge.value = static_cast<double>((*level)->value());
  else if (auto* spread = std::get_if<std::unique_ptr<histogram>>(&one.source))
    out.histogram = to_client((*spread)->read());
  else
    out.gauge.value = std::get<std::function<double()>>(one.source)();
  return out;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::size_t metric_slot() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % metric_slots;
  return mine;
}

std::uint64_t counter::value() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& one : slots_) sum += one.value.load(std::memory_order_relaxed);
  return sum;
}

void histogram::observe(duration took) noexcept {
  took = std::max(took, duration{0});
  auto bucket = std::lower_bound(bounds.begin(), bounds.end(), took) - bounds.begin();
  auto& mine = slots_[metric_slot()];
  mine.counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  mine.sum_ns.fetch_add(took.count(), std::memory_order_relaxed);
}

histogram::snapshot histogram::read() const noexcept {
  snapshot out;
  for (const auto& one : slots_) {
    for (std::size_t i = 0; i < one.counts.size(); ++i)
      out.counts[i] += one.counts[i].load(std::memory_order_relaxed);
    out.sum += duration{one.sum_ns.load(std::memory_order_relaxed)};
  }
  return out;
}

struct registry::content {
  std::map<std::string, family, std::less<>> families;

  series& add(std::string_view name, std::string_view help, MetricType type, labels set) {
    if (!name.starts_with("glados_") || !is_name(name))
      throw std::logic_error("metric name: " + std::string{name});
    series next;
    for (const auto& [key, value] : set) {
      if (!is_name(key))
        throw std::logic_error("label name: " + std::string{key});
      next.set.push_back({std::string{key}, std::string{value}});
    }
    auto [found, fresh] = families.try_emplace(std::string{name}, family{});
    auto& home = found->second;
    if (fresh) {
      home.help = help;
      home.type = type;
    }
    bool known = std::any_of(home.all.begin(), home.all.end(),
                             [&next](const series& one) { return one.set == next.set; });
    if (home.type != type || known)
      throw std::logic_error("metric added twice: " + std::string{name});
    return home.all.emplace_back(std::move(next));
  }

  void add_family(std::string_view name, std::string_view help, MetricType type, labels set,
                  std::function<std::vector<ClientMetric>()> read) {
    add(name, help, type, set);
    auto& home = families.find(name)->second;
    home.all.clear();
    home.read = std::move(read);
  }

  template <class T>
  T& add_owned(std::string_view name, std::string_view help, MetricType type, labels set) {
    auto& home = add(name, help, type, set);
    home.source = std::make_unique<T>();
    return *std::get<std::unique_ptr<T>>(home.source);
  }
};

registry::registry() : content_(std::make_unique<content>()) {}
registry::~registry() = default;

counter& registry::add_counter(std::string_view name, std::string_view help, labels set) {
  return content_->add_owned<counter>(name, help, MetricType::Counter, set);
}

gauge& registry::add_gauge(std::string_view name, std::string_view help, labels set) {
  return content_->add_owned<gauge>(name, help, MetricType::Gauge, set);
}

histogram& registry::add_histogram(std::string_view name, std::string_view help, labels set) {
  return content_->add_owned<histogram>(name, help, MetricType::Histogram, set);
}

void registry::add_gauge_reader(std::string_view name, std::string_view help, labels set,
                                std::function<double()> read) {
  content_->add(name, help, MetricType::Gauge, set).source = std::move(read);
}

void registry::add_gauge_family(std::string_view name, std::string_view help,
                                std::string_view label_name,
                                std::function<std::vector<std::pair<std::string, double>>()> read) {
  content_->add_family(name, help, MetricType::Gauge, {{label_name, {}}},
                       [label = std::string(label_name), read = std::move(read)] {
                         std::vector<ClientMetric> out;
                         for (const auto& [value, figure] : read()) {
                           auto& next = out.emplace_back();
                           next.label.push_back({label, value});
                           next.gauge.value = figure;
                         }
                         return out;
                       });
}

void registry::add_counter_family(std::string_view name, std::string_view help,
                                  std::array<std::string_view, 2> label_names,
                                  std::function<std::vector<labelled>()> read) {
  content_->add_family(name, help, MetricType::Counter,
                       {{label_names[0], {}}, {label_names[1], {}}},
                       [first = std::string(label_names[0]), second = std::string(label_names[1]),
                        read = std::move(read)] {
                         std::vector<ClientMetric> out;
                         for (const auto& one : read()) {
                           auto& next = out.emplace_back();
                           next.label = {{first, one.values[0]}, {second, one.values[1]}};
                           next.counter.value = one.figure;
                         }
                         return out;
                       });
}

std::string registry::expose() const {
  std::vector<MetricFamily> out;
  for (const auto& [name, one] : content_->families) {
    MetricFamily next{name, one.help, one.type, {}};
    for (const auto& each : one.all) next.metric.push_back(to_client(each));
    if (one.read)
      for (auto& each : one.read()) next.metric.push_back(std::move(each));
    out.push_back(std::move(next));
  }
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, out);
  return text.str();
}

}  // namespace glados::telemetry
