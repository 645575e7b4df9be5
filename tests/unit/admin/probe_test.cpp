// A round of the prober against scripted answers, its codes and its metrics.
#include "admin/probe.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>

#include "admin/canary.hpp"
#include "admin/mailbox.hpp"
#include "scripted.hpp"

using namespace glados::admin;

namespace {

const std::string sii = "mailto:canary-7@probe.example";

/// The service as the canary sees it: every answer good, unless a test replaces it.
class service final : public transport {
 public:
  answer call(const request& what) override {
    calls.push_back(what);
    const auto found = answers.find(what.path);
    if (found == answers.end())
      throw stop(outcome::unreachable, "no answer");
    return found->second;
  }
  void on(const std::string& path, int status, const std::string& body) {
    answers[path] = {status, "application/json", body, 0, {}};
  }

  std::map<std::string, answer> answers;
  std::vector<request> calls;
};

struct stage {
  stage() {
    world.on("/oauth2/token", 200, R"({"access_token":"t","expires_in":600})");
    world.on("/v1/verifications", 202, R"({"id":"v1","state":"pending"})");
    world.on("/v1/verifications/v1/check", 200, R"({"state":"verified","mapping":{"id":"m"}})");
    world.on("/v1/lookup", 200, R"({"ssi":{"provider_id":"canary","user_id":"canary"}})");
  }

  round_report round() { return one.round(sii); }
  bool has_header(const std::string& path, const std::string& line) const {
    for (const auto& call : world.calls)
      if (call.path == path && std::count(call.headers.begin(), call.headers.end(), line) > 0)
        return true;
    return false;
  }

