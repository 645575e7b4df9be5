#include "telemetry/metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "telemetry/service_metrics.hpp"

using namespace glados::telemetry;
using namespace std::chrono_literals;

namespace {

bool has_line(const std::string& text, const std::string& wanted) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    if (line == wanted)
      return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metric_series)

BOOST_AUTO_TEST_CASE(counts_of_many_threads_add_up) {
  registry all;
  auto& seen = all.add_counter("glados_seen_total", "Seen");
  auto& took = all.add_histogram("glados_took_seconds", "Took");
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        seen.add();
        took.observe(1ms);
      }
    });
  for (auto& one : threads) one.join();
  BOOST_TEST(seen.value() == 120'000u);
  BOOST_TEST((took.read().sum == 120'000ms));
  BOOST_TEST(has_line(all.expose(), "glados_seen_total 120000"));
  BOOST_TEST(has_line(all.expose(), "glados_took_seconds_count 120000"));
}

BOOST_AUTO_TEST_CASE(a_bound_belongs_to_its_bucket) {
  histogram spread;
  spread.observe(-1s);
  spread.observe(50us);
  spread.observe(50us + 1ns);
  spread.observe(10s);
  spread.observe(10s + 1ns);
  auto seen = spread.read();
  BOOST_TEST(seen.counts[0] == 2u);
  BOOST_TEST(seen.counts[1] == 1u);
  BOOST_TEST(seen.counts[15] == 1u);
  BOOST_TEST(seen.counts[16] == 1u);
}

BOOST_AUTO_TEST_CASE(buckets_are_exposed_cumulatively) {
  registry all;
  auto& took = all.add_histogram("glados_took_seconds", "Took", {{"route", "lookup"}});
  took.observe(60us);
  took.observe(20s);
  auto text = all.expose();
  BOOST_TEST(has_line(text, "# TYPE glados_took_seconds histogram"));
  BOOST_TEST(has_line(text, R"(glados_took_seconds_bucket{route="lookup",le="0.0001"} 1)"));
  BOOST_TEST(has_line(text, R"(glados_took_seconds_bucket{route="lookup",le="10"} 1)"));
  BOOST_TEST(has_line(text, R"(glados_took_seconds_bucket{route="lookup",le="+Inf"} 2)"));
}

BOOST_AUTO_TEST_CASE(gauges_go_up_and_down_and_can_be_read_on_demand) {
  registry all;
  auto& open = all.add_gauge("glados_open", "Open");
  double now = 1.5;
  all.add_gauge_reader("glados_now", "Now", {}, [&now] { return now; });
  open.add(3);
  open.add(-1);
  BOOST_TEST(has_line(all.expose(), "glados_open 2"));
  BOOST_TEST(has_line(all.expose(), "glados_now 1.5"));
  now = 2;
  open.set(-7);
  BOOST_TEST(has_line(all.expose(), "glados_open -7"));
  BOOST_TEST(has_line(all.expose(), "glados_now 2"));
}

BOOST_AUTO_TEST_CASE(bad_or_double_names_are_refused) {
  registry all;
  all.add_counter("glados_a_total", "A", {{"kind", "x"}});
  BOOST_CHECK_NO_THROW(all.add_counter("glados_a_total", "A", {{"kind", "y"}}));
  BOOST_CHECK_THROW(all.add_counter("glados_a_total", "A", {{"kind", "x"}}), std::logic_error);
  BOOST_CHECK_THROW(all.add_gauge("glados_a_total", "A", {{"kind", "z"}}), std::logic_error);
  BOOST_CHECK_THROW(all.add_counter("requests_total", "R"), std::logic_error);
  BOOST_CHECK_THROW(all.add_counter("glados_b-c", "B"), std::logic_error);
  BOOST_CHECK_THROW(all.add_counter("glados_d", "D", {{"Bad name", "x"}}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(requests_count_by_route_and_status_class) {
  service_metrics seen{{"lookup", "token"}};
  seen.request(0, 200, 1ms);
  seen.request(0, 404, 1ms);
  seen.request(0, 404, 1ms);
  seen.request(1, 503, 1ms);
  seen.request(99, 404, 1ms);
  seen.request(1, 77, 1ms);
  auto text = seen.expose();
  BOOST_TEST(has_line(text, R"(glados_requests_total{route="lookup",status="2xx"} 1)"));
  BOOST_TEST(has_line(text, R"(glados_requests_total{route="lookup",status="4xx"} 2)"));
  BOOST_TEST(has_line(text, R"(glados_requests_total{route="token",status="5xx"} 1)"));
  BOOST_TEST(has_line(text, R"(glados_requests_total{route="token",status="other"} 1)"));
  BOOST_TEST(has_line(text, R"(glados_requests_total{route="none",status="4xx"} 1)"));
  BOOST_TEST(has_line(text, R"(glados_request_seconds_count{route="lookup"} 3)"));
}

BOOST_AUTO_TEST_CASE(every_event_has_its_series) {
  service_metrics seen{{}};
  seen.lookup(true);
  seen.lookup(false);
  seen.handshake(handshake_outcome::timed_out);
  seen.send(send_channel::email, send_outcome::temporary);
  seen.mapping_created(provenance::asserted);
  seen.actor_started(actor_kind::mapping);
  seen.actor_started(actor_kind::mapping);
  seen.actor_ended(actor_kind::mapping);
  seen.redis_queued(12);
  seen.redis_answer(1ms);
  seen.mailbox_wait(1ms);
  auto text = seen.expose();
  for (const char* line :
       {R"(glados_lookups_total{result="hit"} 1)", R"(glados_lookups_total{result="miss"} 1)",
        R"(glados_handshakes_total{outcome="timed_out"} 1)",
        R"(glados_sends_total{channel="email",outcome="temporary"} 1)",
        R"(glados_sends_total{channel="sms",outcome="accepted"} 0)",
        R"(glados_mappings_created_total{provenance="asserted"} 1)",
        R"(glados_actors{kind="mapping"} 1)", "glados_redis_queue 12",
        "glados_redis_seconds_count 1", "glados_mailbox_age_seconds_count 1"})
    BOOST_TEST(has_line(text, line), line);
}

BOOST_AUTO_TEST_SUITE_END()
