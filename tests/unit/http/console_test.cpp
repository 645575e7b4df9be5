// The console's files, who looks at them, and what another site can make a browser send.
#include <boost/test/unit_test.hpp>

#include "admin_fixture.hpp"
#include "http/browser_guard.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;

namespace {

constexpr auto files = std::to_array<static_file>({
    {"main.0123.js", "text/javascript; charset=utf-8", "\"s\"", "run()", true},
    {"", "text/html; charset=utf-8", "\"p\"", "<!doctype html>", false},
});

struct console_fixture : admin_fixture {
  console_fixture() { ports.console = files; }
};

/// A request of a browser with these headers beside its Host.
struct browser {
  std::string_view method = "POST";
  std::vector<header_field> headers;

  browser(std::string_view verb, std::initializer_list<header_field> more)
      : method(verb), headers(more) {
    headers.push_back({"Host", "admin.example:9443"});
  }
  request sent() const {
    request out;
    out.method = method;
    out.path = "/console";
    out.headers = headers;
    return out;
  }
  bool foreign() const { return from_another_site(sent()); }
  bool navigates() const { return is_navigation(sent()); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(console, console_fixture)

BOOST_AUTO_TEST_CASE(the_page_and_its_files_are_served_under_a_strict_policy) {
  for (const auto* path : {"/console", "/console/main.0123.js"}) {
    const auto& got = send("GET", path, {}, who::viewer);
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(got.status == 200);
      BOOST_TEST(holds(got.header_lines, "Content-Security-Policy: default-src 'none'; "));
      BOOST_TEST(holds(got.header_lines, "frame-ancestors 'none'"));
      BOOST_TEST(!holds(got.header_lines, "unsafe"));
      BOOST_TEST(holds(got.header_lines, "X-Content-Type-Options: nosniff\r\n"));
      BOOST_TEST(holds(got.header_lines, "Referrer-Policy: no-referrer\r\n"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_with_a_hash_is_kept_and_the_page_is_asked_for_again) {
  const auto page = send("GET", "/console", {}, who::viewer);
  BOOST_TEST(page.body == "<!doctype html>");
  BOOST_TEST(page.content_type == "text/html; charset=utf-8");
  BOOST_TEST(holds(page.header_lines, "ETag: \"p\"\r\nCache-Control: private, no-cache\r\n"));
  const auto script = send("GET", "/console/main.0123.js", {}, who::viewer);
  BOOST_TEST(script.body == "run()");
  BOOST_TEST(holds(script.header_lines, "Cache-Control: private, max-age=31536000, immutable\r\n"));
}

BOOST_AUTO_TEST_CASE(what_the_browser_has_is_not_sent_again) {
  for (const auto* tags : {"\"p\"", "W/\"p\"", "\"x\", \"p\"", "*"}) {
    more_headers = {{"If-None-Match", tags}};
    BOOST_TEST(send("GET", "/console", {}, who::viewer).status == 304, tags);
  }
  for (const auto* tags : {"\"s\"", "p", ""}) {
    more_headers = {{"If-None-Match", tags}};
    BOOST_TEST(send("GET", "/console", {}, who::viewer).status == 200, tags);
  }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_there_and_nothing_without_a_bundle) {
  for (const auto* path : {"/console/main.js", "/console/..", "/console/index.html"})
    BOOST_TEST(send("GET", path, {}, who::viewer).status == 404, path);
  ports.console = {};
  BOOST_TEST(send("GET", "/console", {}, who::viewer).status == 404);
}

BOOST_AUTO_TEST_CASE(whoever_asks_is_told_name_role_and_node) {
  ports.settings.node_id = "node-7";
  const auto got = parse(send("GET", "/admin/v1/self", {}, who::auditor));
  BOOST_TEST(got["name"].GetString() == "ada");
  BOOST_TEST(got["role"].GetString() == "auditor");
  BOOST_TEST(got["node_id"].GetString() == "node-7");
  BOOST_TEST(got["two_person"].GetBool());
  BOOST_TEST(!got["sandbox"].GetBool());
}

BOOST_AUTO_TEST_CASE(another_site_is_known_by_origin_or_fetch_site) {
  BOOST_TEST(!browser("POST", {}).foreign());
  BOOST_TEST(!browser("POST", {{"Origin", "https://admin.example:9443"}}).foreign());
  BOOST_TEST(!browser("POST", {{"Sec-Fetch-Site", "same-origin"}}).foreign());
  BOOST_TEST(!browser("GET", {{"Sec-Fetch-Site", "none"}}).foreign());
  for (const auto* origin : {"null", "https://admin.example", "http://admin.example:9443",
                             "https://admin.example:9443.evil.example", "https://evil.example"})
    BOOST_TEST(browser("POST", {{"Origin", origin}}).foreign(), origin);
  for (const auto* site : {"cross-site", "same-site", "whatever"})
    BOOST_TEST(browser("GET", {{"Sec-Fetch-Site", site}}).foreign(), site);
  const browser both("POST",
                     {{"Origin", "https://admin.example:9443"}, {"Sec-Fetch-Site", "cross-site"}});
  BOOST_TEST(both.foreign());
  const browser twice(
      "POST", {{"Origin", "https://admin.example:9443"}, {"Origin", "https://evil.example"}});
  BOOST_TEST(twice.foreign());
}

BOOST_AUTO_TEST_CASE(only_a_link_that_a_user_follows_is_a_navigation) {
  const header_field mode{"Sec-Fetch-Mode", "navigate"};
  BOOST_TEST(browser("GET", {mode, {"Sec-Fetch-Dest", "document"}}).navigates());
  BOOST_TEST(!browser("POST", {mode, {"Sec-Fetch-Dest", "document"}}).navigates());
  BOOST_TEST(!browser("GET", {mode, {"Sec-Fetch-Dest", "iframe"}}).navigates());
  BOOST_TEST(
      !browser("GET", {{"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Dest", "document"}}).navigates());
  BOOST_TEST(!browser("GET", {}).navigates());
}

BOOST_AUTO_TEST_CASE(links_lead_to_the_page_and_to_nothing_else) {
  more_headers = {{"Sec-Fetch-Site", "cross-site"},
                  {"Sec-Fetch-Mode", "navigate"},
                  {"Sec-Fetch-Dest", "document"}};
  for (const auto& row : admin_routes()) {
    if (row.method != "GET")
      continue;
    const bool refused = send("GET", row.pattern, {}).status == 403;
    BOOST_TEST(refused == (row.pattern != "/console"), row.pattern);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_changed_by_another_site) {
  more_headers = {{"Origin", "https://evil.example"}};
  for (const auto& row : admin_routes())
    BOOST_TEST(send(row.method, row.pattern, {}).status == 403, row.pattern);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_SUITE_END()