  service world;
  double time = 100;
  std::optional<std::string> code = "123456";
  canary one{{"canary", "id", "s:c"},
             world,
             [this] { return canary::seconds(time += 0.5); },
             [this](const std::string& asked) {
               BOOST_TEST(asked == sii);
               return code;
             }};
};

const std::string mail =
    "From: a\r\nTo: <canary-7@probe.example>\r\n\r\nYour code is\r\n\r\n"
    "    123456\r\n\r\nEnter it.\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(rounds)

BOOST_AUTO_TEST_CASE(a_good_one_takes_all_steps_in_order) {
  stage at;
  const auto made = at.round();
  BOOST_TEST(made.good);
  BOOST_TEST(made.failed.empty());
  BOOST_REQUIRE(made.took.size() == canary_steps.size());
  for (std::size_t i = 0; i < canary_steps.size(); ++i) {
    BOOST_TEST(made.took[i].first == canary_steps[i]);
    BOOST_TEST(made.took[i].second.count() > 0);
  }
  BOOST_TEST(at.has_header("/oauth2/token", "Authorization: Basic aWQ6cyUzQWM="));
  BOOST_TEST(at.has_header("/v1/lookup", "Authorization: Bearer t"));
  BOOST_TEST(at.world.calls[2].body == R"({"code":"123456","user_id":"canary"})");
}

BOOST_AUTO_TEST_CASE(a_token_is_kept_until_it_ends) {
  stage at;
  at.round();
  at.world.on("/oauth2/token", 200, R"({"access_token":"u","expires_in":600})");
  at.round();
  BOOST_TEST(!at.has_header("/v1/lookup", "Authorization: Bearer u"));
  at.time += 600;
  at.round();
  BOOST_TEST(at.has_header("/v1/lookup", "Authorization: Bearer u"));
}

BOOST_AUTO_TEST_CASE(each_failure_names_its_step) {
  struct row {
    std::string_view step;
    std::string path;
    int status;
    std::string body;
    outcome how;
  };
  const row rows[] = {
      {"token", "/oauth2/token", 401, R"({"error":"invalid_client"})", outcome::refused},
      {"open", "/v1/verifications", 429, R"({"type":"urn:glados:problem:rate-limited"})",
       outcome::refused},
      {"check", "/v1/verifications/v1/check", 422,
       R"({"type":"urn:glados:problem:code-incorrect"})", outcome::refused},
      {"check", "/v1/verifications/v1/check", 200, R"({"state":"pending","mapping":null})",
       outcome::untrue},
      {"lookup", "/v1/lookup", 404, R"({"type":"urn:glados:problem:not-found"})", outcome::refused},
      {"lookup", "/v1/lookup", 200, R"({"ssi":{"provider_id":"beta","user_id":"canary"}})",
       outcome::untrue},
      {"lookup", "/v1/lookup", 200, "<html>", outcome::unreachable},
  };
  for (const auto& [step, path, status, body, how] : rows) {
    stage at;
    at.world.on(path, status, body);
    const auto made = at.round();
    BOOST_TEST(!made.good);
    BOOST_TEST(made.failed == step);
    BOOST_TEST((made.how == how), step << " " << body);
    BOOST_TEST(!made.why.empty());
  }
  stage silent;
  silent.code.reset();
  BOOST_TEST(silent.round().failed == "code");
  stage gone;
  gone.world.answers.clear();
  BOOST_TEST((gone.round().how == outcome::unreachable));
}

BOOST_AUTO_TEST_CASE(after_a_failure_it_signs_in_anew) {
  stage at;
  at.round();
  at.world.on("/v1/lookup", 401, R"({"type":"urn:glados:problem:unauthorized"})");
  at.round();
  at.world.calls.clear();
  at.round();
  BOOST_TEST(at.world.calls.front().path == "/oauth2/token");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(codes)

BOOST_AUTO_TEST_CASE(are_found_in_mails_and_in_short_messages) {
  BOOST_TEST(code_in(mail).value_or("") == "123456");
  BOOST_TEST(code_in("Canary code: 654321\nSay nothing.\n\n@glados.example #654321").value_or("") ==
             "654321");
  BOOST_TEST(!code_in("call 123456 now\n"));
  BOOST_TEST(!code_in("1234567\n"));
  BOOST_TEST(!code_in("123456\n654321\n"));
  BOOST_TEST(!code_in(""));
}

BOOST_AUTO_TEST_CASE(are_taken_once_and_by_their_address_only) {
  const test::folder at;
  std::filesystem::create_directory(at.at("new"));
  mailbox box(at.at(""));
  BOOST_TEST(!box.take("canary-7@probe.example"));
  at.put("new/1", mail);
  BOOST_TEST(!box.take("canary-8@probe.example"));
  BOOST_TEST(box.take("canary-7@probe.example").value_or("") == "123456");
  BOOST_TEST(!box.take("canary-7@probe.example"));
  at.put("new/2", mail);
  box.clear();
  BOOST_TEST(!box.take("canary-7@probe.example"));
  BOOST_CHECK_THROW(mailbox(at.at("none")), stop);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(probing)

BOOST_AUTO_TEST_CASE(metrics_tell_the_last_round_and_count_failures) {
  probe_metrics told;
  round_report good, bad;
  good.good = true;
  good.took = {{"token", canary::seconds(0.25)}};
  bad.failed = "check";
  told.add(good, 1000);
  told.add(bad, 1060);
  const auto text = told.text();
  for (const auto* line : {"glados_probe_success 0\n", "glados_probe_rounds_total 2\n",
                           "glados_probe_run_timestamp_seconds 1060\n",
                           "glados_probe_success_timestamp_seconds 1000\n",
                           "glados_probe_failures_total{step=\"check\"} 1\n",
                           "glados_probe_failures_total{step=\"code\"} 0\n"})
    BOOST_TEST(text.find(line) != text.npos, line);
  told.add(good, 1120);
  BOOST_TEST(told.text().find("glados_probe_step_seconds{step=\"token\"} 0.250000\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(identifiers_take_turns) {
  BOOST_TEST(canary_sii("mailto:c-{n}@x.example", 12) == "mailto:c-12@x.example");
  BOOST_TEST(canary_sii("tel:+4915112345678", 12) == "tel:+4915112345678");
}

BOOST_AUTO_TEST_SUITE_END()
