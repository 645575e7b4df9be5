#include "load/series.hpp"

namespace glados::load {

verdict verdict_of(int status) {
  if (status >= 500)
    return verdict::failed;
  return status >= 400 && status != 404 ? verdict::refused : verdict::good;
}

void interval::add(verdict how, std::uint64_t latency_ns) {
  latency.record(latency_ns);
  ++(how == verdict::good ? good : how == verdict::refused ? refused : failed);
}

void interval::merge(const interval& other) {
  latency.merge(other.latency);
  good += other.good;
  refused += other.refused;
  failed += other.failed;
}

void interval::clear() {
  latency.clear();
  good = refused = failed = 0;
}

void interval_series::add(std::uint64_t second, const interval& what) {
  while (second / width_ >= most_rows) {
    width_ *= 2;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i % 2 == 1)
        rows_[i / 2].merge(rows_[i]);
      else if (i > 0)
        std::swap(rows_[i / 2], rows_[i]);
    }
    rows_.resize((rows_.size() + 1) / 2);
  }
  const auto at = second / width_;
  if (rows_.size() <= at)
    rows_.resize(at + 1);
  rows_[at].merge(what);
}

}  // namespace glados::load
