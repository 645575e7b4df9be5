#include "domain/call_register.hpp"

#include <algorithm>

#include "domain/time_text.hpp"

namespace glados {
namespace {

void add_target(caller_calls::tally& to, std::string_view target) {
  if (target.empty() || to.targets.contains(target))
    return;
  if (to.targets.size() < call_targets_max)
    to.targets.emplace(target);
  else
    to.more = true;
}

std::string text_of(const caller_calls::tally& of) {
  std::string out;
  if (of.done > 0) {
    out = std::to_string(of.done);
    const char* between = ": ";
    for (const auto& target : of.targets) out += std::exchange(between, ", ") + target;
    out += of.more ? ", more" : "";
  }
  if (of.refused > 0)
    out += (out.empty() ? "" : "; ") + std::to_string(of.refused) + " refused";
  return out;
}

}  // namespace

void caller_calls::add(caller_calls&& other) {
  from = std::min(from, other.from);
  until = std::max(until, other.until);
  for (auto& [name, some] : other.operations) {
    auto& to = operations[name];
    to.done += some.done;
    to.refused += some.refused;
    to.more = to.more || some.more;
    for (const auto& target : some.targets) add_target(to, target);
  }
}

std::vector<std::pair<std::string, std::string>> caller_calls::detail() const {
  std::vector<std::pair<std::string, std::string>> out{{"from", rfc3339(from)},
                                                       {"until", rfc3339(until)}};
  for (const auto& [name, some] : operations) out.emplace_back(name, text_of(some));
  return out;
}

void call_register::count(std::string_view caller, std::string_view operation,
                          std::string_view target, bool done, instant at) {
  std::lock_guard guard(lock_);
  auto found = callers_.find(caller);
  if (found == callers_.end())
    found = callers_.emplace(caller, caller_calls{std::string(caller), at, at, {}}).first;
  auto& calls = found->second;
  calls.until = std::max(calls.until, at);
  auto of = calls.operations.find(operation);
  if (of == calls.operations.end())
    of = calls.operations.emplace(operation, caller_calls::tally{}).first;
  ++(done ? of->second.done : of->second.refused);
  if (done)
    add_target(of->second, target);
}

std::vector<caller_calls> call_register::take() {
  std::vector<caller_calls> out;
  std::lock_guard guard(lock_);
  for (auto& [name, calls] : callers_) out.push_back(std::move(calls));
  callers_.clear();
  return out;
}

void call_register::put_back(caller_calls&& some) {
  std::lock_guard guard(lock_);
  const auto found = callers_.find(some.caller);
  if (found == callers_.end())
    callers_.emplace(some.caller, std::move(some));
  else
    found->second.add(std::move(some));
}

}  // namespace glados
