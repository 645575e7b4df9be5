#include "http/route_table.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

using glados::http::route_table;

BOOST_AUTO_TEST_SUITE(route_table_suite)

namespace {
route_table sample() {
  route_table routes;
  routes.add("POST", "/v1/lookup", 1);
  routes.add("GET", "/v1/mappings/{id}", 2);
  routes.add("DELETE", "/v1/mappings/{id}", 3);
  routes.add("POST", "/v1/mappings/find", 4);
  routes.add("PUT", "/v1/bulk-jobs/{id}/parts/{n}", 5);
  return routes;
}
}  // namespace

BOOST_AUTO_TEST_CASE(finds_literals_and_parameters) {
  const auto routes = sample();
  BOOST_TEST(routes.find("POST", "/v1/lookup").handler == 1);
  const auto part = routes.find("PUT", "/v1/bulk-jobs/j-1/parts/7");
  BOOST_TEST(part.handler == 5);
  BOOST_TEST(part.parameters == 2);
  BOOST_TEST(part.parameter[0] == "j-1");
  BOOST_TEST(part.parameter[1] == "7");
}

BOOST_AUTO_TEST_CASE(a_literal_wins_over_a_parameter) {
  const auto routes = sample();
  BOOST_TEST(routes.find("POST", "/v1/mappings/find").handler == 4);
  BOOST_TEST(routes.find("GET", "/v1/mappings/found").handler == 2);
}

BOOST_AUTO_TEST_CASE(a_wrong_method_names_the_right_ones) {
  const auto found = sample().find("PATCH", "/v1/mappings/m-1");
  BOOST_TEST(found.handler == -1);
  BOOST_TEST(found.path_known);
  const auto routes = sample();
  BOOST_TEST(routes.find("PATCH", "/v1/mappings/m-1").allow == "GET, HEAD, DELETE");
}

BOOST_AUTO_TEST_CASE(head_uses_the_get_route) {
  BOOST_TEST(sample().find("HEAD", "/v1/mappings/m").handler == 2);
}

BOOST_AUTO_TEST_CASE(unknown_paths_are_unknown) {
  const auto routes = sample();
  for (auto path : {"", "/", "v1/lookup", "/v1", "/v1/lookup/", "/v1/mappings/", "/v1/mappings//x",
                    "/v1/bulk-jobs/j/parts/", "/v1/mappings/m/decision", "/V1/lookup", "*"})
    BOOST_TEST(!routes.find("POST", path).path_known, path);
}

BOOST_AUTO_TEST_CASE(bad_routes_are_refused_at_start) {
  auto routes = sample();
  BOOST_CHECK_THROW(routes.add("POST", "/v1/lookup", 9), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("POST", "lookup", 9), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("POST", "/a/{b}c", 9), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("POST", "/{a}/{b}/{c}/{d}/{e}", 9), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("GET", "/x", -1), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
