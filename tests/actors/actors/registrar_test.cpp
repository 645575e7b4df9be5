// The registrar: what an operator's reason leaves in the audit, and that a provider hears of a
// changed credential whatever happens to the node; what a node knows of changes made elsewhere.
#include "actors/registrar.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/registry_rules.hpp"
#include "actors/session_view.hpp"
#include "storage/registry_codec.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

using kind = storage::registry_record::kind;

void enrol(world& w, const std::string& id) {
  provider who;
  who.id = id;
  storage::registry_commit step;
  step.writes.push_back({kind::provider, id, 0, storage::encode(who)});
  w.store.apply(step, [](const result<bool>&) {});
  w.run();
}

/// As another node's registrar does it.
void suspend_elsewhere(world& w, const std::string& id) {
  storage::registry_record stored;
  w.store.load(kind::provider, id, [&](const auto& got) { stored = *got; });
  w.store.run_all();
  auto who = *storage::decode_provider(stored.body);
  who.state = provider_state::suspended;
  storage::registry_commit step;
  step.writes.push_back({kind::provider, id, stored.version, storage::encode(who)});
  step.changed_providers = {id};
  w.store.apply(step, [](const result<bool>&) {});
  w.store.run_all();
}

std::size_t secrets_of(world& w, const std::string& id) {
  std::size_t out = 0;
  w.store.load(kind::provider, id, [&](const result<storage::registry_record>& got) {
    out = storage::decode_provider(got->body)->secrets.size();
  });
  w.store.step(w.store.pending() - 1);
  return out;
}

std::size_t told_of_credentials(world& w, const std::string& id) {
  std::size_t out = 0;
  for (const auto& one : w.told(id)) out += one.type == event_type::credential_changed;
  return out;
}

std::size_t left_in_outbox(world& w) {
  std::size_t out = 0;
  w.store.load_outbox(
      storage::registry_outbox, "", 100,
      [&](const result<std::vector<storage::outbox_entry>>& got) { out = got->size(); });
  w.store.step(w.store.pending() - 1);
  return out;
}

