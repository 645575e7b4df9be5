// The end of a call: what is counted of it, and the lines that it may leave in the log.
#include <algorithm>

#include "http/api.hpp"
#include "http/route_metrics.hpp"
#include "http/trace.hpp"
#include "telemetry/log.hpp"

namespace glados::http {
namespace {

using telemetry::field;

/// A line about a call: which operation, how it ended and in how long; not whose, nor about what.
void log_call(const call& done, std::string_view event, int status, trace_context trace,
              std::chrono::steady_clock::duration took) {
  const auto at = status == 500 ? telemetry::level::error : telemetry::level::warn;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  telemetry::log_event(
      at, event,
      {field("route", done.route ? done.route->name : "none"), field("status", status),
       field("took_ms", ms), field("trace_id", telemetry::log_id{trace.high, trace.low}),
       field("span_id", telemetry::log_id{0, trace.span, false})});
}

}  // namespace

void api::finish(const call& done, int status) {
  const auto took = std::chrono::steady_clock::now() - done.began;
  const auto& of = done.route == nullptr
                       ? metrics_->other
                       : metrics_->routes[static_cast<std::size_t>(done.route - rows_.data())];
  of.by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)]->add();
  of.took->observe(took);
  if (ports_.calls != nullptr && !done.admin.name.empty() && done.route != nullptr &&
      done.route->pattern.starts_with("/admin/"))
    ports_.calls->count(done.admin.name, done.route->name, done.parameter[0], status < 400,
                        done.arrived);
  const bool slow =
      took >= ports_.settings.slow_request && !(done.route != nullptr && done.route->waits);
  if (slow)
    metrics_->slow.add();
  if (status < 500 && !slow)
    return;
  const auto trace = done.trace.present() ? done.trace : new_trace(ports_.random);
  if (status >= 500)
    log_call(done, "http.failed", status, trace, took);
  if (slow)
    log_call(done, "http.slow", status, trace, took);
}

}  // namespace glados::http
