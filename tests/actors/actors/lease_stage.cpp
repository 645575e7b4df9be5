#include "lease_stage.hpp"

#include <caf/send.hpp>

namespace glados::testing {

struct lease_stage::parts {
  explicit parts(lease_stage& owner) : clock(owner), observer(owner) {}

  struct stage_clock final : actors::cluster_clock {
    explicit stage_clock(const lease_stage& at) : stage(at) {}
    instant now() const override { return stage.now(); }
    const lease_stage& stage;
  } clock;
  struct no_sender final : actors::code_sender {
    void send(const actors::send_code&, std::function<void(bool, bool)>) override {}
  } sender;
  struct no_vault final : actors::registry_vault {
    std::string seal(std::string_view plain, std::string_view) const override {
      return std::string(plain);
    }
    std::string open(std::string_view sealed, std::string_view) const override {
      return std::string(sealed);
    }
    bytes32 sha256(std::string_view) const override { return {}; }
    std::uint64_t mail_domain_tag(std::string_view) const override { return 1; }
  } vault;
  struct counting final : actors::actor_observer {
    explicit counting(lease_stage& at) : stage(at) {}
    void lookups_leased(std::uint64_t, std::uint64_t) override { ++stage.leases; }
    lease_stage& stage;
  } observer;
  std::vector<std::unique_ptr<one_node>> nodes;
  std::vector<std::unique_ptr<one_node>> crashed;  ///< their actors may still be about to end
};

struct lease_stage::one_node {
  one_node(lease_stage& at, const std::string& name)
      : context{at.store,
                at.store,
                at.store,
                at.store,
                at.store,
                at.parts_->clock,
                at.parts_->sender,
                at.parts_->vault,
                at.parts_->observer,
                {},
                at.limits_,
                {},
                name,
                name + ".1"},
        hosts(at.system_, context, providers) {
    providers.update(at.who_);
  }
  actors::node_context context;
  actors::session_directory providers;
  actors::session_hosts hosts;
};

lease_stage::lease_stage(std::uint64_t budget, std::size_t nodes)
    : parts_(std::make_unique<parts>(*this)) {
  who_.id = "alpha";
  who_.version = 1;
  limits_.quota_base = budget;
  system_.await_actors_before_shutdown(false);
  parts_->nodes.resize(nodes);
  for (std::size_t i = 0; i < nodes; ++i) start(i);
  run();
}

lease_stage::~lease_stage() {
  for (std::size_t i = 0; i < size(); ++i) crash(i);
  for (std::size_t i = 0; i < size(); ++i) stop(i);
  for (int i = 0; i < 100 && scheduler().has_pending_timeout(); ++i) {
    scheduler().trigger_timeouts();
    run();
  }
}

std::size_t lease_stage::size() const { return parts_->nodes.size(); }

actors::local_lease& lease_stage::lease(std::size_t node) {
  return parts_->nodes.at(node)->providers.by_id("alpha")->lookups();
}

caf::scheduler::test_coordinator& lease_stage::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
}

void lease_stage::start(std::size_t node) {
  if (parts_->nodes[node])
    parts_->crashed.push_back(std::move(parts_->nodes[node]));
  parts_->nodes[node] = std::make_unique<one_node>(*this, "n" + std::to_string(node));
  session(node);
}

actors::session_actor lease_stage::session(std::size_t node) {
  return parts_->nodes.at(node)->hosts.of("alpha");
}

void lease_stage::run() {
  do scheduler().run();
  while (store.run_all() > 0 || scheduler().has_job());
}

void lease_stage::advance(std::chrono::microseconds span) {
  store.advance(span);
  scheduler().advance_time(span);
  run();
}

void lease_stage::settle(std::size_t node, actors::local_lease::era era, kind what) {
  if (what != kind::miss)
    lease(node).give_back(era, what == kind::hit ? lookup_hit_refund : lookup_cost_taken);
  if (lease(node).wants_care())
    caf::anon_send(session(node), actors::tend_lease{});
}

void lease_stage::look_up(std::size_t node, kind what, std::function<void(errc)> then) {
  const auto hear = [then = std::move(then)](errc code) {
    if (then)
      then(code);
  };
  if (const auto era = lease(node).spend(lookup_cost_taken)) {
    settle(node, *era, what);
    return hear(errc::none);
  }
  if (lease(node).known_empty(now()))
    return hear(errc::rate_limited);
  const auto* asked = parts_->nodes[node].get();
  system_.spawn([=, this, whom = session(node)](caf::event_based_actor* self) {
    self->request(whom, 3600s, actors::charge_lookup{})
        .then(
            [=, this](const actors::charge_answer& got) {
              if (got.code == errc::none && parts_->nodes[node].get() == asked)
                settle(node, got.era, what);
              hear(got.code);
            },
            [=](const caf::error&) { hear(errc::overloaded); });
  });
}

errc lease_stage::look_up_now(std::size_t node, kind what) {
  errc out = errc::internal;
  look_up(node, what, [&](errc code) { out = code; });
  run();
  return out;
}

void lease_stage::crash(std::size_t node) {
  caf::anon_send_exit(session(node), caf::exit_reason::kill);
  scheduler().run();
  start(node);
}

void lease_stage::stop(std::size_t node) {
  caf::anon_send(session(node), actors::stop{});
  run();
}

void lease_stage::fail_storage(storage::simulated_store::fault how) {
  scheduler().run();
  while (store.pending() > 0) store.step(0, how);
}

void lease_stage::fix(std::optional<std::uint64_t> budget) {
  who_.overrides.lookup_daily = budget;
  ++who_.version;
}

void lease_stage::tell(std::size_t node) { parts_->nodes.at(node)->providers.update(who_); }

void lease_stage::add_users(std::int32_t delta) {
  store.count_users(1, std::to_string(store.now().us) + "-" + std::to_string(entries_++),
                    {"alpha", proof_method::sms, delta, 0, false}, [](const result<bool>&) {});
  run();
}

std::uint64_t lease_stage::held() const {
  std::uint64_t out = 0;
  for (const auto& node : parts_->nodes) out += node->providers.by_id("alpha")->lookups().units();
  return out;
}

}  // namespace glados::testing
