// What a connection remembers of its caller: never longer than it is so.
#include "http/caller.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace glados;
using namespace glados::http;

namespace {

constexpr instant now{1'000'000};
constexpr bytes32 shown{7}, other{8};

provider alpha() {
  provider out;
  out.id = "alpha";
  out.client_id = "client-alpha";
  out.name = "Alpha Chat";
  out.certificates = {{shown, {}, {}, now + std::chrono::hours(1)}};
  return out;
}

storage::access_token token(std::uint8_t mark, bytes32 certificate = shown) {
  storage::access_token out;
  out.hash = {mark};
  out.thumbprint = certificate;
  out.expires_at = now + std::chrono::minutes(10);
  return out;
}

/// A directory with one provider, and a connection of it.
struct connected {
  connected() {
    sessions.update(alpha());
    client.certificate = shown;
  }
  std::shared_ptr<const known_caller> caller(instant at = now) {
    return caller_of(client, sessions, at);
  }
  bool lives(const bytes32& hash, instant at = now) {
    const auto who = caller(at);
    return who && live_token(client, *who, hash, at) != nullptr;
  }

  actors::session_directory sessions;
  client_identity client;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(callers)

BOOST_AUTO_TEST_CASE(is_looked_up_once) {
  connected at;
  const auto first = at.caller();
  BOOST_REQUIRE(first);
  BOOST_TEST(first->who->id == "alpha");
  BOOST_TEST(at.caller() == first);
}

BOOST_AUTO_TEST_CASE(nobody_has_another_certificate) {
  connected at;
  at.client.certificate = other;
  BOOST_TEST(!at.caller());
}

BOOST_AUTO_TEST_CASE(new_facts_are_seen_at_once_and_old_ones_stay_with_calls_under_way) {
  connected at;
  const auto before = at.caller();
  auto next = alpha();
  next.state = provider_state::suspended;
  at.sessions.update(next);
  BOOST_TEST((before->who->state == provider_state::active));
  BOOST_TEST((at.caller()->who->state == provider_state::suspended));
}

BOOST_AUTO_TEST_CASE(a_certificate_ends) {
  connected at;
  BOOST_REQUIRE(at.caller());
  BOOST_TEST(!at.caller(now + std::chrono::hours(1)));
  auto next = alpha();
  next.certificates.clear();
  at.sessions.update(next);
  BOOST_TEST(!at.caller());
}

BOOST_AUTO_TEST_CASE(a_token_lives_until_it_is_dropped) {
  connected at;
  auto& session = *at.caller()->session;
  BOOST_TEST(!at.lives({1}));
  session.keep_token(token(1));
  BOOST_TEST(at.lives({1}));
  BOOST_TEST(at.lives({1}));
  session.drop_token({1});
  BOOST_TEST(!at.lives({1}));
}

BOOST_AUTO_TEST_CASE(all_tokens_end_with_one_call) {
  connected at;
  auto& session = *at.caller()->session;
  session.keep_token(token(1));
  BOOST_TEST(at.lives({1}));
  session.drop_all_tokens();
  BOOST_TEST(!at.lives({1}));
}

BOOST_AUTO_TEST_CASE(a_remembered_token_expires) {
  connected at;
  at.caller()->session->keep_token(token(1));
  BOOST_TEST(at.lives({1}));
  BOOST_TEST(!at.lives({1}, now + std::chrono::minutes(10)));
}

BOOST_AUTO_TEST_CASE(a_token_of_another_certificate_is_none) {
  connected at;
  at.caller()->session->keep_token(token(1, other));
  BOOST_TEST(!at.lives({1}));
}

BOOST_AUTO_TEST_CASE(tokens_take_turns) {
  connected at;
  auto& session = *at.caller()->session;
  session.keep_token(token(1));
  session.keep_token(token(2));
  BOOST_TEST(at.lives({1}));
  BOOST_TEST(at.lives({2}));
  BOOST_TEST(at.lives({1}));
  session.drop_token({2});
  BOOST_TEST(at.lives({1}));
  BOOST_TEST(!at.lives({2}));
}

BOOST_AUTO_TEST_CASE(names_follow_the_directory) {
  connected at;
  actors::session_directory::names names(at.sessions);
  BOOST_TEST(names.of("alpha") == "Alpha Chat");
  BOOST_TEST(names.of("nobody") == "nobody");
  auto next = alpha();
  next.name = "Alpha Talk";
  at.sessions.update(next);
  BOOST_TEST(names.of("alpha") == "Alpha Talk");
}

BOOST_AUTO_TEST_SUITE_END()
