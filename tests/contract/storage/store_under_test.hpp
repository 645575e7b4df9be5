// The contract suite runs every test on both stores. This hides how each is driven.
#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "storage/redis_stores.hpp"
#include "storage/simulated_store.hpp"
#include "tests/contract/storage/redis_cluster.hpp"

namespace glados::storage::test {

/// Says when the connection is up. Outlives the store that it observes.
class connection_watch {
 public:
  redis_observer observer();
  /// Waits until the connection is (not) up; throws after 20 s.
  void wait_for(bool up);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
};

/// Empties the Redis behind `socket`.
void flush(const std::string& socket);

class simulated_under_test {
 public:
  directory_store& directory() { return store; }
  membership_store& membership() { return store; }
  provider_store& providers() { return store; }
  registry_store& registry() { return store; }
  event_store& events() { return store; }
  bulk_store& bulk() { return store; }
  names_store& names() { return store; }
  backup_store& backup() { return store; }
  void run() { store.run_all(); }
  void advance(std::chrono::microseconds span) { store.advance(span); }

  simulated_store store;
};

/// All of these share one Redis process, emptied at the start of each test.
class redis_under_test {
 public:
  redis_under_test();
  directory_store& directory() { return stores_->directory(); }
  membership_store& membership() { return stores_->membership(); }
  provider_store& providers() { return stores_->providers(); }
  registry_store& registry() { return stores_->registry(); }
  event_store& events() { return stores_->events(); }
  bulk_store& bulk() { return stores_->bulk(); }
  names_store& names() { return stores_->names(); }
  backup_store& backup() { return stores_->backup(); }
  void run() {}
  /// Real time: waits for Redis's own clock.
  void advance(std::chrono::microseconds span);

 private:
  connection_watch watch_;
  std::unique_ptr<redis_stores> stores_;
};

/// The Redis store over a cluster with an owner for every third of the slots, where a write counts
/// only when a replica has it, as the user with the rights of config/redis.acl. All of these share
/// one cluster, emptied at the start of each test.
class cluster_under_test {
 public:
  cluster_under_test();
  directory_store& directory() { return stores_->directory(); }
  membership_store& membership() { return stores_->membership(); }
  provider_store& providers() { return stores_->providers(); }
  registry_store& registry() { return stores_->registry(); }
  event_store& events() { return stores_->events(); }
  bulk_store& bulk() { return stores_->bulk(); }
  names_store& names() { return stores_->names(); }
  backup_store& backup() { return stores_->backup(); }
  void run() {}
  void advance(std::chrono::microseconds span);

 private:
  connection_watch watch_;
  std::unique_ptr<redis_stores> stores_;
};

/// Both stores, that of Redis in its two forms.
using both_stores = std::tuple<simulated_under_test, redis_under_test, cluster_under_test>;

template <class T>
using pending = std::future<T>;

/// Calls a port with a `done` that fills a future. A second answer would end the program.
template <class T, class Call>
pending<result<T>> begin(Call call) {
  auto promise = std::make_shared<std::promise<result<T>>>();
  auto answer = promise->get_future();
  call([promise](result<T> value) { promise->set_value(std::move(value)); });
  return answer;
}

inline pending<commit_result> begin_commit(directory_store& store, commit step) {
  auto promise = std::make_shared<std::promise<commit_result>>();
  auto answer = promise->get_future();
  store.apply(std::move(step), [promise](commit_result value) { promise->set_value(value); });
  return answer;
}

template <class T>
T finish(pending<T>& answer) {
  if (answer.wait_for(std::chrono::seconds(20)) != std::future_status::ready)
    throw std::runtime_error("a call of the store did not end");
  return answer.get();
}

template <class T, class Store, class Call>
result<T> ask(Store& store, Call call) {
  auto answer = begin<T>(std::move(call));
  store.run();
  return finish(answer);
}

template <class Store>
commit_result ask_commit(Store& store, commit step) {
  auto answer = begin_commit(store.directory(), std::move(step));
  store.run();
  return finish(answer);
}

template <class Store>
instant cluster_time(Store& store) {
  return *ask<instant>(store, [&](auto done) { store.membership().time(done); });
}

// --- values of the tests ------------------------------------------------------------------------

template <class Bytes>
Bytes bytes(std::uint8_t fill) {
  Bytes out;
  out.fill(fill);
  return out;
}

inline constexpr int most_doubts = 20;

/// Owner of the shard from now on, whoever was it.
template <class Store>
fence own(Store& store, shard_id shard, const std::string& node = "n1",
          const std::string& incarnation = "n1.a") {
  // On a busy machine a replica may be late for the first write on a new connection: then nobody
  // knows what became of it, and it is looked up.
  for (int tries = 0;; ++tries) {
    const auto held = ask<std::vector<shard_owner>>(
        store, [&](auto done) { store.membership().load_owners({shard}, done); });
    if (!held && tries < most_doubts)
      continue;
    if (!held)
      throw std::runtime_error("no owner record: " + std::string(to_string(held.error())));
    const auto& owner = held->at(0);
    if (tries > 0 && owner.incarnation == incarnation)
      return {shard, incarnation, owner.epoch};
    const auto claims = ask<std::vector<shard_claim>>(store, [&](auto done) {
      store.membership().claim(node, incarnation, {{shard, owner}}, done);
    });
    if (claims && !claims->empty())
      return {shard, incarnation, claims->at(0).epoch};
    if (claims || claims.error() != errc::outcome_unknown || tries == most_doubts)
      throw std::runtime_error(
          "shard " + std::to_string(shard) + " of \"" + owner.incarnation + "\" not claimed: " +
          (claims ? "its record changed" : std::string(to_string(claims.error()))));
  }
}

directory_record some_record(std::uint8_t key, std::uint64_t version = 0);
verification some_proof(const std::string& id, instant created, std::chrono::microseconds lifetime);

template <class Store>
result<directory_record> load_mapping(Store& store, shard_id shard, std::uint8_t key) {
  return ask<directory_record>(store, [&](auto done) {
    store.directory().load_mapping(shard, {bytes<bytes16>(key)}, done);
  });
}

template <class Store>
result<verification> load_proof(Store& store, shard_id shard, const std::string& id) {
  return ask<verification>(
      store, [&](auto done) { store.directory().load_verification(shard, id, done); });
}

template <class Store>
std::vector<outbox_entry> load_outbox(Store& store, shard_id shard, const std::string& after = "",
                                      std::size_t limit = 100) {
  return *ask<std::vector<outbox_entry>>(
      store, [&](auto done) { store.directory().load_outbox(shard, after, limit, done); });
}

}  // namespace glados::storage::test
