// Problem documents: every row of the error table as an answer (RFC 9457).
#include "http/problem.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace glados;
using namespace glados::http;

namespace {

bool has(const response& reply, const std::string& line) {
  return reply.header_lines.find(line + "\r\n") != std::string::npos;
}

/// Reads the members every problem has; fails if there are others than `more`.
void check_members(const response& reply, const errc_row& row) {
  json_input in(reply.body);
  BOOST_TEST(in.text("type", 200) == "urn:glados:problem:" + std::string(row.problem));
  BOOST_TEST(in.text("title", 200) == row.title);
  BOOST_TEST(*in.optional_number("status") == static_cast<std::uint64_t>(row.status));
  BOOST_TEST(!in.text("detail", 200).empty());
  if (row.code == errc::malformed_request)
    BOOST_TEST(in.text("pointer", 200) == "");
  const auto fault = in.finish();
  BOOST_TEST(!fault, row.problem);
}

}  // namespace

BOOST_DATA_TEST_CASE(every_code_has_its_document,
                     boost::unit_test::data::xrange(1, int(errc_count)), number) {
  const auto code = static_cast<errc>(number);
  const auto reply = problem(code);
  BOOST_TEST(reply.status == row_of(code).status);
  BOOST_TEST(reply.content_type == "application/problem+json");
  check_members(reply, row_of(code));
  BOOST_TEST(has(reply, "Retry-After: 1") == (reply.status == 503 || reply.status == 429));
  BOOST_TEST((reply.header_lines.find("WWW-Authenticate") != std::string::npos) ==
             (code == errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(what_is_inside_stays_inside) {
  for (const auto code : {errc::stale_version, errc::fenced, errc::moved, errc::deadline})
    BOOST_TEST(problem(code).body == problem(errc::overloaded).body);
}

BOOST_AUTO_TEST_CASE(a_bad_token_is_told_by_header) {
  BOOST_TEST(has(problem(errc::unauthorized), "WWW-Authenticate: Bearer error=\"invalid_token\""));
}

BOOST_AUTO_TEST_CASE(a_missing_scope_is_named_twice) {
  const auto reply = problem(errc::insufficient_scope, {.required_scope = "map"});
  BOOST_TEST(has(reply, "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"map\""));
  BOOST_TEST(reply.body.ends_with(R"("required_scope":"map"})"));
}

BOOST_AUTO_TEST_CASE(a_limit_tells_its_policy_and_when_to_come_back) {
  const auto reply =
      problem(errc::rate_limited, {.policy = "sessions", .retry_after = std::chrono::seconds(90)});
  BOOST_TEST(reply.status == 429);
  BOOST_TEST(reply.body.ends_with(R"("policy":"sessions"})"));
  BOOST_TEST(has(reply, "Retry-After: 90"));
  BOOST_TEST(has(reply, "RateLimit: \"sessions\";r=0;t=90"));
  BOOST_TEST(has(reply, "RateLimit-Policy: \"sessions\";q=5;w=86400"));
  BOOST_TEST(has(problem(errc::rate_limited, {.policy = "sessions", .quota = 9}),
                 "RateLimit-Policy: \"sessions\";q=9;w=86400"));
}

BOOST_AUTO_TEST_CASE(every_limit_of_the_contract_has_its_headers) {
  for (const auto* name :
       {"sessions", "sends", "country", "breaker", "guesses", "tokens", "checks", "resends"})
    BOOST_TEST(problem(errc::rate_limited, {.policy = name})
                       .header_lines.find("RateLimit-Policy: \"" + std::string(name) + "\";q=") !=
                   std::string::npos,
               name);
  // A lookup writes them itself, on every answer.
  BOOST_TEST(problem(errc::rate_limited, {.policy = "lookup"}).header_lines.find("RateLimit") ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_json_fault_tells_its_pointer) {
  const auto reply = problem(json_fault{errc::malformed_request, "/a~1b", "unknown member"});
  BOOST_TEST(reply.status == 400);
  BOOST_TEST(reply.body.ends_with(R"("detail":"unknown member","pointer":"/a~1b"})"));
  BOOST_TEST(problem(json_fault{errc::payload_too_large, "", "deep"}).status == 413);
}

BOOST_AUTO_TEST_CASE(further_members_stand_beside_the_others) {
  const auto reply = problem(errc::code_incorrect, {.members = R"(,"id":"v1","checks_left":4)"});
  json_input in(reply.body);
  BOOST_TEST(in.text("id", 9) == "v1");
  BOOST_TEST(*in.optional_number("checks_left") == 4u);
  BOOST_TEST(*in.optional_number("status") == 422u);
}

BOOST_AUTO_TEST_CASE(a_delivery_tells_its_class_only) {
  BOOST_TEST(problem(errc::delivery_failed, {.failure_class = "permanent"})
                 .body.ends_with(R"("failure":"permanent"})"));
}

BOOST_AUTO_TEST_CASE(framing_problems_close_the_connection) {
  const auto reply = framing_problem(errc::payload_too_large, "too long");
  BOOST_TEST(reply.close);
  BOOST_TEST(reply.status == 413);
}
