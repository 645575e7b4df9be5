#include "app/direct_node.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "actors/notice_desk.hpp"
#include "actors/session.hpp"
#include "app/data_folder.hpp"
#include "app/name_vault.hpp"
#include "app/service_keys.hpp"
#include "app/service_settings.hpp"
#include "app/vault.hpp"
#include "cluster/caf_link.hpp"
#include "cluster/member.hpp"
#include "cluster/redis_clock.hpp"
#include "crypto/random.hpp"
#include "domain/sii.hpp"
#include "storage/redis_stores.hpp"

namespace glados::app {
namespace {

using clock_type = std::chrono::steady_clock;
constexpr std::chrono::seconds start_patience{30}, end_patience{10};
constexpr std::chrono::milliseconds look_again{20};

/// There are no gateways here: whoever is to get a code does not.
class no_sender final : public actors::code_sender {
 public:
  void send(const actors::send_code&, std::function<void(bool, bool)> done) override {
    done(false, true);
  }
};

/// Looks at it now and then until it is so, or the time is over.
template <class Predicate>
bool wait_until(Predicate is_so, std::chrono::seconds patience) {
  std::mutex lock;
  std::condition_variable never;
  std::unique_lock guard(lock);
  const auto until = clock_type::now() + patience;
  while (!is_so()) {
    if (clock_type::now() >= until)
      return false;
    never.wait_for(guard, look_again);
  }
  return true;
}

}  // namespace

struct direct_node::parts {
  explicit parts(const config::settings& from);
  ~parts();
  cluster::member_settings make_member();

  // Everything that actors refer to comes before the actor system, so that it ends after it.
  const config::settings values;
  std::vector<config::fault> faults;
  data_folder folder;
  crypto::key_ring keys;
  vault secrets;
  name_vault names;
  no_sender sender;
  actors::actor_observer observer;
  cluster::redis_clock clock;
  actors::lease_guard lease;
  std::unique_ptr<storage::redis_stores> redis;
  actors::node_context node;
  actors::session_directory sessions;
  actors::shard_directory shards;
  cluster::node_config caf_config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<actors::notice_desk> desk;
  std::unique_ptr<cluster::member> member;
};

direct_node::parts::parts(const config::settings& from)
    : values(from),
      folder(values.node.data_dir),
      keys(load_keys(values)),
      secrets(keys, crypto::system_random()),
      names(keys),
      redis(storage::open_redis(redis_of(values, faults))),
      node{redis->directory(),
           redis->membership(),
           redis->providers(),
           redis->registry(),
           redis->events(),
           clock,
           sender,
           secrets,
           observer,
           limits_of(values),
           sessions_of(values),
           policy_of(values),
           values.node.id,
           new_incarnation_of(values.node.id)},
      caf_config(values.actors.threads != 0 ? values.actors.threads : 2, cluster::link_options{}) {
  if (!faults.empty())
    throw std::runtime_error(config::to_string(faults.front()));
  prepare_sii();
  system = std::make_unique<caf::actor_system>(caf_config);
  desk = std::make_unique<actors::notice_desk>(*system, node, sessions, &shards);
  node.bell = desk.get();
  node.lease = &lease;
  node.names = &names;
  node.naming = &redis->names();
  node.owned_epoch = [this](shard_id shard) {
    return lease.holds() ? shards.table()->own_epoch(shard) : 0;
  };
  member = std::make_unique<cluster::member>(*system, node, clock, lease, shards, make_member());
}

cluster::member_settings direct_node::parts::make_member() {
  auto out = member_of(values);
  out.folder = folder.name();
  out.identity.placement_check = keys.index_checks().front();
  out.watch = &redis->shards();
  return out;
}

direct_node::parts::~parts() {
  desk->stop_all();
  member->stop();
  wait_until([this] { return member->ended(); }, end_patience);
  system.reset();  // waits for the last actor
}

direct_node::direct_node(const config::settings& values)
    : parts_(std::make_unique<parts>(values)) {}
direct_node::~direct_node() = default;

void direct_node::start() {
  auto& member = *parts_->member;
  member.start();
  const auto failed = [&] { return member.failed() != errc::none; };
  wait_until([&] { return member.ready() || failed(); }, start_patience);
  if (failed())
    throw std::runtime_error(member.failure());
  const auto table = parts_->shards.table();
  for (const auto& owner : table->owners)
    if (!member.ready() || !owner)
      throw std::runtime_error(
          "the node did not get all shards: is its Redis there, and no other node on it?");
}

caf::actor_system& direct_node::system() { return *parts_->system; }
actors::shard_directory& direct_node::shards() { return parts_->shards; }
const crypto::key_ring& direct_node::keys() const { return parts_->keys; }

}  // namespace glados::app
