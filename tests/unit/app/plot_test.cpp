// Plots: where values stand, what a page holds, what a terminal shows.
#include "app/plot.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "app/plot_scale.hpp"

using namespace glados::app;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

plot plot_of(std::vector<double> values, bool logarithmic = false) {
  plot out;
  out.title = "Calls";
  out.unit = "calls/s";
  out.logarithmic = logarithmic;
  out.series.push_back({"all", std::move(values)});
  return out;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++out;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plots)

BOOST_AUTO_TEST_CASE(a_scale_from_zero_ends_at_a_round_number) {
  const plot_scale scale{plot_of({0, 37, 12})};
  BOOST_TEST(scale.marks() == (std::vector<double>{0, 10, 20, 30, 40}),
             boost::test_tools::per_element());
  BOOST_TEST(scale.height(20) == 0.5);
  BOOST_TEST(scale.height(-1) == 0.0);
  BOOST_TEST(scale.height(400) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_scale_of_decades_holds_the_least_and_the_greatest) {
  const plot_scale scale{plot_of({0.4, 0, 250}, true)};
  BOOST_TEST(scale.marks().front() == 0.1, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(scale.top() == 1000.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(scale.height(10) == 0.5, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(scale.height(0) == 0.0);
}

BOOST_AUTO_TEST_CASE(nothing_measured_and_zeros_have_a_scale_too) {
  for (const bool logarithmic : {false, true})
    for (const auto& values : {std::vector<double>{}, {gap, gap}, {0.0, 0.0}}) {
      const plot_scale scale{plot_of(values, logarithmic)};
      BOOST_TEST(scale.top() == 1.0);
      BOOST_TEST(scale.height(0) == 0.0);
    }
}

BOOST_AUTO_TEST_CASE(a_peak_is_kept_however_many_values_share_its_point) {
  std::vector<double> values(100'000, 1.0);
  values[54'321] = 99;
  values[54'322] = 0;
  const auto spans = spans_of(values, 50);
  BOOST_REQUIRE(spans.size() == 50u);
  BOOST_TEST(spans[27].greatest == 99.0);
  BOOST_TEST(spans[27].least == 0.0);
  BOOST_TEST(spans[26].greatest == 1.0);
}

BOOST_AUTO_TEST_CASE(numbers_are_short) {
  BOOST_TEST(number_text(0) == "0");
  BOOST_TEST(number_text(0.25) == "0.25");
  BOOST_TEST(number_text(12.345) == "12.3");
  BOOST_TEST(number_text(999) == "999");
  BOOST_TEST(number_text(1000) == "1,000");
  BOOST_TEST(number_text(-1234567) == "-1,234,567");
  BOOST_TEST(number_text(-100) == "-100");
  BOOST_TEST(number_text(gap) == "-");
}

BOOST_AUTO_TEST_CASE(a_gap_breaks_the_line) {
  BOOST_TEST(count(svg_of(plot_of({1, 2, 3, 4})), "M") == 1u);
  BOOST_TEST(count(svg_of(plot_of({1, 2, gap, 4})), "M") == 2u);
  BOOST_TEST(count(svg_of(plot_of({gap})), "M") == 0u);
}

BOOST_AUTO_TEST_CASE(a_page_asks_for_nothing_and_takes_names_as_text) {
  report_page page;
  page.title = "<script>alert(1)</script>";
  page.about = "a & b";
  page.tables.push_back({"Table", {"what", "value"}, {{"\"x\"", "<b>"}}});
  page.plots.push_back(plot_of({1, 2, 3}));
  page.plots.back().series[0].name = "<i>";
  const auto html = html_of(page);
  for (const auto* forbidden :
       {"<script", "<b>", "<i>", "http://", "https://", "src=\"", "url(", "@import", "<link"})
    BOOST_TEST(count(html, forbidden) == 0u, forbidden);
  BOOST_TEST(count(html, "<svg") == 1u);
  BOOST_TEST(count(html, "&lt;script&gt;") == 2u);
  BOOST_TEST(count(html, "default-src 'none'") == 1u);
}

BOOST_AUTO_TEST_CASE(a_terminal_shows_bars_as_high_as_their_values) {
  auto one = plot_of({0, 2, 4, 0});
  const auto lines = blocks_of(one, 20, 2);
  BOOST_REQUIRE(lines.size() == 5u);
  BOOST_TEST(lines[0] == "Calls, calls/s");
  BOOST_TEST(lines[1] == "   all");
  BOOST_TEST(lines[2] == "4 │         ████");
  BOOST_TEST(lines[3] == "0 │     ████████");
  BOOST_TEST(lines[4].substr(0, 4) == "   0");
  BOOST_TEST(lines[4].substr(lines[4].size() - 3) == "3 s");
}

BOOST_AUTO_TEST_CASE(a_small_value_beside_a_great_one_is_still_seen) {
  const auto lines = blocks_of(plot_of({1, 1'000'000}), 40, 3);
  BOOST_TEST(count(lines[4], "▁") > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
