#include "world.hpp"

#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/send.hpp>
#include <stdexcept>

#include "actors/notifier.hpp"
#include "actors/pump.hpp"
#include "actors/shard.hpp"

namespace glados::testing {

/// The world as actors see it: an address to answer to.
class answer_port final : public caf::monitorable_actor {
 public:
  answer_port(caf::actor_config& cfg, world& at) : caf::monitorable_actor(cfg), world_(at) {}
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (!what->mid.is_response())
      return;
    const auto at = world_.open_requests_.find(what->mid.request_id().integer_value());
    if (at == world_.open_requests_.end())
      throw std::logic_error("a request was answered twice");
    const auto then = std::move(at->second);
    world_.open_requests_.erase(at);
    if (what->sender)
      world_.seen_[what->sender->id()] = caf::actor_cast<caf::actor_addr>(what->sender);
    then(what->move_content_to_message());
  }

 private:
  world& world_;
};

sii_key key_of(int who) {
  sii_key out;
  for (std::size_t i = 0; i < 4; ++i)
    out.value[i] = static_cast<std::uint8_t>(static_cast<unsigned>(who) >> (8 * i));
  out.value[15] = 1;
  return out;
}

bytes16 tag_of(const std::string& text) {
  bytes16 out{};
  for (std::size_t i = 0; i < text.size(); ++i)
    out[i % 16] = static_cast<std::uint8_t>(out[i % 16] * 31 + text[i] + 1);
  return out;
}

// --- gateways ------------------------------------------------------------------------------------

void scripted_sender::send(const actors::send_code& order, std::function<void(bool, bool)> done) {
  orders.push_back(order);
  waiting_.push_back(std::move(done));
}

void scripted_sender::step(std::size_t index) {
  const auto done = std::move(waiting_.at(index));
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
  if (next != fate::silence)
    done(next == fate::accept, next == fate::refuse_for_good);
}

// --- life ----------------------------------------------------------------------------------------

world::world(std::uint64_t seed, actors::actor_limits limits)
    : random(seed),
      node{store,  store,    store,  store, store, clock_,   sender,
           vault_, observer, limits, {},    {},    "node-1", "run-1"},
      config(actors::system_config::testing{}),
      system(config) {
  system.await_actors_before_shutdown(false);
  node.names = &names;
  node.naming = &store;
  caf::actor_config cfg;
  port_ = caf::make_actor<answer_port, caf::strong_actor_ptr>(system.next_actor_id(), system.node(),
                                                              &system, cfg, *this);
  start_node();
}

world::~world() {
  wrong = {};
  planned.clear();
  open_requests_.clear();
  auto table = shards.table();
  kill(caf::actor_cast<caf::strong_actor_ptr>(owner));
  kill(caf::actor_cast<caf::strong_actor_ptr>(services.pump()));
  kill(caf::actor_cast<caf::strong_actor_ptr>(services.notifier()));
  owner = actors::shard_actor();
  services.clear();
  seen_.clear();
  table.reset();
  shards.publish(std::make_shared<actors::shard_table>());
  // Timers and store calls hold actors; let all of them go before the system does.
  for (int i = 0; i < 100; ++i) {
    while (step()) {
    }
    if (!scheduler().has_pending_timeout())
      break;
    scheduler().trigger_timeouts();
  }
}

caf::scheduler::test_coordinator& world::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
}

void world::start_node() {
  incarnation = "incarnation-" + std::to_string(++incarnations_);
  const auto tenure = own(shard);
  services.pump(actors::spawn_pump(system, node));
  services.notifier(actors::spawn_notifier(system, node, shards));
  owner = actors::spawn_shard(system, node, services, tenure);
  auto table = std::make_shared<actors::shard_table>();
  table->view = static_cast<std::uint64_t>(incarnations_);
  table->owners[shard] = owner;
  shards.publish(table);
}

