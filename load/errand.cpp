#include "load/errand.hpp"

#include <charconv>

#include "load/json_text.hpp"

namespace glados::load {
namespace {

constexpr double heaviest = 1e9;
constexpr std::string_view outcome_unknown = "urn:glados:problem:outcome-unknown";

std::optional<double> weight_in(std::string_view text) {
  double out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole && out >= 0 && out <= heaviest ? std::optional(out) : std::nullopt;
}

}  // namespace

errand::errand(order about) : order_(std::move(about)), now_(first_of(order_.what)) {
  if (order_.what != purpose::guess || order_.subject.empty())
    return;
  verification_ = order_.subject;  // of somebody else
  guess();
}

bool errand::reads_body() const {
  switch (now_) {
    case operation::check:
      return order_.what != purpose::guess;
    case operation::open:
    case operation::events:
    case operation::restore:
    case operation::issue_token:
    case operation::open_job:
      return true;
    default:
      return false;
  }
}

void errand::guess() {
  now_ = operation::check;
  code_ = std::to_string(100'000 + (order_.number * 7919 + guesses_++ * 104'729) % 900'000);
}

errand::next errand::go(operation then) {
  now_ = then;
  return next::send;
}

errand::next errand::answered(int status, std::string_view body) {
  found_ = {now_, status, {}, false, status == 500};
  switch (now_) {
    case operation::open:
    case operation::restore:
      return opened(status, body);
    case operation::check:
      return checked(status, body);
    case operation::events:
      return status == 200 ? next::await_notice : next::over;
    case operation::issue_token:
      if (status == 200)
        found_.id = json_member(body, "access_token");
      return next::over;
    case operation::open_job:
      if (status != 201 || (order_.subject = json_member(body, "id")).empty())
        return next::over;
      return go(operation::put_part);
    case operation::put_part:
      return status == 200 ? go(operation::complete_job) : next::over;
    default:
      return next::over;
  }
}

errand::next errand::opened(int status, std::string_view body) {
  if (status != 202) {
    found_.unknown |= status == 503 && json_member(body, "type") == outcome_unknown;
    return next::over;
  }
  found_.id = verification_ = json_member(body, "id");
  if (verification_.empty() || order_.habits.loses_interest)
    return next::over;
  if (order_.what != purpose::guess)
    return next::await_code;
  guess();
  return next::send;
}

errand::next errand::checked(int status, std::string_view body) {
  if (order_.what == purpose::guess) {
    // Right by chance, or no more checks: whoever guesses goes on with another number.
    if (status != 422 || guesses_ >= order_.guesses)
      return next::over;
    guess();
    return next::send;
  }
  if (status == 200) {
    found_.id = json_member(body, "mapping", "id");
    found_.contested = json_holds(body, "conflict");
    return next::over;
  }
  const bool mistyped = status == 422 && mistyped_;
  const bool failed = status >= 500 && ++failures_ <= most_failures;
  if (!order_.habits.tries_again || (!mistyped && !failed))
    return next::over;
  mistyped_ = false;
  code_ = right_code_;
  return next::type;
}

errand::next errand::code_came(std::string code) {
  if (code.empty())
    return next::over;
  right_code_ = code_ = std::move(code);
  mistyped_ = order_.habits.mistypes;
  if (mistyped_)
    code_.back() = code_.back() == '9' ? '0' : static_cast<char>(code_.back() + 1);
  now_ = operation::check;
  return next::type;
}

errand::next errand::notice_chosen(const std::optional<notice>& one) {
  if (!one)
    return next::over;
  order_.subject = one->change;
  order_.number = one->number;
  order_.user = one->user;
  return go(order_.what == purpose::restore ? operation::restore : operation::report);
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
    while (at < count && to_string(static_cast<purpose>(at)) != part.substr(0, equals)) ++at;
    if (!weight || at == count)
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
  for (std::size_t i = 0; i < count; ++i) {
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
  for (std::size_t i = 0; i < count; ++i) {
    if (weights_[i] <= 0)
      continue;
    if (out)
      return {};
    out = static_cast<purpose>(i);
  }
  return out;
}

}  // namespace glados::load