void add_secret(const actors::registrar_actor& to, std::uint8_t number) {
  actors::registry_call call;
  call.by = {"operator", admin_role::operator_};
  call.what = actors::add_provider_secret{"alpha", {number}, false};
  caf::anon_send(to, std::move(call));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(registrar)

BOOST_AUTO_TEST_CASE(what_was_only_read_begins_no_chain) {
  const actors::note_act act{"node.drain", "node-1", {}}, read{"admin.calls", "node-1", {}, false};
  actors::registry_facts facts;
  facts.audit_sequence = 1;
  BOOST_TEST((actors::decide(act, facts).code == errc::none));
  BOOST_TEST((actors::decide(read, facts).code == errc::conflict));
  facts.audit_sequence = 2;
  BOOST_TEST((actors::decide(read, facts).code == errc::none));
}

BOOST_AUTO_TEST_CASE(a_reason_stands_in_the_audit) {
  actors::registry_facts facts;
  facts.by = {"ann", admin_role::operator_};
  facts.who.emplace();
  facts.who->id = "alpha";
  facts.form.emplace();
  facts.form->id = "app-1";
  facts.form->provider_id = "alpha";
  const auto audited = [&](const actors::registry_operation& what) {
    return actors::audit_body(actors::decide(what, facts), facts.by, {0});
  };
  const std::string long_reason(2000, 'x');
  for (const auto& body : {audited(actors::suspend_provider{"alpha", "said \"no\""}),
                           audited(actors::reinstate_provider{"alpha", "said \"no\""}),
                           audited(actors::reject_application{"app-1", "said \"no\""})})
    BOOST_TEST(body.find(R"("reason":"said \"no\"")") != std::string::npos, body);
  BOOST_TEST(audited(actors::suspend_provider{"alpha", long_reason}).find(long_reason) !=
             std::string::npos);
  BOOST_TEST(audited(actors::reinstate_provider{"alpha", ""}).find("reason\"") ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_changed_credential_is_told_once_though_the_node_dies) {
  int stood = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    actors::session_directory sessions;
    world w(seed);
    w.node.sessions.two_person = false;
    enrol(w, "alpha");
    const auto first = actors::spawn_registrar(w.system, w.node, sessions);
    add_secret(first, 1);
    for (std::uint64_t steps = 0; steps < seed && w.step(); ++steps) {
    }
    w.kill(caf::actor_cast<caf::strong_actor_ptr>(first));
    w.store.disconnect();
    w.run();
    const auto second = actors::spawn_registrar(w.system, w.node, sessions);
    w.settle();
    const auto stands = secrets_of(w, "alpha");
    stood += static_cast<int>(stands);
    BOOST_TEST(told_of_credentials(w, "alpha") == stands, "seed " << seed);
    BOOST_TEST(left_in_outbox(w) == 0u, "seed " << seed);
    w.kill(caf::actor_cast<caf::strong_actor_ptr>(second));
  }
  BOOST_TEST(stood > 0);
  BOOST_TEST(stood < 60);
}

BOOST_AUTO_TEST_CASE(it_is_told_once_though_the_store_fails) {
  using fault = storage::simulated_store::fault;
  for (const std::string call : {"append_once", "trim_outbox", "load_outbox"}) {
    for (const auto how : {fault::refuse, fault::lose_answer, fault::late}) {
      actors::session_directory sessions;
      world w;
      w.node.sessions.two_person = false;
      enrol(w, "alpha");
      const auto at = actors::spawn_registrar(w.system, w.node, sessions);
      w.run();
      w.planned.emplace_back(call, how);
      add_secret(at, 1);
      add_secret(at, 2);
      w.settle();
      BOOST_TEST(w.planned.empty(), call);
      BOOST_TEST(told_of_credentials(w, "alpha") == 2u, call);
      BOOST_TEST(left_in_outbox(w) == 0u, call);
      w.kill(caf::actor_cast<caf::strong_actor_ptr>(at));
    }
  }
}

// --- news from other nodes

namespace {

/// The registry of a world, with a feed that may have lost something.
struct trimmed_registry final : storage::registry_store {
  explicit trimmed_registry(storage::registry_store& of) : all(of) {}
  using records = std::vector<storage::registry_record>;
  using kind = storage::registry_record::kind;

  void apply(storage::registry_commit step, storage::reply<bool> done) override {
    all.apply(std::move(step), std::move(done));
  }
  void load(kind what, const std::string& id,
            storage::reply<storage::registry_record> done) override {
    all.load(what, id, std::move(done));
  }
  void load_all(kind what, storage::reply<records> done) override {
    all.load_all(what, std::move(done));
  }
  void file(const storage::registry_record& fresh, std::size_t kept,
            storage::reply<bool> done) override {
    all.file(fresh, kept, std::move(done));
  }
  void list(kind what, const std::string& after, std::size_t limit,
            storage::reply<records> done) override {
    all.list(what, after, limit, std::move(done));
  }
  void load_head(storage::reply<storage::audit_head> done) override {
    all.load_head(std::move(done));
  }
  void load_audit(std::uint64_t after, std::size_t limit,
                  storage::reply<std::vector<storage::audit_entry>> done) override {
    all.load_audit(after, limit, std::move(done));
  }
  void changes(const std::string& cursor, storage::reply<storage::change_page> done) override {
    ++readings;
    all.changes(cursor, [this, done = std::move(done)](result<storage::change_page> got) {
      if (got && std::exchange(trimmed, false)) {
        got->notices.clear();
        got->gap = true;
      }
      done(std::move(got));
    });
  }

  storage::registry_store& all;
  bool trimmed = false;
  int readings = 0;
};

/// A node that follows the feed, and knows a token of alpha.
struct follower {
  follower() {
    enrol(at, "alpha");
    registrar = actors::spawn_registrar(at.system, node, sessions);
    at.run();
    token.hash = {1};
    token.expires_at = at.store.now() + std::chrono::minutes(10);
    keep();
  }
  ~follower() { at.kill(caf::actor_cast<caf::strong_actor_ptr>(registrar)); }
  void keep() { sessions.by_id("alpha")->keep_token(token); }
  bool kept() const {
    return sessions.by_id("alpha")->find_token(token.hash, {}, at.store.now()) != nullptr;
  }
  /// Asks for news, and lets the actors go on until they wait for the store.
  asked<actors::registry_answer> catch_up() {
    auto out = std::make_shared<outcome<actors::registry_answer>>();
    at.system.spawn([out, to = registrar](caf::event_based_actor* self) {
      self->request(to, 5s, actors::registry_call{{}, actors::catch_up{}})
          .then(
              [out](const actors::registry_answer& got) {
                ++out->answers;
                out->last = got;
              },
              [out](const caf::error&) { out->bounced = true; });
    });
    at.run_actors();
    return out;
  }
  void period() { at.advance(actors::feed_period); }
  void revoke_elsewhere() {
    at.store.revoke_token("alpha", token.hash, [](const auto&) {});
    at.store.run_all();
  }

  world at;
  trimmed_registry registry{at.store};
  actors::node_context node{at.store,         at.store,       at.store,         registry,
                            at.store,         at.node.clock,  at.node.sender,   at.node.vault,
                            at.node.observer, at.node.limits, at.node.sessions, at.node.policy,
                            at.node.node,     at.node.run};
  actors::session_directory sessions;
  actors::registrar_actor registrar;
  storage::access_token token;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_revocation_made_elsewhere_is_heard_within_a_period, follower) {
  revoke_elsewhere();
  period();
  BOOST_TEST(!kept());
}

BOOST_FIXTURE_TEST_CASE(who_asks_for_news_has_them_at_once, follower) {
  suspend_elsewhere(at, "alpha");
  const auto first = catch_up();
  BOOST_TEST(first->answers == 0);
  at.run();
  BOOST_TEST(first->is(errc::none));
  BOOST_TEST((sessions.by_id("alpha")->facts()->state == provider_state::suspended));
  registry.trimmed = true;
  const auto second = catch_up();
  at.run();
  BOOST_TEST(second->is(errc::none));
}

BOOST_FIXTURE_TEST_CASE(who_asks_while_the_feed_is_read_waits_for_the_next_reading, follower) {
  registry.readings = 0;
  const auto first = catch_up();
  std::vector<asked<actors::registry_answer>> later;
  for (int i = 0; i < 100; ++i) later.push_back(catch_up());
  suspend_elsewhere(at, "alpha");  // the reading under way was answered before, perhaps
  at.run();
  BOOST_TEST(first->is(errc::none));
  for (const auto& one : later) BOOST_TEST(one->is(errc::none));
  BOOST_TEST((sessions.by_id("alpha")->facts()->state == provider_state::suspended));
  BOOST_TEST(registry.readings == 2);
}

BOOST_FIXTURE_TEST_CASE(who_asks_for_news_hears_when_there_are_none_to_be_had, follower) {
  suspend_elsewhere(at, "alpha");
  for (const auto* failing : {"changes", "load"}) {
    at.planned = {{failing, storage::simulated_store::fault::refuse}};
    const auto asked = catch_up();
    at.run();
    BOOST_TEST(asked->is(errc::storage_unavailable), failing);
  }
}

BOOST_FIXTURE_TEST_CASE(who_hears_nothing_for_a_lease_forgets_its_tokens, follower) {
  period();
  at.planned.assign(100, {"changes", storage::simulated_store::fault::refuse});
  for (auto silence = actors::feed_period; silence <= actors::feed_silence;
       silence += actors::feed_period) {
    period();
    BOOST_TEST(kept());
  }
  period();
  BOOST_TEST(!kept());
  at.planned.clear();
  period();
  keep();
  period();
  BOOST_TEST(kept());
}

BOOST_FIXTURE_TEST_CASE(who_missed_notices_forgets_its_tokens, follower) {
  revoke_elsewhere();
  registry.trimmed = true;
  BOOST_TEST(kept());
  period();
  BOOST_TEST(!kept());
  keep();
  period();
  BOOST_TEST(kept());
}

BOOST_FIXTURE_TEST_CASE(a_registrar_that_starts_again_knows_no_tokens_of_before, follower) {
  at.kill(caf::actor_cast<caf::strong_actor_ptr>(registrar));
  revoke_elsewhere();
  registrar = actors::spawn_registrar(at.system, node, sessions);
  at.run();
  BOOST_TEST(!kept());
}

BOOST_FIXTURE_TEST_CASE(a_provider_whose_news_could_not_be_read_is_read_again, follower) {
  const auto suspended = [this] {
    return sessions.by_id("alpha")->facts()->state == provider_state::suspended;
  };
  suspend_elsewhere(at, "alpha");
  at.planned.emplace_back("load", storage::simulated_store::fault::refuse);
  period();
  BOOST_TEST(at.planned.empty());
  BOOST_TEST(!suspended());
  period();
  period();
  BOOST_TEST(suspended());
}

BOOST_AUTO_TEST_SUITE_END()
