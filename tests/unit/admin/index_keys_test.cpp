// Keys by which records are named: what is shown of them.
#include <boost/test/unit_test.hpp>

#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::script;

namespace {

const std::string view = R"({"index_key":{"in_use":1,"active":2,"shards_with_old_names":7},)"
                         R"("nodes":[{"node_id":"a","index_keys":3},)"
                         R"({"node_id":"b","index_keys":2}]})";
script service() {
  script s;
  s.on("GET /admin/v1/cluster", 200, view);
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(index_keys)

BOOST_AUTO_TEST_CASE(each_key_says_how_far_it_is_and_who_lacks_it) {
  const auto told = parse_json(service().run({"cluster", "keys", "--json"}).out);
  const auto& keys = told->at("index_keys").items();
  BOOST_REQUIRE(keys.size() == 3u);
  BOOST_TEST(keys[0].at("state").text() == "in use");
  BOOST_TEST(keys[1].at("state").text() == "being applied");
  BOOST_TEST(keys[2].at("state").text() == "not active");
  BOOST_TEST(keys[1].at("nodes_without_it").items().empty());
  BOOST_REQUIRE(keys[2].at("nodes_without_it").items().size() == 1u);
  BOOST_TEST(keys[2].at("nodes_without_it").items()[0].text() == "b");
  const auto shown = service().run({"cluster", "keys"}).out;
  BOOST_TEST(shown.find("7 shards with old names") != shown.npos);
}

BOOST_AUTO_TEST_SUITE_END()
