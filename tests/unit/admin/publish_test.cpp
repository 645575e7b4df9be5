// What may be published of a month: nothing from which fewer than 20 can be read.
#include "admin/publish.hpp"

#include <boost/test/unit_test.hpp>

#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::script;

namespace {

std::string published(const std::vector<std::pair<std::string, std::uint64_t>>& cells) {
  publication_row row;
  for (const auto& [name, count] : cells) row.add(name, count);
  return row.published().json();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(publication)

BOOST_AUTO_TEST_CASE(the_least_that_is_shown_is_twenty) {
  BOOST_TEST(publication_row::shown(20).json() == "20");
  BOOST_TEST(publication_row::shown(19).json() == "null");
  BOOST_TEST(publication_row::shown(0).json() == "null");
  BOOST_TEST(published({{"", 20}}) == R"({"total":20})");
  BOOST_TEST(published({{"", 19}}) == R"({"total":null})");
  BOOST_TEST(published({}) == R"({"total":null})");
}

BOOST_AUTO_TEST_CASE(no_hidden_cell_can_be_subtracted) {
  BOOST_TEST(published({{"a", 100}, {"b", 30}}) == R"({"total":130,"by":{"a":100,"b":30}})");
  // one hidden cell would be the total less the others
  BOOST_TEST(published({{"a", 100}, {"b", 19}}) == R"({"total":null,"by":{"a":100,"b":null}})");
  // two hidden ones together are still under 20
  BOOST_TEST(published({{"a", 100}, {"b", 9}, {"c", 10}}) ==
             R"({"total":null,"by":{"a":100,"b":null,"c":null}})");
  BOOST_TEST(published({{"a", 100}, {"b", 10}, {"c", 10}}) ==
             R"({"total":120,"by":{"a":100,"b":null,"c":null}})");
  BOOST_TEST(published({{"a", 100}, {"b", 0}}) == R"({"total":null,"by":{"a":100,"b":null}})");
}

BOOST_AUTO_TEST_CASE(every_combination_keeps_the_rule) {
  const std::uint64_t sizes[] = {0, 1, 19, 20, 21, 500};
  for (const auto a : sizes)
    for (const auto b : sizes)
      for (const auto c : sizes) {
        publication_row row;
        row.add("a", a);
        row.add("b", b);
        row.add("c", c);
        std::uint64_t shown = 0;
        std::size_t hidden = 0;
        for (const auto& [name, count] : row.cells()) {
          const auto cell = publication_row::shown(count);
          BOOST_TEST((cell.is_null() || cell.count() >= 20u));
          shown += cell.count();
          hidden += cell.is_null() ? 1 : 0;
        }
        const auto total = row.total();
        if (!total.is_null() && hidden > 0) {
          BOOST_TEST(hidden >= 2u);
          BOOST_TEST(total.count() - shown >= 20u);
        }
      }
}

BOOST_AUTO_TEST_CASE(months) {
  BOOST_TEST(valid_month("2026-11"));
  for (const auto* bad : {"2026-13", "2026-1", "november", "", "2026-11-01"})
    BOOST_TEST(!valid_month(bad), bad);
  BOOST_TEST(in_month("2026-11-30T23:59:59.999Z", "2026-11"));
  BOOST_TEST(!in_month("2026-12-01T00:00:00.000Z", "2026-11"));
  BOOST_TEST(!in_month(value{}, "2026-11"));
}

BOOST_AUTO_TEST_CASE(a_report_sums_over_providers_and_names_none) {
  script s;
  s.on("GET /admin/v1/providers?after=", 200,
       R"({"providers":[{"provider_id":"alpha"},{"provider_id":"beta"}],"next":""})");
  for (const auto* who : {"alpha", "beta"}) {
    const auto page = "GET /admin/v1/providers/" + std::string(who);
    s.on(page + "/usage?month=2026-11", 200,
         R"({"lookups":{"hits":15,"misses":30},"bulk_rows":0,)"
         R"("sends":[{"channel":"sms","country":"DE","count":40},)"
         R"({"channel":"email","country":null,"count":2}]})");
    s.on(page + "/strikes?after=", 200,
         R"({"strikes":[{"cause":"restored","at":"2026-11-03T00:00:00.000Z"},)"
         R"({"cause":"restored","at":"2026-10-03T00:00:00.000Z"}],"next":""})");
  }
  s.on("GET /admin/v1/reports?after=", 200,
       R"({"reports":[{"reason":"mistake","created_at":"2026-11-03T00:00:00.000Z",)"
       R"("state":"open","resolved_at":null}],"next":""})");
  const auto done = s.run({"report", "--month", "2026-11", "--json"});
  BOOST_REQUIRE(done.code == 0);
  const auto told = *parse_json(done.out);
  const auto& rows = told.at("rows");
  BOOST_TEST(rows.at("lookups").json() ==
             R"({"total":90,"by":{"answered":30,"nobody has it":60}})");
  BOOST_TEST(rows.at("codes sent").json() == R"({"total":null,"by":{"email":null,"sms DE":80}})");
  BOOST_TEST(rows.at("strikes").json() == R"({"total":null,"by":{"restored":null}})");
  BOOST_TEST(done.out.find("alpha") == done.out.npos);
  const auto people = s.run({"report", "--month", "2026-11"});
  BOOST_TEST(people.out.find("<20") != people.out.npos);
  BOOST_TEST(s.run({"report"}).code == 2);
  BOOST_TEST(s.run({"report", "--month", "2026"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
