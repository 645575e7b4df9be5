#include "load/keys.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace glados::load {
namespace {

constexpr std::uint64_t largest_space = 10'000'000;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc() || end != text.data() + text.size())
    return {};
  return out;
}

}  // namespace

std::optional<key_space> parse_key_space(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos)
    return {};
  const auto base = number(text.substr(0, dots));
  const auto count = number(text.substr(dots + 2));
  if (!base || !count || *base == 0 || dots > 15 || *count == 0 || *count > largest_space)
    return {};
  key_space out;
  out.base = *base;
  out.count = *count;
  const auto last = std::to_string(out.base + 2 * out.count - 1);
  return last.size() == dots ? std::optional(out) : std::nullopt;
}

zipf_table::zipf_table(std::uint64_t count, double exponent) {
  double sum = 0;
  sums_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i)
    sums_.push_back(sum += std::pow(static_cast<double>(i + 1), -exponent));
}

std::uint64_t zipf_table::rank(double uniform) const {
  const auto at = std::upper_bound(sums_.begin(), sums_.end(), uniform * sums_.back());
  return std::min<std::uint64_t>(static_cast<std::uint64_t>(at - sums_.begin()), sums_.size() - 1);
}

key_picker::key_picker(const key_space& space, std::uint64_t seed, unsigned lane, unsigned lanes,
                       std::shared_ptr<const zipf_table> popularity)
    : space_(space),
      chance_(seed, "numbers", lane),
      turn_(lane),
      step_(lanes),
      popularity_(std::move(popularity)) {}

std::uint64_t key_picker::next() {
  if (space_.sequential) {
    const auto all = space_.unknown_share > 0 ? 2 * space_.count : space_.count;
    const auto at = turn_ % all;
    turn_ += step_;
    return space_.base + at;
  }
  const bool unknown = chance_.uniform() < space_.unknown_share;
  const auto rank =
      popularity_
          ? popularity_->rank(chance_.uniform())
          : static_cast<std::uint64_t>(chance_.uniform() * static_cast<double>(space_.count));
  return space_.base + rank + (unknown ? space_.count : 0);
}

}  // namespace glados::load
