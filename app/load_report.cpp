#include <array>
#include <cstdarg>
#include <cstdio>

#include "app/load_run.hpp"

namespace glados::app {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> percentiles{
    {{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}}};

__attribute__((format(printf, 1, 2))) std::string text(const char* form, ...) {
  std::array<char, 256> line;
  va_list values;
  va_start(values, form);
  std::vsnprintf(line.data(), line.size(), form, values);
  va_end(values);
  return line.data();
}

double microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }

double per_answer(double seconds, const load_result& from) {
  return from.answered == 0 ? 0.0 : seconds * 1e6 / static_cast<double>(from.answered);
}

double rate(const load_result& from) {
  return from.seconds <= 0 ? 0.0 : static_cast<double>(from.answered) / from.seconds;
}

using failure = std::pair<const char*, std::uint64_t>;
std::array<failure, 4> failures(const load_result& from) {
  return {{{"closed", from.closed},
           {"timeout", from.timed_out},
           {"malformed", from.malformed},
           {"unsent", from.unsent}}};
}

std::string json(const load_options& options, const load_outcome& outcome) {
  const auto& found = outcome.result;
  std::string out =
      text("{\"requests\":%llu,\"seconds\":%.3f,\"rate\":%.1f,",
           static_cast<unsigned long long>(found.answered), found.seconds, rate(found));
  if (options.rate > 0)
    out += text("\"intended_rate\":%.1f,", options.rate);
  out += "\"status\":{";
  const char* comma = "";
  for (std::size_t i = 0; i < found.by_status.size(); ++i)
    if (found.by_status[i] != 0) {
      out += text("%s\"%zu\":%llu", comma, i, static_cast<unsigned long long>(found.by_status[i]));
      comma = ",";
    }
  out += "},\"errors\":{";
  comma = "";
  for (const auto& [name, count] : failures(found)) {
    out += text("%s\"%s\":%llu", comma, name, static_cast<unsigned long long>(count));
    comma = ",";
  }
  out += text("},\"reconnects\":%llu,\"latency_us\":{",
              static_cast<unsigned long long>(found.reconnects));
  for (const auto& [name, percent] : percentiles)
    out += text("\"%s\":%.1f,", name, microseconds(found.latency.percentile(percent)));
  out += text("\"max\":%.1f,\"mean\":%.1f},", microseconds(found.latency.max()),
              found.latency.mean() / 1e3);
  out += text("\"client_cpu_us_per_request\":%.2f", per_answer(found.client_cpu, found));
  if (outcome.server_cpu)
    out += text(",\"server_cpu_us_per_request\":%.2f", per_answer(*outcome.server_cpu, found));
  return out + "}\n";
}

std::string words(const load_options& options, const load_outcome& outcome) {
  const auto& found = outcome.result;
  std::string out =
      text("%llu answers in %.2f s, %.0f a second", static_cast<unsigned long long>(found.answered),
           found.seconds, rate(found));
  out += options.rate > 0 ? text(" (wanted %.0f)\n", options.rate) : std::string("\n");
  out += "status   ";
  for (std::size_t i = 0; i < found.by_status.size(); ++i)
    if (found.by_status[i] != 0)
      out += text(" %zu: %llu", i, static_cast<unsigned long long>(found.by_status[i]));
  out += "\nfailed   ";
  for (const auto& [name, count] : failures(found))
    out += text(" %s: %llu", name, static_cast<unsigned long long>(count));
  out += options.rate > 0 ? "\nlatency from the intended start, us:\n" : "\nlatency, us:\n";
  for (const auto& [name, percent] : percentiles)
    out += text("  %-6s %10.0f\n", name, microseconds(found.latency.percentile(percent)));
  out += text("  max    %10.0f\n", microseconds(found.latency.max()));
  out += text("client CPU %.1f us a request\n", per_answer(found.client_cpu, found));
  if (outcome.server_cpu)
    out += text("server CPU %.1f us a request\n", per_answer(*outcome.server_cpu, found));
  return out;
}

}  // namespace

std::string render(const load_options& options, const load_outcome& outcome) {
  return options.json ? json(options, outcome) : words(options, outcome);
}

}  // namespace glados::app
