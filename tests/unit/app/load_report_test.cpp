// What a run of the load generator found, as programs and people get it.
#include "app/load_report.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace glados;
using namespace glados::app;

namespace {

load::outcome some_outcome() {
  load::outcome out;
  auto& lookups = out.found.operations[static_cast<std::size_t>(load::operation::lookup)];
  for (std::uint64_t i = 1; i <= 1000; ++i) lookups.latency.record(i * 1'000);
  lookups.by_status[200] = 600;
  lookups.by_status[404] = 400;
  lookups.answered = 1000;
  out.found.seconds = 2;
  out.found.client_cpu = 0.01;
  out.server_cpu = 0.02;
  out.callers = 3;
  out.callers_used = 2;
  auto& junk = out.misbehaved[static_cast<std::size_t>(load::misbehaviour::junk)];
  junk.connections = 4;
  junk.tries = 9;
  junk.by_status[400] = 5;
  junk.ended = 3;
  load::interval second;
  second.add(load::verdict::good, 5'000'000);
  second.add(load::verdict::failed, 7'000'000);
  out.over_time.add(1, second);
  return out;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load_reports)

BOOST_AUTO_TEST_CASE(the_object_says_what_was_found) {
  load::options asked;
  asked.rate = 500;
  const auto json = load_json(asked, some_outcome());
  for (const char* part :
       {R"("requests":1000,"seconds":2.000,"rate":500.0,"intended_rate":500.0,)",
        R"("status":{"200":600,"404":400})",
        R"("errors":{"closed":0,"timeout":0,"malformed":0,"unsent":0})",
        R"("operations":{"lookup":{"requests":1000,)",
        R"("junk":{"connections":4,"tries":9,"status":{"400":5},"ended_by_server":3,)",
        R"("callers":3,"callers_used":2)", R"("client_cpu_us_per_request":10.00)",
        R"("server_cpu_us_per_request":20.00)",
        R"("over_time":{"seconds_each":1,"good":[0,1],"refused":[0,0],"failed":[0,1])"})
    BOOST_TEST(holds(json, part), part << " is not in " << json);
  BOOST_TEST(!holds(json, "slow-reader"));
  BOOST_TEST(json.back() == '\n');
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_is_not_said) {
  auto seen = some_outcome();
  seen.server_cpu = -1;
  const auto json = load_json({}, seen);
  BOOST_TEST(!holds(json, "server_cpu"));
  BOOST_TEST(!holds(json, "intended_rate"));
  seen.callers = 0;  // the client is the server
  BOOST_TEST(!holds(load_json({}, seen), "client_cpu"));
}

BOOST_AUTO_TEST_CASE(what_a_scenario_could_not_do_is_told) {
  auto seen = some_outcome();
  seen.found.not_done[static_cast<std::size_t>(workload::action::decision)] = 3;
  load::options asked;
  BOOST_TEST(!holds(load_json(asked, seen), "not_done"));
  asked.traffic.emplace();
  BOOST_TEST(holds(load_json(asked, seen), R"("not_done":{"decision":3})"));
  BOOST_TEST(holds(load_text(asked, seen), "nothing that there was: decision 3\n"));
}

BOOST_AUTO_TEST_CASE(percentiles_are_those_of_the_histogram) {
  const auto json = load_json({}, some_outcome());
  const auto at = json.find("\"latency_us\":{\"p50\":") + 20;
  const auto median = std::stod(json.substr(at));
  BOOST_TEST(median >= 500.0);
  BOOST_TEST(median <= 500.0 * (1 + 1.0 / 1024));
}

BOOST_AUTO_TEST_CASE(the_page_has_its_tables_and_plots) {
  const auto page = load_page({}, some_outcome());
  BOOST_TEST(page.tables.size() == 3u);
  BOOST_TEST(page.tables[0].rows.size() == 1u);
  BOOST_TEST(page.tables[0].rows[0].size() == page.tables[0].head.size());
  BOOST_TEST(page.tables[2].title == "Misbehaviour");
  BOOST_TEST(page.plots.size() == 3u);
  BOOST_TEST(page.plots[0].series[0].values.size() == 2u);
  // Nothing came in within the first second: there is no latency, not one of zero.
  BOOST_TEST(!(page.plots[1].series[0].values[0] >= 0));
  BOOST_TEST(page.plots[1].series[2].values[1] >= 7.0);
}

BOOST_AUTO_TEST_CASE(people_get_a_line_an_operation) {
  const auto text = load_text({}, some_outcome());
  for (const char* part : {"1000 answers in 2.00 s, 500 a second", "lookup", "200: 600 404: 400",
                           "2 of 3 callers", "9 tries on 4 connections", "client CPU 10.0 us"})
    BOOST_TEST(holds(text, part), part << " is not in " << text);
}

BOOST_AUTO_TEST_SUITE_END()
