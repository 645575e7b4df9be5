#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "app/load_figures.hpp"
#include "app/load_report.hpp"

namespace glados::app {
namespace {

double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

std::string count_text(std::uint64_t n) { return number_text(static_cast<double>(n)); }

std::string about(const load::options& asked, const load::outcome& seen) {
  const auto all = seen.found.all();
  std::string out = number_text(static_cast<double>(all.answered)) + " answers in " +
                    number_text(seen.found.seconds) + " s, ";
  if (seen.callers > 0)
    out += "over " + number_text(asked.connections) + " connections of " +
           count_text(seen.callers_used) + " callers. ";
  else
    out += number_text(asked.connections) +
           " questions at once to the actors of a node in the same process. ";
  if (asked.rate > 0)
    return out + "Open loop, " + number_text(asked.rate) + " errands a second, " +
           (asked.poisson ? "as independent callers come" : "evenly spaced") +
           ": latency counts from the moment at which a request was to start.";
  return out + "Closed loop: each connection sends when it has its answer" +
         (asked.thinking.none() ? "." : " and has thought.");
}

report_table operations_table(const load::result& found) {
  report_table out{"Operations", {"", "answers"}, {}};
  for (const auto& [name, percent] : load_percentiles)
    out.head.push_back(std::string(name) + ", ms");
  for (const char* name : {"max, ms", "status", "closed", "timeout", "malformed", "unsent"})
    out.head.emplace_back(name);
  const auto add = [&](std::string name, const load::tally& of) {
    std::vector<std::string> row{std::move(name), count_text(of.answered)};
    for (const auto& [label, percent] : load_percentiles)
      row.push_back(number_text(milliseconds(of.latency.percentile(percent))));
    row.push_back(number_text(milliseconds(of.latency.max())));
    std::string statuses;
    for (std::size_t i = 0; i < of.by_status.size(); ++i)
      if (of.by_status[i] != 0)
        statuses +=
            (statuses.empty() ? "" : ", ") + std::to_string(i) + ": " + count_text(of.by_status[i]);
    row.push_back(statuses);
    for (const auto& [label, count] : failures_of(of)) row.push_back(count_text(count));
    out.rows.push_back(std::move(row));
  };
  for (std::size_t i = 0; i < load::operation_count; ++i)
    if (something(found.operations[i]))
      add(std::string(to_string(static_cast<load::operation>(i))), found.operations[i]);
  if (out.rows.size() != 1)
    add("all", found.all());
  return out;
}

report_table cost_table(const load::outcome& seen) {
  const auto all = seen.found.all();
  report_table out{"Run", {}, {}};
  out.rows = {{"answers a second", number_text(rate_of(seen.found, all))}};
  if (seen.server_cpu >= 0)
    out.rows.push_back({"server CPU, us a request", number_text(per_answer(seen.server_cpu, all))});
  if (seen.callers == 0)
    return out;
  out.rows.push_back(
      {"client CPU, us a request", number_text(per_answer(seen.found.client_cpu, all))});
  out.rows.push_back({"callers with a connection",
                      count_text(seen.callers_used) + " of " + count_text(seen.callers)});
  out.rows.push_back({"connections lost and made anew", count_text(seen.found.reconnects)});
  if (seen.found.handshakes.count() > 0)
    out.rows.push_back({"handshakes; p50, p99 ms",
                        count_text(seen.found.handshakes.count()) + "; " +
                            number_text(milliseconds(seen.found.handshakes.percentile(50))) + ", " +
                            number_text(milliseconds(seen.found.handshakes.percentile(99)))});
  if (seen.found.codes_missing > 0)
    out.rows.push_back({"codes that did not come", count_text(seen.found.codes_missing)});
  for (std::size_t i = 0; i < seen.found.not_done.size(); ++i)
    if (seen.found.not_done[i] > 0)
      out.rows.push_back({"due, but about nothing that there was: " +
                              std::string(to_string(static_cast<workload::action>(i))),
                          count_text(seen.found.not_done[i])});
  return out;
}

report_table misbehaviour_table(const load::outcome& seen) {
  report_table out{"Misbehaviour",
                   {"", "connections", "tries", "answers", "ended by the server", "unreachable"},
                   {}};
  for (std::size_t i = 0; i < load::misbehaviour_count; ++i) {
    const auto& one = seen.misbehaved[i];
    if (one.connections == 0)
      continue;
    std::string answers;
    for (const auto& [status, count] : one.by_status)
      answers += (answers.empty() ? "" : ", ") + std::to_string(status) + ": " + count_text(count);
    out.rows.push_back({std::string(to_string(static_cast<load::misbehaviour>(i))),
                        count_text(one.connections), count_text(one.tries), answers,
                        count_text(one.ended), count_text(one.unreachable)});
  }
  return out;
}

using row_value = double (*)(const load::interval&, double width);

plot_series column(const char* name, const load::interval_series& of, row_value value) {
  plot_series out{name, {}};
  for (const auto& row : of.rows())
    out.values.push_back(value(row, static_cast<double>(of.width())));
  return out;
}

/// Nothing came in: there is no latency, not one of zero.
double percentile_of(const load::interval& row, double percent) {
  return row.all() == 0 ? std::numeric_limits<double>::quiet_NaN()
                        : milliseconds(row.latency.percentile(percent));
}

std::vector<plot> plots_of(const load::outcome& seen) {
  const auto& of = seen.over_time;
  plot answers{"Answers", "a second", static_cast<double>(of.width()), 0, "s", false, {}};
  answers.series = {
      column("good", of,
             [](const load::interval& row, double w) { return static_cast<double>(row.good) / w; }),
      column(
          "refused", of,
          [](const load::interval& row, double w) { return static_cast<double>(row.refused) / w; }),
      column("failed", of, [](const load::interval& row, double w) {
        return static_cast<double>(row.failed) / w;
      })};
  plot latency{"Latency", "ms", static_cast<double>(of.width()), 0, "s", true, {}};
  latency.series = {
      column("p50", of, [](const load::interval& row, double) { return percentile_of(row, 50); }),
      column("p99", of, [](const load::interval& row, double) { return percentile_of(row, 99); }),
      column("max", of, [](const load::interval& row, double) { return percentile_of(row, 100); })};
  plot shape{"Latency by percentile (1: p90, 2: p99, 3: p99.9)", "ms", 0.05, 0, "nines", true, {}};
  shape.series = {{"latency", {}}};
  const auto all = seen.found.all();
  const double most = std::log10(std::max(10.0, static_cast<double>(all.latency.count())));
  for (int i = 0; i * shape.step <= std::min(most, 6.0); ++i)
    shape.series[0].values.push_back(
        milliseconds(all.latency.percentile(100 - 100 * std::pow(10, -i * shape.step))));
  return {answers, latency, shape};
}

}  // namespace

report_page load_page(const load::options& asked, const load::outcome& seen) {
  report_page out{"glados load", about(asked, seen), {}, {}};
  out.tables = {operations_table(seen.found), cost_table(seen)};
  if (auto bad = misbehaviour_table(seen); !bad.rows.empty())
    out.tables.push_back(std::move(bad));
  out.plots = plots_of(seen);
  return out;
}

void write_load_page(const std::string& file, const load::options& asked,
                     const load::outcome& seen) {
  std::ofstream to(file, std::ios::binary | std::ios::trunc);
  to << html_of(load_page(asked, seen));
  to.close();
  if (!to)
    throw std::runtime_error(file + ": cannot be written");
}

}  // namespace glados::app
