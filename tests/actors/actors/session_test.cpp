// The session of a provider on one node: what it may remember of the provider's tokens.
#include "actors/session.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "actors/session_view.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

struct tokens {
  tokens() {
    provider who;
    who.id = "alpha";
    view = std::make_shared<actors::session_view>(who);
    session = actors::spawn_session(at.system, at.node, view);
    token.hash = {1};
    token.thumbprint = {2};
    token.scopes = {"lookup"};
    token.issued_at = at.store.now();
    token.expires_at = at.store.now() + std::chrono::minutes(10);
    at.store.put_token("alpha", token, 1'000, [](const auto&) {});
    at.run();
  }
  ~tokens() {
    caf::anon_send(session, actors::stop{});
    at.run();
  }
  void ask_and_let_the_store_answer() {
    caf::anon_send(session, actors::find_token{token.hash});
    at.run_actors();
    BOOST_REQUIRE(at.store.pending() > 0);
    at.store.step(at.store.pending() - 1);  // its answer waits in the session's mailbox
  }
  bool kept() const {
    return view->find_token(token.hash, token.thumbprint, at.store.now()) != nullptr;
  }

  world at;
  std::shared_ptr<actors::session_view> view;
  actors::session_actor session;
  storage::access_token token;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sessions, tokens)

BOOST_AUTO_TEST_CASE(a_token_that_was_read_is_kept) {
  ask_and_let_the_store_answer();
  at.run_actors();
  BOOST_TEST(kept());
}

BOOST_AUTO_TEST_CASE(a_token_that_another_node_revoked_while_it_was_read_is_not_kept) {
  ask_and_let_the_store_answer();
  view->drop_token(token.hash);  // as the feed of revocations has it done
  at.run_actors();
  BOOST_TEST(!kept());
}

BOOST_AUTO_TEST_CASE(a_token_that_is_revoked_with_all_while_it_is_issued_is_not_kept) {
  caf::anon_send(session, actors::issue_token{token});
  at.run_actors();
  BOOST_REQUIRE(at.store.pending() > 0);
  at.store.step(at.store.pending() - 1);
  view->drop_all_tokens();
  at.run_actors();
  BOOST_TEST(!kept());
}

BOOST_AUTO_TEST_SUITE_END()
