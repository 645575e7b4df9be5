#include "load/names.hpp"

#include <atomic>
#include <charconv>

#include "load/poller.hpp"

namespace glados::load {
namespace {

constexpr std::string_view user_prefix = "load-user-";

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), into);
  return fault == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string user_of(std::uint64_t number, unsigned user) {
  return std::string(user_prefix) + std::to_string(number) +
         (user == 0 ? std::string() : "-" + std::to_string(user));
}

std::optional<std::pair<std::uint64_t, unsigned>> owner_in(std::string_view user_id) {
  if (!user_id.starts_with(user_prefix))
    return {};
  user_id.remove_prefix(user_prefix.size());
  const auto dash = user_id.find('-');
  std::pair<std::uint64_t, unsigned> out{0, 0};
  if (!read_number(user_id.substr(0, dash), out.first) ||
      (dash != std::string_view::npos && !read_number(user_id.substr(dash + 1), out.second)))
    return {};
  return out;
}

std::string fresh_key() {
  static const auto began = steady_ns();
  static std::atomic<std::uint64_t> count{0};
  return "load-" + std::to_string(began) + "-" +
         std::to_string(count.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace glados::load
