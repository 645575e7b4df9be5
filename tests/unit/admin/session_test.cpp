// Commands against scripted answers: exit codes, confirmation, dry runs, secrets, paging.
#include <boost/test/unit_test.hpp>

#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::alpha;
using glados::admin::test::folder;
using glados::admin::test::script;

namespace {

const std::string page = "/admin/v1/providers/alpha";
const std::string secret = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

script with_alpha() {
  script s;
  s.on("GET " + page, 200, alpha);
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(done_is_0) {
  const auto done = with_alpha().run({"providers", "show", "alpha"});
  BOOST_TEST(done.code == 0);
  BOOST_TEST(done.out.find("Alpha Chat") != done.out.npos);
  BOOST_TEST(done.err == "");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_1_and_its_problem_is_printed) {
  script s;
  s.refuse("GET " + page, 404, "not-found");
  const auto done = s.run({"providers", "show", "alpha"});
  BOOST_TEST(done.code == 1);
  BOOST_TEST(done.out == "");
  BOOST_TEST(done.err == "glados admin: 404 not-found: because\n");
  const auto machine = s.run({"providers", "show", "alpha", "--json"});
  BOOST_TEST(parse_json(machine.err)->at("status").count() == 404u);
}

BOOST_AUTO_TEST_CASE(no_answer_is_3) {
  const auto done = script().run({"providers", "show", "alpha"});
  BOOST_TEST(done.code == 3);
  BOOST_TEST(done.err.find("no answer") != done.err.npos);
}

BOOST_AUTO_TEST_CASE(an_answer_of_somebody_else_is_3) {
  script html, page_of_proxy;
  html.on("GET " + page, 200, "<html>", "text/html");
  BOOST_TEST(html.run({"providers", "show", "alpha"}).code == 3);
  page_of_proxy.on("GET " + page, 502, "{}", "application/json");
  BOOST_TEST(page_of_proxy.run({"providers", "show", "alpha"}).code == 3);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_second_operator_is_4) {
  auto s = with_alpha();
  s.on("POST " + page + "/terminate", 202, R"({"pending":true,"detail":"d"})");
  const auto done = s.run({"providers", "terminate", "alpha", "--reason", "r", "--yes"});
  BOOST_TEST(done.code == 4);
  BOOST_TEST(done.err.find("another operator") != done.err.npos);
}

BOOST_AUTO_TEST_CASE(what_looks_like_an_identifier_never_leaves) {
  for (const auto* bad : {"tel:+14155550123", "mailto:a@example.org", "a@b", "+14155550123"}) {
    const auto done = script().run({"providers", "show", bad});
    BOOST_TEST(done.code == 2);
    BOOST_TEST(done.calls.empty());
    BOOST_TEST(done.err.find(bad) == done.err.npos);
  }
}

BOOST_AUTO_TEST_CASE(names_are_encoded_in_the_path) {
  const auto done = script().run({"providers", "show", "a/../b?c"});
  BOOST_REQUIRE(done.calls.size() == 1u);
  BOOST_TEST(done.calls[0].path == "/admin/v1/providers/a%2F..%2Fb%3Fc");
  BOOST_TEST(script().run({"providers", "show", ".."}).calls.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(confirmation)

BOOST_AUTO_TEST_CASE(without_a_terminal_nothing_is_destroyed_unasked) {
  const auto done = with_alpha().run({"providers", "suspend", "alpha", "--reason", "r"});
  BOOST_TEST(done.code == 5);
  BOOST_REQUIRE(done.calls.size() == 1u);
  BOOST_TEST(done.calls[0].method == "GET");
  BOOST_TEST(done.err.find("This suspends alpha") != done.err.npos);
  BOOST_TEST(done.err.find("add --yes") != done.err.npos);
}

BOOST_AUTO_TEST_CASE(yes_does_it) {
  auto s = with_alpha();
  s.on("POST " + page + "/suspend", 200, alpha);
  const auto done = s.run({"providers", "suspend", "alpha", "--reason", "r", "--yes"});
  BOOST_TEST(done.code == 0);
  BOOST_TEST(done.calls.back().body == R"({"reason":"r"})");
}

BOOST_AUTO_TEST_CASE(the_name_must_be_typed_whole) {
  for (const auto& [typed, code] :
       {std::pair{"alpha\n", 0}, std::pair{"alph\n", 5}, std::pair{"y\n", 5}, std::pair{"", 5}}) {
    auto s = with_alpha();
    s.on("POST " + page + "/suspend", 200, alpha).at_terminal().typed(typed);
    BOOST_TEST(s.run({"providers", "suspend", "alpha", "--reason", "r"}).code == code);
  }
}

BOOST_AUTO_TEST_CASE(a_dry_run_shows_the_call_and_makes_none_even_with_yes) {
  const auto done =
      with_alpha().run({"providers", "suspend", "alpha", "--reason", "r", "--dry-run", "--yes"});
  BOOST_TEST(done.code == 0);
  BOOST_TEST(done.calls.size() == 1u);
  BOOST_TEST(done.out.find("would call POST " + page + "/suspend") == 0u);
  const auto machine = with_alpha().run(
      {"providers", "quota", "alpha", "--lookup-daily", "5", "--dry-run", "--json"});
  BOOST_TEST(parse_json(machine.out)->at("body").json() == R"({"overrides":{"lookup_daily":5}})");
}

BOOST_AUTO_TEST_CASE(every_command_that_destroys_asks) {
  for (const auto& row : admin_program().commands) {
    if (row.does != effect::destroys)
      continue;
    auto s = with_alpha();
    s.on("GET /admin/v1/applications/alpha", 200, R"({"id":"alpha"})");
    s.on("GET " + page + "/strikes", 200, R"({"standing":{}})");
    s.on("GET /admin/v1/cluster", 200,
         R"({"nodes":[{"node_id":"alpha","shards_owned":1,"index_keys":2}]})");
    s.on("GET " + page, 200, R"({"certificates":[{"thumbprint":"12345678aa"}],"secrets":[]})");
    auto words = split(row.words);
    words.push_back(row.operands == "NUMBER" ? "2" : "alpha");
    if (row.words == "certificates revoke")
      s = script().on("GET " + page, 200, R"({"certificates":[{"thumbprint":"12345678aa"}]})");
    if (split(row.operands).size() > 1)
      words.push_back("12345678");
    for (const auto& option : row.options)
      if (option.name == "reason")
        words.insert(words.end(), {"--reason", "r"});
    const auto done = s.run(words);
    BOOST_TEST(done.code == 5, row.words << ": " << done.err);
    for (const auto& call : done.calls) BOOST_TEST(call.method == "GET", row.words);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cluster_status)

std::string cluster_of(int shards_of_second, int unowned, int moves) {
  return R"({"shards":1024,"shards_unowned":)" + std::to_string(unowned) +
         R"(,"moves_under_way":)" + std::to_string(moves) + R"(,"nodes":[)" +
         R"({"node_id":"n-1","ready":true,"shards_owned":512},)" +
         R"({"node_id":"n-2","ready":true,"shards_owned":)" + std::to_string(shards_of_second) +
         "}]}";
}

BOOST_AUTO_TEST_CASE(it_waits_until_nothing_moves_and_shows_what_it_saw_then) {
  script s;
  for (const auto& seen :
       {cluster_of(0, 0, 0), cluster_of(5, 3, 0), cluster_of(5, 0, 1), cluster_of(512, 0, 0)})
    s.on("GET /admin/v1/cluster", 200, seen);
  const auto waited = s.run({"cluster", "status", "--settled", "2", "--json"});
  BOOST_TEST(waited.code == 0, waited.err);
  BOOST_TEST(waited.calls.size() == 4u);
  BOOST_TEST(parse_json(waited.out)->at("nodes").items()[1].at("shards_owned").count() == 512u);
}

BOOST_AUTO_TEST_CASE(it_waits_for_a_number_of_nodes_only) {
  for (const auto* bad : {"two", "", "-1", "10000"}) {
    const auto done = script().run({"cluster", "status", "--settled", bad});
    BOOST_TEST(done.code == 2, bad);
    BOOST_TEST(done.calls.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(index_keys)

std::string page_of(const std::string& in_use, const std::string& keys) {
  return R"({"index_key":{"in_use":)" + in_use + R"(,"shards_with_old_names":0},"nodes":[)" +
         R"({"node_id":"n-1","index_keys":)" + keys + R"(},{"node_id":"n-2","index_keys":2}]})";
}

/// Key 2 is in use when it is asked for the third time: the page is behind what was activated.
script nodes_with(const std::string& keys) {
  script s;
  for (const auto* in_use : {"1", "1", "2"})
    s.on("GET /admin/v1/cluster", 200, page_of(in_use, keys));
  s.on("POST /admin/v1/cluster/index-keys/2/activate", 202, R"({"index_key":2,"state":"active"})");
  return s;
}

BOOST_AUTO_TEST_CASE(a_key_that_every_node_has_is_activated) {
  const auto done = nodes_with("2").run({"cluster", "activate-key", "2", "--yes"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(done.out == "index key 2  active\n");
  const auto waited = nodes_with("2").run({"cluster", "activate-key", "2", "--yes", "--wait"});
  BOOST_TEST(waited.out == "index key 2  in use\n");
  BOOST_TEST(waited.calls.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_key_that_a_node_lacks_is_not_even_asked_for) {
  const auto done = nodes_with("1").run({"cluster", "activate-key", "2", "--yes"});
  BOOST_TEST(done.code == 2);
  BOOST_TEST(done.err.find("no index key 2: n-1;") != done.err.npos, done.err);
  BOOST_TEST(done.calls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_no_key) {
  for (const auto* bad : {"two", "2x", "1000", "-1"})
    BOOST_TEST(nodes_with("2").run({"cluster", "activate-key", bad, "--yes"}).code == 2, bad);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(no_secret_is_made_that_nobody_would_see) {
  const auto done = script().run({"secrets", "rotate", "alpha"});
  BOOST_TEST(done.code == 2);
  BOOST_TEST(done.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_terminal_sees_it_once) {
  script s;
  s.at_terminal().on("POST " + page + "/secrets", 201,
                     R"({"number":2,"client_secret":")" + secret + "\"}");
  const auto done = s.run({"secrets", "rotate", "alpha"});
  BOOST_TEST(done.code == 0);
  BOOST_TEST(done.out.find(secret) != done.out.npos);
  BOOST_TEST(done.err.find("not shown again") != done.err.npos);
}

BOOST_AUTO_TEST_CASE(a_file_keeps_it_from_the_output) {
  const folder at;
  const auto path = at.at("new");
  script s;
  s.on("POST " + page + "/secrets", 201, R"({"number":2,"client_secret":")" + secret + "\"}");
  for (const auto* form : {"--json", "--limit=1"}) {
    if (std::string_view(form) == "--limit=1")
      continue;
    const auto done = s.run({"secrets", "rotate", "alpha", "--secret-file", path, form});
    BOOST_TEST(done.code == 0);
    BOOST_TEST((done.out + done.err).find(secret) == std::string::npos);
    BOOST_TEST(parse_json(done.out)->at("client_secret_file").text() == path);
  }
  BOOST_TEST(at.mode("new") == 0600u);
  BOOST_TEST(parse_json(at.read("new"))->at("client_secret").text() == secret);
  const auto again = s.run({"secrets", "rotate", "alpha", "--secret-file", path});
  BOOST_TEST(again.code == 2);  // never over a file that is there
  BOOST_TEST(again.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_leaves_no_file) {
  const folder at;
  script s;
  s.refuse("POST " + page + "/secrets", 409, "conflict");
  BOOST_TEST(s.run({"secrets", "rotate", "alpha", "--secret-file", at.at("new")}).code == 1);
  BOOST_TEST(at.mode("new") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(all_pages_are_read_and_a_limit_ends_them) {
  const std::string base = "GET /admin/v1/providers?after=";
  script s;
  s.on(base, 200, R"({"providers":[{"provider_id":"a"},{"provider_id":"b"}],"next":"b"})");
  s.on(base + "b", 200, R"({"providers":[{"provider_id":"c"}],"next":"c"})");
  s.on(base + "c", 200, R"({"providers":[],"next":"c"})");
  const auto all = s.run({"providers", "list", "--json"});
  BOOST_TEST(parse_json(all.out)->at("providers").items().size() == 3u);
  const auto some = s.run({"providers", "list", "--json", "--limit", "1"});
  BOOST_TEST(parse_json(some.out)->at("providers").items().size() == 1u);
  BOOST_TEST(some.calls.size() == 1u);
  BOOST_TEST(s.run({"providers", "list", "--limit", "0"}).code == 2);
  BOOST_TEST(s.run({"providers", "list", "--limit", "1x"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_cursor_that_stands_still_ends_a_list) {
  script s;
  s.on("GET /admin/v1/providers?after=", 200, R"({"providers":[{"provider_id":"a"}],"next":""})");
  BOOST_TEST(s.run({"providers", "list"}).calls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(lists_are_edited_whole) {
  auto s = with_alpha();
  s.on("PATCH " + page, 200, alpha);
  BOOST_TEST(s.run({"providers", "scopes", "alpha", "--add", "map,bulk"}).calls.back().body ==
             R"({"scopes":["lookup","map","bulk"]})");
  BOOST_TEST(s.run({"providers", "scopes", "alpha", "--remove", "lookup"}).calls.back().body ==
             R"({"scopes":[]})");
  BOOST_TEST(s.run({"providers", "scopes", "alpha", "--set", "events"}).calls.back().body ==
             R"({"scopes":["events"]})");
  BOOST_TEST(s.run({"providers", "scopes", "alpha"}).code == 2);
  BOOST_TEST(s.run({"providers", "quota", "alpha", "--bulk-rows", "none"}).calls.back().body ==
             R"({"overrides":{"bulk_rows":null}})");
  BOOST_TEST(s.run({"providers", "quota", "alpha", "--bulk-rows", "-1"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