std::shared_ptr<actors::shard_tenure> world::own(shard_id which, const std::string& who) {
  auto out = std::make_shared<actors::shard_tenure>();
  out->shard = which;
  out->incarnation = who.empty() ? incarnation : who;
  shard_owner seen;
  store.load_owners({which},
                    [&](const result<std::vector<shard_owner>>& found) { seen = found->front(); });
  store.step(store.pending() - 1);
  store.claim(node.node, out->incarnation, {{which, seen}},
              [&](const result<std::vector<storage::shard_claim>>& got) {
                out->epoch = got->front().epoch;
                out->names = got->front().names;
                out->renaming = got->front().renaming;
              });
  store.step(store.pending() - 1);
  return out;
}

void world::kill(const caf::strong_actor_ptr& who) {
  if (!who)
    return;
  caf::exit_msg end{caf::actor_addr(), caf::exit_reason::kill};
  // Urgent: what lies in the mailbox dies with it.
  who->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
               caf::make_message(std::move(end)), nullptr);
}

bool world::kill_entity() {
  std::vector<caf::strong_actor_ptr> alive;
  for (const auto& [id, addr] : seen_)
    if (auto who = caf::actor_cast<caf::strong_actor_ptr>(addr))
      if (id != owner.id())
        alive.push_back(std::move(who));
  if (alive.empty())
    return false;
  kill(alive[random() % alive.size()]);
  return true;
}

void world::crash() {
  store.disconnect();
  for (auto* job : scheduler().jobs)
    if (auto* actor = dynamic_cast<caf::scheduled_actor*>(job))
      kill(caf::actor_cast<caf::strong_actor_ptr>(actor));
  kill(caf::actor_cast<caf::strong_actor_ptr>(owner));
  kill(caf::actor_cast<caf::strong_actor_ptr>(services.pump()));
  kill(caf::actor_cast<caf::strong_actor_ptr>(services.notifier()));
  start_node();
}

// --- running -------------------------------------------------------------------------------------

void world::step_store_at(std::size_t index) {
  using fault = storage::simulated_store::fault;
  if (!planned.empty() && store.name(index) == planned.front().first) {
    const auto how = planned.front().second;
    planned.pop_front();
    return store.step(index, how);
  }
  const auto dice = random() % 100;
  auto how = fault::none;
  if (dice < wrong.refuse)
    how = fault::refuse;
  else if (dice < wrong.refuse + wrong.lose_answer)
    how = fault::lose_answer;
  else if (dice < wrong.refuse + wrong.lose_answer + wrong.late)
    how = fault::late;
  store.step(index, how);
}

bool world::step() {
  auto& jobs = scheduler().jobs;
  const auto all = jobs.size() + store.pending() + sender.pending();
  if (all == 0)
    return false;
  auto pick = random() % all;
  if (pick < jobs.size()) {
    std::swap(jobs[0], jobs[pick]);
    scheduler().run_once();
  } else if ((pick -= jobs.size()) < store.pending()) {
    step_store_at(pick);
  } else {
    sender.step(pick - store.pending());
  }
  if (after_step)
    after_step();
  return true;
}

void world::run() {
  while (step()) {
  }
}

void world::run_actors() {
  while (scheduler().try_run_once()) {
  }
}

void world::step_store(std::string_view name) {
  for (std::size_t i = 0; i < store.pending(); ++i)
    if (store.name(i) == name)
      return store.step(i);
  throw std::logic_error("no such store call waits");
}

void world::advance(std::chrono::microseconds span) {
  store.advance(span);
  scheduler().advance_time(span);
  run();
}

void world::settle() {
  run();
  for (int i = 0; i < 40; ++i) advance(500ms);
}

// --- asking --------------------------------------------------------------------------------------

void world::send(caf::message what, std::function<void(const caf::message&)> then) {
  auto id = caf::make_message_id(next_request_++);  // urgent, as from an HTTP worker
  if (random() % 2 == 0)
    id = id.with_normal_priority();
  open_requests_[id.request_id().integer_value()] = std::move(then);
  owner->enqueue(port_, id, std::move(what), nullptr);
}

namespace {

actors::route via() { return {world::shard, 1, 20s, 0, world::trace}; }

}  // namespace

asked<actors::lookup_answer> world::lookup(int who, std::uint8_t layers) {
  return ask<actors::lookup_answer>(
      actors::lookup_mapping{via(), names.advance(key_of(who), layers)});
}

