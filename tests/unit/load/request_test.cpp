// The bytes that the load generator sends.
#include <boost/test/unit_test.hpp>
#include <string>

#include "load/request_text.hpp"

using namespace glados::load;

namespace {

struct desk {
  options asked;
  target here;
  caller alpha, beta;

  desk() {
    here.authority = "127.0.0.1:8443";
    alpha.token("first-token");
    beta.token("beta-token");
    asked.body = R"({"sii":"tel:+14155550100"})";
  }
};

std::string body_of(const std::string& text) { return text.substr(text.find("\r\n\r\n") + 4); }

bool says(const std::string& text, const std::string& line) {
  return text.find("\r\n" + line + "\r\n") != std::string::npos;
}

void need_whole(const std::string& text, const std::string& start) {
  BOOST_TEST(text.starts_with(start + " HTTP/1.1\r\nHost: 127.0.0.1:8443\r\n"), text);
  const auto body = body_of(text);
  BOOST_TEST(says(text, "Content-Length: " + std::to_string(body.size())) == !body.empty(), text);
  BOOST_TEST(says(text, "Content-Type: application/json") == !body.empty(), text);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(load_requests, desk)

BOOST_AUTO_TEST_CASE(each_operation_is_the_call_of_the_contract) {
  request_text text(asked, here, alpha);
  need_whole(text.of({purpose::request, 0}), "POST /v1/lookup");
  BOOST_TEST(body_of(text.of({purpose::request, 0})) == asked.body);
  need_whole(text.of({purpose::lookup, 4915180000000}), "POST /v1/lookup");
  need_whole(text.of({purpose::find, 4915180000000}), "POST /v1/mappings/find");
  need_whole(text.of({purpose::quota, 0}), "GET /v1/quota");
  errand proof(purpose::verify, 4915180000000);
  need_whole(text.of(proof), "POST /v1/verifications");
  proof.answered(202, R"({"id":"v-1"})");
  proof.code_came("123456");
  need_whole(text.of(proof), "POST /v1/verifications/v-1/check");
  BOOST_TEST(body_of(text.of(proof)) == R"({"code":"123456","user_id":"load-user-4915180000000"})");
}

BOOST_AUTO_TEST_CASE(what_comes_later_is_the_call_of_the_contract_too) {
  alpha.client_id = "c1";
  alpha.client_secret = "s3cret";
  request_text text(asked, here, alpha);
  const auto made = [&](purpose what, std::string_view how = {}) {
    order about;
    about.what = what;
    about.number = 4915180000000;
    about.user = 1;
    about.subject = "x1";
    about.key = "k1";
    about.how = how;
    return errand(about);
  };
  const auto decision = text.of(made(purpose::decide, "prefer"));
  need_whole(decision, "POST /v1/mappings/x1/decision");
  BOOST_TEST(body_of(decision) == R"({"action":"prefer"})");
  BOOST_TEST(says(decision, "Idempotency-Key: k1"));
  BOOST_TEST(text.of(made(purpose::remove)).starts_with("DELETE /v1/mappings/x1 HTTP/1.1"));
  auto restore = made(purpose::restore);
  need_whole(text.of(restore), "GET /v1/events?limit=100&after=x1");
  restore.answered(200, "{}");
  restore.notice_chosen(notice{"c1", 4915180000001, 0});
  need_whole(text.of(restore), "POST /v1/changes/c1/restore");
  BOOST_TEST(body_of(text.of(restore)) == R"({"sii":"tel:+4915180000001"})");
  BOOST_TEST(says(text.of(restore), "Idempotency-Key: k1"));
  restore.answered(202, R"({"id":"v1"})");
  restore.code_came("123456");
  need_whole(text.of(restore), "POST /v1/verifications/v1/check");
  auto report = made(purpose::report);
  report.answered(200, "{}");
  report.notice_chosen(notice{"c1", 4915180000001, 0});
  need_whole(text.of(report), "POST /v1/changes/c1/reports");
  const auto revoked = text.of(made(purpose::revoke_token));
  BOOST_TEST(revoked.starts_with("POST /oauth2/revoke HTTP/1.1"));
  BOOST_TEST(says(revoked, "Authorization: Basic YzE6czNjcmV0"));
  BOOST_TEST(body_of(revoked) == "token=x1");
  BOOST_TEST(body_of(text.of(made(purpose::issue_token))) == "grant_type=client_credentials");
  const auto used = text.of(made(purpose::use_token));
  need_whole(used, "GET /v1/quota");
  BOOST_TEST(says(used, "Authorization: Bearer x1"));
}

BOOST_AUTO_TEST_CASE(a_row_travels_in_a_job_of_its_own) {
  request_text text(asked, here, alpha);
  order about;
  about.what = purpose::register_row;
  about.number = 4915180000000;
  about.user = 1;
  about.how = "contest";
  errand row(about);
  need_whole(text.of(row), "POST /v1/bulk-jobs");
  BOOST_TEST(body_of(text.of(row)) == R"({"on_conflict":"contest","dry_run":false})");
  row.answered(201, R"({"id":"j1"})");
  const auto part = text.of(row);
  BOOST_TEST(part.starts_with("PUT /v1/bulk-jobs/j1/parts/1 HTTP/1.1"));
  BOOST_TEST(says(part, "Content-Type: application/x-ndjson"));
  BOOST_TEST(body_of(part) ==
             "{\"sii\":\"tel:+4915180000000\",\"user_id\":\"load-user-4915180000000-1\"}\n");
  row.answered(200, "{}");
  BOOST_TEST(text.of(row).starts_with("POST /v1/bulk-jobs/j1/complete HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(of_lookups_only_the_digits_change) {
  request_text text(asked, here, alpha);
  const auto first = text.of({purpose::lookup, 4915180000000});
  BOOST_TEST(body_of(first) == R"({"sii":"tel:+4915180000000"})");
  const auto second = text.of({purpose::lookup, 4915180012345});
  BOOST_TEST(body_of(second) == R"({"sii":"tel:+4915180012345"})");
  BOOST_TEST(second.substr(0, second.find("\r\n\r\n")) == first.substr(0, first.find("\r\n\r\n")));
  text.of({purpose::quota, 0});
  BOOST_TEST(text.of({purpose::lookup, 4915180000000}) == first);
}

BOOST_AUTO_TEST_CASE(a_renewed_token_and_another_caller_are_in_the_next_request) {
  request_text text(asked, here, alpha);
  for (const auto what : {purpose::lookup, purpose::request, purpose::quota}) {
    alpha.token("first-token");
    text.use(here, alpha);
    BOOST_TEST(says(text.of({what, 4915180000000}), "Authorization: Bearer first-token"));
    alpha.token("second-token");
    BOOST_TEST(says(text.of({what, 4915180000000}), "Authorization: Bearer second-token"));
    text.use(here, beta);
    BOOST_TEST(says(text.of({what, 4915180000000}), "Authorization: Bearer beta-token"));
  }
}

BOOST_AUTO_TEST_CASE(no_two_openings_have_the_same_key) {
  request_text one(asked, here, alpha), other(asked, here, beta);
  const errand proof(purpose::verify, 4915180000000);
  const auto key_of = [](const std::string& text) {
    const auto at = text.find("Idempotency-Key: ");
    return text.substr(at, text.find("\r\n", at) - at);
  };
  const auto first = key_of(one.of(proof));
  BOOST_TEST(first.size() > std::string("Idempotency-Key: ").size());
  BOOST_TEST(key_of(one.of(proof)) != first);
  BOOST_TEST(key_of(other.of(proof)) != first);
}

BOOST_AUTO_TEST_CASE(without_a_token_nothing_is_said_of_one) {
  caller nobody;
  request_text text(asked, here, nobody);
  BOOST_TEST(text.of({purpose::lookup, 4915180000000}).find("Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_signs_in_shows_id_and_secret) {
  alpha.client_id = "c1";
  alpha.client_secret = "s3cret";
  const auto text = token_request(here, alpha);
  BOOST_TEST(says(text, "Authorization: Basic YzE6czNjcmV0"), text);
  BOOST_TEST(body_of(text) == "grant_type=client_credentials");
  BOOST_TEST(outbox_request(here, 4915180000000)
                 .starts_with("GET /admin/v1/sandbox/messages?sii=tel:%2B4915180000000 HTTP/1.1"));
}

BOOST_AUTO_TEST_SUITE_END()
