// An admin listener without sockets: requests go straight into the dispatch on the test's thread,
// and a registrar that only remembers what it was asked answers as the test says.
#pragma once

#include <rapidjson/document.h>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/protocol.hpp"
#include "actors/system_config.hpp"
#include "crypto/digest.hpp"
#include "http/api.hpp"

namespace glados::http::test {

/// A clock that stands still at a time in 2026.
struct fixed_clock final : actors::cluster_clock {
  instant now() const override { return {1'790'000'000'000'000}; }
};

/// Keeps the one answer that comes.
struct answer_slot final : answer_table {
  std::optional<response> got;
  int answers = 0;
  bool answer(std::uint32_t, std::uint32_t, std::uint64_t, response&& reply) override {
    ++answers;
    got = std::move(reply);
    return true;
  }
  bool open(std::uint32_t, std::uint32_t, std::uint64_t) const override { return true; }
  void judge_again(std::uint32_t, std::uint32_t, std::uint64_t) override {}
};

inline actors::registrar_actor::behavior_type fake_registrar(
    actors::registrar_actor::pointer,
    std::function<actors::registry_answer(const actors::registry_call&)>* answer) {
  return {
      [answer](const actors::registry_call& asked) { return (*answer)(asked); },
      [](const actors::sweep&) {},
      [](const actors::continuation&) {},
      [](const actors::stop&) {},
  };
}

/// Certificates of the three roles, by their first byte.
enum class who : std::uint8_t { nobody, viewer, auditor, operator_ };

struct admin_fixture {
  admin_fixture() {
    ports.admin_of = [](const bytes32& seen) -> std::optional<admin_identity> {
      switch (static_cast<who>(seen[0])) {
        case who::viewer:
          return admin_identity{"vera", admin_role::viewer};
        case who::auditor:
          return admin_identity{"ada", admin_role::auditor};
        case who::operator_:
          return admin_identity{"olga", admin_role::operator_};
        default:
          return {};
      }
    };
    at.attach(&slot);
    listener.emplace(ports, admin_routes(), true);
    listener->add_bridge(at);
  }

  response& send(std::string_view method, std::string_view target, std::string_view body = {},
                 who by = who::operator_) {
    client_identity client;
    client.certificate[0] = static_cast<std::uint8_t>(by);
    const auto mid = target.find('?');
    std::vector<header_field> headers{{"Host", "localhost"}};
    headers.insert(headers.end(), more_headers.begin(), more_headers.end());
    if (!body.empty())
      headers.push_back({"Content-Type", "application/json"});
    request from;
    from.method = method;
    from.path = target.substr(0, mid);
    from.query = mid == target.npos ? std::string_view{} : target.substr(mid + 1);
    from.body = body;
    from.headers = headers;
    from.client = &client;
    slot.got.reset();
    slot.answers = 0;
    at.begin_round();
    (*listener)(exchange(&at, 0, 1, ++ordinal), from);
    at.end_round();
    if (!slot.got || slot.answers != 1)
      throw std::logic_error("not answered exactly once");
    return *slot.got;
  }

  /// The registrar's answer to everything from now on.
  void will_answer(actors::registry_answer answer) {
    registrar = [this, answer](const actors::registry_call& call) {
      asked.push_back(call);
      return answer;
    };
  }

  template <class Operation>
  const Operation& last() const {
    return std::get<Operation>(asked.back().what);
  }

  std::vector<header_field> more_headers;  ///< of every request from now on
  std::vector<actors::registry_call> asked;
  std::function<actors::registry_answer(const actors::registry_call&)> registrar =
      [this](const actors::registry_call& call) {
        asked.push_back(call);
        return actors::registry_answer{};
      };
  actors::system_config config{actors::system_config::testing{}};
  caf::actor_system system{config};
  fixed_clock clock;
  telemetry::registry metrics;
  crypto::key_ring keys{crypto::random_keys(crypto::system_random())};
  actors::session_directory sessions;
  actors::shard_directory shards;
  api_ports ports{.system = system,
                  .keys = keys,
                  .random = crypto::system_random(),
                  .sessions = sessions,
                  .shards = shards,
                  .clock = clock,
                  .metrics = metrics,
                  .settings = {},
                  .registrar = system.spawn<caf::lazy_init>(fake_registrar, &registrar),
                  .ready = [] { return true; },
                  .cluster_json = [] { return std::string(R"({"nodes":[]})"); }};
  answer_slot slot;
  worker at{0};
  std::optional<api> listener;
  std::uint64_t ordinal = 0;
};

// --- answers, and things to show ---------------------------------------------------------------

inline rapidjson::Document parse(const response& from) {
  rapidjson::Document out;
  out.Parse(from.body.c_str());
  BOOST_REQUIRE_MESSAGE(!out.HasParseError(), from.body);
  return out;
}

inline std::string problem_of(const response& from) {
  const auto body = parse(from);
  return std::string(body["type"].GetString()).substr(sizeof "urn:glados:problem:" - 1);
}

inline bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

inline application form() {
  application out;
  out.id = "app-1";
  out.provider_id = "alpha";
  out.name = "Alpha Chat";
  out.contact = "ops";
  out.website = "https://alpha.example";
  out.apps = {"Alpha"};
  out.scopes = {"lookup", "map"};
  out.checks[enrolment_check::spam] = {
      check_outcome::pass, "100 sends", "fine", "olga", {1'790'000'000'000'000}};
  return out;
}

inline provider alpha() {
  provider out;
  out.id = "alpha";
  out.name = "Alpha Chat";
  out.client_id = "alpha-x";
  out.application_id = "app-1";
  out.scopes = {"lookup"};
  out.secrets = {{1, crypto::sha256("hush"), {}, {}}};
  out.certificates = {{crypto::sha256("der"), {}, {}, {}}};
  out.overrides.lookup_daily = 5000;
  return out;
}

inline actors::registry_answer with(application shown) {
  actors::registry_answer out;
  out.applications = {std::move(shown)};
  return out;
}

inline actors::registry_answer with(provider shown, bool waiting = false) {
  actors::registry_answer out;
  out.providers = {std::move(shown)};
  out.waiting = waiting;
  return out;
}

inline actors::registry_answer failing(errc code) {
  actors::registry_answer out;
  out.code = code;
  return out;
}

}  // namespace glados::http::test