asked<actors::records_renamed> world::rename(std::uint8_t layers) {
  return ask<actors::records_renamed>(actors::rename_records{layers});
}

actors::open_verification world::opening(const std::string& id, int who,
                                         const std::string& provider,
                                         const std::string& user) const {
  actors::open_verification out;
  out.via = via();
  out.record.id = id;
  out.record.key = key_of(who);
  out.record.provider_id = provider;
  out.record.user = "sealed-" + user;
  out.record.user_tag = tag_of(id + user);
  out.record.code_tag = tag_of(id + "123456");
  out.record.message = "sealed-message";
  out.record.to = {"DE", 42};
  out.sessions_per_provider = sessions_per_provider;
  out.sessions_per_sii = sessions_per_sii;
  out.key_tag = tag_of(id);
  return out;
}

asked<actors::verification_answer> world::open(const std::string& id, int who,
                                               const std::string& provider, const std::string& user,
                                               int idempotency_key) {
  auto out = opening(id, who, provider, user);
  if (idempotency_key != 0)
    out.key_tag = tag_of("key" + std::to_string(idempotency_key));
  return ask<actors::verification_answer>(std::move(out));
}

asked<actors::verification_answer> world::restore(const std::string& id, int who,
                                                  const std::string& provider,
                                                  const std::string& user,
                                                  const std::string& change,
                                                  const std::string& as) {
  auto out = opening(id, who, provider, user);
  out.record.restores = {change, as};
  return ask<actors::verification_answer>(std::move(out));
}

asked<actors::change_answer> world::report(const std::string& id, const std::string& change,
                                           const std::string& provider, report_reason reason) {
  return ask<actors::change_answer>(
      actors::file_report{via(), id, change, provider, reason, "sealed-note"});
}

asked<actors::change_answer> world::get_change(const std::string& id, const std::string& provider) {
  return ask<actors::change_answer>(actors::get_change{via(), id, provider});
}

asked<actors::verification_answer> world::check(const std::string& id, const std::string& code,
                                                const std::string& provider,
                                                const std::string& user) {
  return ask<actors::verification_answer>(actors::check_code{via(), id, provider, tag_of(id + user),
                                                             tag_of(id + code),
                                                             static_cast<std::uint32_t>(random())});
}

asked<actors::verification_answer> world::resend(const std::string& id) {
  return ask<actors::verification_answer>(
      actors::resend_code{via(), id, "alpha", channel::sms, true});
}

asked<actors::verification_answer> world::cancel(const std::string& id) {
  return ask<actors::verification_answer>(actors::cancel_verification{via(), id, "alpha"});
}

asked<actors::verification_answer> world::get(const std::string& id, const std::string& provider) {
  return ask<actors::verification_answer>(actors::get_verification{via(), id, provider});
}

asked<actors::mapping_answer> world::decide(int who, std::uint32_t salt,
                                            const std::string& provider, decision what,
                                            const std::string& change_id, const std::string& key) {
  return ask<actors::mapping_answer>(
      actors::decide_mapping{via(), key_of(who), salt, provider, what, change_id,
                             tag_of(key.empty() ? "decision" + change_id : key)});
}

asked<actors::mapping_answer> world::get_mapping(int who, std::uint32_t salt,
                                                 const std::string& provider) {
  return ask<actors::mapping_answer>(actors::get_mapping{via(), key_of(who), salt, provider});
}

asked<actors::mapping_answer> world::find_mapping(int who, const std::string& provider) {
  return ask<actors::mapping_answer>(actors::find_mapping{via(), key_of(who), provider});
}

asked<actors::mapping_answer> world::remove_mapping(int who, std::uint32_t salt,
                                                    const std::string& provider,
                                                    std::vector<std::uint64_t> wanted) {
  return ask<actors::mapping_answer>(
      actors::remove_mapping{via(), key_of(who), salt, provider, std::move(wanted)});
}

mapping_view world::prove(const std::string& id, int who, const std::string& provider,
                          const std::string& user) {
  open(id, who, provider, user);
  run();
  const auto right = check(id, "123456", provider, user);
  run();
  if (!right->is(errc::none))
    throw std::logic_error("the proof failed");
  return right->last.mapping;
}

}  // namespace glados::testing
