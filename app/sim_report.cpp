#include "app/sim_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "app/plot.hpp"
#include "sim/trace.hpp"

namespace glados::app {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr double day_us = 86'400.0 * sim::second;

/// The last step is not over: its rates would be too low.
std::size_t whole_steps(const sim::run_report& of) {
  const auto all = of.series.steps().size();
  return all > 1 ? all - 1 : all;
}

template <class F>
std::vector<double> values(const sim::run_report& of, F f) {
  std::vector<double> out;
  for (std::size_t i = 0; i < whole_steps(of); ++i) out.push_back(f(of.series.steps()[i]));
  return out;
}

plot plot_over(const sim::run_report& of, std::string title, std::string unit) {
  plot out;
  out.title = std::move(title);
  out.unit = std::move(unit);
  const bool hours =
      of.series.step() * static_cast<sim::moment>(whole_steps(of)) > 7'200 * sim::second;
  out.x_unit = hours ? "h" : "s";
  out.step = static_cast<double>(of.series.step()) / sim::second / (hours ? 3'600 : 1);
  return out;
}

plot rates(const sim::run_report& of) {
  const double seconds = static_cast<double>(of.series.step()) / sim::second;
  auto out = plot_over(of, "Load", "calls/s");
  out.series.push_back({"asked", values(of, [&](const auto& step) {
                          return static_cast<double>(step.asked) / seconds;
                        })});
  out.series.push_back({"answered", values(of, [&](const auto& step) {
                          return static_cast<double>(step.answered) / seconds;
                        })});
  return out;
}

plot errors(const sim::run_report& of) {
  const double seconds = static_cast<double>(of.series.step()) / sim::second;
  auto out = plot_over(of, "Errors", "calls/s");
  out.series.push_back({"answered with 5xx", values(of, [&](const auto& step) {
                          return static_cast<double>(step.failed) / seconds;
                        })});
  out.series.push_back({"given up", values(of, [&](const auto& step) {
                          return static_cast<double>(step.abandoned) / seconds;
                        })});
  return out;
}

plot latencies(const sim::run_report& of) {
  auto out = plot_over(of, "Latency", "ms");
  out.logarithmic = true;
  for (const auto& [name, percent] :
       std::array<std::pair<const char*, double>, 3>{{{"p50", 50}, {"p99", 99}, {"max", 100}}})
    out.series.push_back({name, values(of, [percent = percent](const sim::series_step& step) {
                            return step.latencies.count() == 0
                                       ? nothing
                                       : static_cast<double>(step.latencies.percentile(percent)) /
                                             sim::millisecond;
                          })});
  return out;
}

plot lookups(const sim::run_report& of) {
  auto out = plot_over(of, "Lookups admitted against the budget, all providers", "units");
  double sum = 0, at = 0;
  out.series.push_back({"admitted", values(of, [&](const sim::series_step& step) {
                          return sum += static_cast<double>(step.units);
                        })});
  const double all = static_cast<double>(of.drawn.lookup_budget) * of.drawn.traffic.providers;
  out.series.push_back({"budget", values(of, [&](const sim::series_step&) {
                          at += static_cast<double>(of.series.step());
                          return all * (1 + at / day_us);
                        })});
  return out;
}

std::vector<plot> plots_of(const sim::run_report& of) {
  return {rates(of), latencies(of), errors(of), lookups(of)};
}

std::string count(std::uint64_t value) { return number_text(static_cast<double>(value)); }

report_table what_it_was(const sim::run_request& what, const sim::run_outcome& got) {
  const auto& drawn = got.report->drawn;
  workload::fingerprint alone;  // as the command prints it for this seed
  alone.add(got.digest);
  std::array<char, 20> digest{};
  std::snprintf(digest.data(), digest.size(), "%016llx",
                static_cast<unsigned long long>(alone.value()));
  report_table out{"Run", {}, {}};
  out.rows = {
      {"outcome", got.broken.empty() ? "every invariant held"
                                     : got.broken + " broke after " +
                                           sim::time_text(got.broken_at) + " s: " + got.how},
      {"again", sim::command_line(what)},
      {"digest", digest.data()},
      {"virtual time", sim::time_text(got.ended_at) + " s"},
      {"nodes", count(drawn.nodes.size())},
      {"providers", count(drawn.traffic.providers)},
      {"identifiers", count(drawn.traffic.identifiers)},
      {"acknowledged", drawn.replicated ? "once a replica has it" : "once the store has it"},
      {"calls", count(got.calls.made)},
      {"answered", count(got.calls.answered)},
      {"answered with 5xx", count(got.calls.failed)},
      {"given up", count(got.calls.abandoned)},
      {"lookups admitted", count(got.calls.lookups_admitted)},
      {"lookups refused", count(got.calls.lookups_refused)},
  };
  return out;
}

report_table faults_of(const sim::run_report& of) {
  report_table out{"Faults", {"after", "what"}, {}};
  for (const auto& one : of.drawn.faults)
    out.rows.push_back({sim::time_text(one.at) + " s", to_string(one)});
  out.rows.push_back({sim::time_text(of.drawn.faults_end) + " s", "everything heals"});
  return out;
}

report_table answers_of(const sim::run_outcome& got) {
  report_table out{"Answers", {"call and status", "how many"}, {}};
  for (const auto& [name, many] : got.calls.by_answer) out.rows.push_back({name, count(many)});
  return out;
}

}  // namespace

std::string sim_page(const sim::run_request& what, const sim::run_outcome& got) {
  report_page page;
  page.title = "Simulation: " + what.of.name + ", seed " + std::to_string(got.seed);
  page.about = what.of.about;
  page.tables = {what_it_was(what, got), faults_of(*got.report), answers_of(got)};
  page.plots = plots_of(*got.report);
  return html_of(page);
}

std::string sim_plots(const sim::run_outcome& got) {
  std::string out;
  for (const auto& one : plots_of(*got.report)) {
    for (const auto& line : blocks_of(one)) out.append(line).append("\n");
    out += "\n";
  }
  return out;
}

}  // namespace glados::app
