// The registrar: what an operator's reason leaves in the audit, and that a provider hears of a
// changed credential whatever happens to the node.
#include "actors/registrar.hpp"

#include <boost/test/unit_test.hpp>
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

BOOST_AUTO_TEST_SUITE_END()
