// What a listener counts of the requests it answers, by route. Owned by its api.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "http/api.hpp"
#include "telemetry/metrics.hpp"

namespace glados::http {

struct api::route_metrics {
  static constexpr std::array<std::string_view, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};

  struct of_route {
    std::array<telemetry::counter*, 5> by_class{};
    telemetry::histogram* took = nullptr;
  };

  route_metrics(telemetry::registry& in, const std::vector<route_row>& rows, std::string_view side)
      : requests_refused(in.add_counter("glados_http_overloaded_total",
                                        "Requests refused because too many were in flight",
                                        {{"listener", side}})),
        slow(in.add_counter("glados_http_slow_total",
                            "Requests that took longer than log.slow_request",
                            {{"listener", side}})) {
    for (const auto& row : rows) routes.push_back(make(in, row.name, side));
    other = make(in, "none", side);
  }

  static of_route make(telemetry::registry& in, std::string_view name, std::string_view side) {
    of_route out;
    for (std::size_t i = 0; i < classes.size(); ++i)
      out.by_class[i] =
          &in.add_counter("glados_http_requests_total", "Requests answered",
                          {{"listener", side}, {"route", name}, {"status", classes[i]}});
    out.took = &in.add_histogram("glados_http_request_seconds", "From whole request to answer",
                                 {{"listener", side}, {"route", name}});
    return out;
  }

  std::vector<of_route> routes;
  of_route other;
  telemetry::counter& requests_refused;
  telemetry::counter& slow;
};

}  // namespace glados::http
