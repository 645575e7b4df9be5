#include "load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace glados::load {
namespace {

constexpr unsigned widest = 40;
constexpr std::uint64_t largest = (1ULL << widest) - 1;

}  // namespace

latency_histogram::latency_histogram(unsigned precision)
    : precision_(precision), buckets_((widest - precision + 1) << precision) {}

std::size_t latency_histogram::bucket_of(std::uint64_t value) const {
  value = std::min(value, largest);
  const auto linear = 1ULL << precision_;
  if (value < linear)
    return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - precision_;
  return (shift + 1) * linear + ((value >> shift) - linear);
}

std::uint64_t latency_histogram::end_of(std::size_t bucket) const {
  const auto linear = 1ULL << precision_;
  if (bucket < linear)
    return bucket;
  const auto shift = bucket / linear - 1;
  return ((bucket % linear + linear + 1) << shift) - 1;
}

void latency_histogram::record(std::uint64_t nanoseconds) {
  ++buckets_[bucket_of(nanoseconds)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
  sum_ += static_cast<double>(nanoseconds);
}

void latency_histogram::merge(const latency_histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

void latency_histogram::clear() {
  if (count_ == 0)
    return;
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = max_ = 0;
  sum_ = 0;
}

double latency_histogram::mean() const {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

std::uint64_t latency_histogram::percentile(double percent) const {
  const double share = std::clamp(percent, 0.0, 100.0) / 100.0 * static_cast<double>(count_);
  // The subtraction keeps 99.9 % of 1,000 at the 999th in spite of binary fractions.
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share - 1e-6)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i + 1 < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank)
      return std::min(end_of(i), max_);
  }
  return max_;
}

std::vector<latency_histogram::step> latency_histogram::steps() const {
  std::vector<step> out;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    if (buckets_[i] != 0)
      out.push_back({i + 1 == buckets_.size() ? max_ : std::min(end_of(i), max_), buckets_[i]});
  return out;
}

}  // namespace glados::load
