#include "telemetry/metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

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

BOOST_AUTO_TEST_SUITE_END()
