#include "load/errand.hpp"

#include <charconv>

#include "load/json_text.hpp"

namespace glados::load {
namespace {

constexpr double heaviest = 1e9;

std::optional<double> weight_in(std::string_view text) {
  double out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole && out >= 0 && out <= heaviest ? std::optional(out) : std::nullopt;
}

}  // namespace

void errand::guess() {
  now_ = operation::check;
  code_ = std::to_string(100'000 + (number_ * 7919 + guesses_++ * 104'729) % 900'000);
}

errand::next errand::answered(int status, std::string_view body) {
  if (now_ == operation::open) {
    verification_ = status == 202 ? json_member(body, "id") : std::string();
    if (verification_.empty())
      return next::over;
    if (what_ != purpose::guess)
      return next::await_code;
    guess();
    return next::send;
  }
  // Right by chance, or no more checks: whoever guesses goes on with another number.
  if (what_ != purpose::guess || status != 422 || guesses_ >= most_guesses)
    return next::over;
  guess();
  return next::send;
}

errand::next errand::code_came(std::string code) {
  if (code.empty())
    return next::over;
  code_ = std::move(code);
  now_ = operation::check;
  return next::send;
}

std::optional<purpose_mix> purpose_mix::parse(std::string_view text) {
  purpose_mix out;
  double sum = 0;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || (text.empty() && comma != std::string_view::npos))
      return {};
    const auto weight = weight_in(part.substr(equals + 1));
    std::size_t at = 0;
    while (at < purpose_count && to_string(static_cast<purpose>(at)) != part.substr(0, equals))
      ++at;
    if (!weight || at == purpose_count || static_cast<purpose>(at) == purpose::guess)
      return {};
    out.weights_[at] = *weight;
    sum += *weight;
  }
  return sum > 0 ? std::optional(out) : std::nullopt;
}

purpose purpose_mix::pick(double uniform) const {
  double sum = 0;
  for (const auto weight : weights_) sum += weight;
  auto left = uniform * sum;
  std::size_t last = 0;
  for (std::size_t i = 0; i < purpose_count; ++i) {
    if (weights_[i] <= 0)
      continue;
    last = i;
    if (left < weights_[i])
      break;
    left -= weights_[i];
  }
  return static_cast<purpose>(last);
}

std::optional<purpose> purpose_mix::only() const {
  std::optional<purpose> out;
  for (std::size_t i = 0; i < purpose_count; ++i) {
    if (weights_[i] <= 0)
      continue;
    if (out)
      return {};
    out = static_cast<purpose>(i);
  }
  return out;
}

}  // namespace glados::load
