#include "app/load_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace glados::app {
namespace {

constexpr unsigned precision = 7;  // 2^7 buckets a power of two
constexpr std::uint64_t linear = 1ULL << precision;
constexpr unsigned widest = 40;
constexpr std::uint64_t largest = (1ULL << widest) - 1;
constexpr std::size_t bucket_count = (widest - precision + 1) * linear;

}  // namespace

latency_histogram::latency_histogram() : buckets_(bucket_count) {}

std::size_t latency_histogram::bucket_of(std::uint64_t value) {
  value = std::min(value, largest);
  if (value < linear)
    return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - precision;
  return (shift + 1) * linear + ((value >> shift) - linear);
}

std::uint64_t latency_histogram::end_of(std::size_t bucket) {
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
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double latency_histogram::mean() const {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

std::uint64_t latency_histogram::percentile(double percent) const {
  const double share = std::clamp(percent, 0.0, 100.0) / 100.0 * static_cast<double>(count_);
  // The subtraction keeps 99.9 % of 1,000 at the 999th in spite of binary fractions.
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share - 1e-6)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i + 1 < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen >= rank)
      return std::min(end_of(i), max_);
  }
  return max_;
}

}  // namespace glados::app
