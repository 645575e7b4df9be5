#include "storage/ledger.hpp"

#include <optional>

namespace glados::storage {
namespace {

std::optional<channel> channel_of(std::string_view name) {
  for (const auto way : {channel::sms, channel::voice, channel::email})
    if (to_string(way) == name)
      return way;
  return {};
}

}  // namespace

std::string ledger_field(char kind, channel way, std::string_view region) {
  std::string out{kind, ':'};
  return out.append(to_string(way)).append(":").append(region);
}

void ledger_sum::add(std::string_view field, std::int64_t count) {
  if (count <= 0)
    return;
  const auto amount = static_cast<std::uint64_t>(count);
  if (field == "h")
    plain_.hits += amount;
  else if (field == "m")
    plain_.misses += amount;
  else if (field == "r")
    plain_.bulk_rows += amount;
  if (!field.starts_with("s:") && !field.starts_with("b:"))
    return;
  const bool back = field.front() == 'b';
  field.remove_prefix(2);
  const auto colon = field.find(':');
  const auto way = channel_of(field.substr(0, colon));
  if (way && colon != field.npos)
    sends_[{*way, std::string(field.substr(colon + 1))}] += back ? -count : count;
}

usage_counts ledger_sum::counts() const {
  auto out = plain_;
  for (const auto& [to, count] : sends_)
    if (count > 0)
      out.sends[to] = static_cast<std::uint64_t>(count);
  return out;
}

}  // namespace glados::storage
