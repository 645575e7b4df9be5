#include "telemetry/service_metrics.hpp"

namespace glados::telemetry {
namespace {

template <class E, std::size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, E value) {
  static_assert(N == static_cast<std::size_t>(E::count_), "every enumerator needs a name");
  return names[static_cast<std::size_t>(value)];
}

template <class E, class F>
void for_each(F&& body) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(E::count_); ++i) body(static_cast<E>(i), i);
}

constexpr std::array<std::string_view, 6> status_names{"other", "1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

std::string_view to_string(handshake_outcome value) {
  return name_of(
      std::array<std::string_view, 5>{"done", "resumed", "failed", "timed_out", "refused"}, value);
}

std::string_view to_string(send_channel value) {
  return name_of(std::array<std::string_view, 3>{"sms", "voice", "email"}, value);
}

std::string_view to_string(send_outcome value) {
  return name_of(std::array<std::string_view, 4>{"accepted", "temporary", "permanent", "refused"},
                 value);
}

std::string_view to_string(provenance value) {
  return name_of(std::array<std::string_view, 4>{"sms", "voice", "email", "asserted"}, value);
}

std::string_view to_string(actor_kind value) {
  return name_of(
      std::array<std::string_view, 9>{"gate", "shard", "mapping", "verification", "session",
                                      "store_worker", "pump", "notifier", "other"},
      value);
}

service_metrics::service_metrics(const std::vector<std::string_view>& routes)
    : lookup_hits_(all_.add_counter("glados_lookups_total", "Lookups answered from the directory",
                                    {{"result", "hit"}})),
      lookup_misses_(all_.add_counter("glados_lookups_total", "", {{"result", "miss"}})),
      redis_failures_(all_.add_counter("glados_redis_failures_total",
                                       "Redis commands that failed or got no answer in time")),
      shed_(all_.add_counter("glados_requests_refused_total", "Requests refused at admission")),
      redis_queue_(all_.add_gauge("glados_redis_queue", "Redis commands waiting or in flight")),
      connections_(all_.add_gauge("glados_connections", "Open client connections")),
      mailbox_age_(all_.add_histogram("glados_mailbox_age_seconds",
                                      "Time from sending a message to handling it")),
      redis_latency_(all_.add_histogram("glados_redis_seconds", "Redis round trips")) {
  auto names = routes;
  names.push_back("none");
  for (auto name : names) {
    auto& next = routes_.emplace_back();
    for (std::size_t i = 0; i < status_classes; ++i)
      next.by_status[i] =
          &all_.add_counter("glados_requests_total", "Answered requests by route and status class",
                            {{"route", name}, {"status", status_names[i]}});
    next.latency =
        &all_.add_histogram("glados_request_seconds",
                            "From the last byte of a request to its answer", {{"route", name}});
  }
  for_each<handshake_outcome>([this](auto outcome, std::size_t i) {
    handshakes_[i] = &all_.add_counter("glados_handshakes_total", "TLS handshakes by outcome",
                                       {{"outcome", to_string(outcome)}});
  });
  for_each<send_channel>([this](auto channel, std::size_t c) {
    for_each<send_outcome>([this, channel, c](auto outcome, std::size_t o) {
      sends_[c][o] = &all_.add_counter(
          "glados_sends_total", "Messages handed to gateways by channel and outcome",
          {{"channel", to_string(channel)}, {"outcome", to_string(outcome)}});
    });
  });
  for_each<provenance>([this](auto by, std::size_t i) {
    mappings_[i] = &all_.add_counter("glados_mappings_created_total", "Mappings by provenance",
                                     {{"provenance", to_string(by)}});
  });
  for_each<actor_kind>([this](auto kind, std::size_t i) {
    actors_[i] =
        &all_.add_gauge("glados_actors", "Living actors by kind", {{"kind", to_string(kind)}});
  });
}

void service_metrics::request(std::size_t route, int status,
                              std::chrono::nanoseconds took) noexcept {
  auto& series = routes_[route < routes_.size() ? route : routes_.size() - 1];
  series.by_status[status >= 100 && status < 600 ? static_cast<std::size_t>(status) / 100 : 0]
      ->add();
  series.latency->observe(took);
}

}  // namespace glados::telemetry
