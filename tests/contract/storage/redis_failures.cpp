// What only a real Redis can show: restarts, a frozen server, full queues, scripts that are gone.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "storage/redis_client.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A Redis and a store of the test's own, so that the test may ill-treat them.
struct fragile {
  explicit fragile(std::chrono::milliseconds timeout, std::vector<std::string> arguments = {},
                   std::string password = {})
      : redis(std::move(arguments)) {
    options.unix_socket = redis.socket();
    options.command_timeout = timeout;
    options.connect_timeout = 500ms;
    options.backoff_most = 100ms;
    options.password = std::move(password);
    stores = open_redis(options, watch.observer());
  }

  directory_store& directory() { return stores->directory(); }
  membership_store& membership() { return stores->membership(); }
  provider_store& providers() { return stores->providers(); }
  registry_store& registry() { return stores->registry(); }
  void run() {}

  redis_process redis;
  redis_options options;
  connection_watch watch;
  std::unique_ptr<redis_stores> stores;
};

redis_command admin(std::vector<std::string_view> words) { return plain_command(true, words); }

/// Sends a command past the ports.
errc raw(const fragile& world, std::vector<std::string_view> words) {
  connection_watch watch;
  redis_client client(world.options, watch.observer());
  watch.wait_for(true);
  std::promise<errc> ended;
  auto answer = ended.get_future();
  client.send(admin(std::move(words)),
              [&](const redis_answer& given) { ended.set_value(given.code); });
  return finish(answer);
}

struct written {
  std::uint8_t key;
  std::uint64_t version;
};

/// Writes new records until `enough`; what was acknowledged. The other answers must be honest.
std::vector<written> write_until(fragile& world, const fence& by, std::atomic<bool>& enough) {
  std::vector<written> acknowledged;
  for (int key = 0; key < 256 && !enough; ++key) {
    auto answer = begin_commit(world.directory(),
                               {.by = by, .mapping = some_record(static_cast<std::uint8_t>(key))});
    const commit_result result = finish(answer);
    if (result.code == errc::none)
      acknowledged.push_back({static_cast<std::uint8_t>(key), result.version});
    else
      BOOST_TEST(
          (result.code == errc::outcome_unknown || result.code == errc::storage_unavailable));
  }
  return acknowledged;
}

void restart_in_the_middle(int signal) {
  fragile world(5s);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  std::atomic<bool> enough{false};
  std::vector<written> acknowledged;
  std::thread writer([&] { acknowledged = write_until(world, by, enough); });
  while (load_mapping(world, 5, 20)->version == 0) {
  }
  world.redis.stop(signal);
  world.watch.wait_for(false);
  world.redis.start();
  world.watch.wait_for(true);
  enough = true;
  writer.join();
  BOOST_TEST(acknowledged.size() >= 20u);
  for (const written& one : acknowledged)
    BOOST_TEST(load_mapping(world, 5, one.key)->version == one.version);
  // Owner and epoch are still there too.
  BOOST_TEST((ask_commit(world, {.by = by}).code == errc::none));
  BOOST_TEST(world.stores->queued() == 0u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failures)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_sigterm) { restart_in_the_middle(SIGTERM); }
BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_sigkill) { restart_in_the_middle(SIGKILL); }

BOOST_AUTO_TEST_CASE(scripts_that_redis_forgot_are_loaded_again) {
  fragile world(5s);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  BOOST_TEST((raw(world, {"SCRIPT", "FLUSH"}) == errc::none));
  std::vector<pending<commit_result>> open;
  for (std::uint8_t i = 0; i < 100; ++i)
    open.push_back(begin_commit(world.directory(), {.by = by, .mapping = some_record(i)}));
  for (auto& answer : open) BOOST_TEST((finish(answer).code == errc::none));
}

BOOST_AUTO_TEST_CASE(without_redis_calls_end_by_their_deadline) {
  fragile world(300ms);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  world.redis.stop(SIGKILL);
  world.watch.wait_for(false);
  const auto start = clock::now();
  BOOST_TEST((ask_commit(world, {.by = by}).code == errc::storage_unavailable));
  BOOST_TEST((load_mapping(world, 5, 1).error() == errc::storage_unavailable));
  const auto took = clock::now() - start;
  BOOST_TEST((took >= 600ms && took < 3s));
  BOOST_TEST(!world.stores->connected());
  BOOST_TEST(world.stores->queued() == 0u);
}

BOOST_AUTO_TEST_CASE(a_short_outage_is_waited_for) {
  fragile world(15s);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  world.redis.stop(SIGTERM);
  world.watch.wait_for(false);
  auto answer = begin_commit(world.directory(), {.by = by, .mapping = some_record(1)});
  world.redis.start();
  BOOST_TEST((finish(answer).code == errc::none));
}

BOOST_AUTO_TEST_CASE(a_frozen_redis_leaves_writes_unknown) {
  fragile world(300ms);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  world.redis.signal(SIGSTOP);
  auto write = begin_commit(world.directory(), {.by = by, .mapping = some_record(1)});
  auto read = begin<directory_record>(
      [&](auto done) { world.directory().load_mapping(5, {bytes<bytes16>(1)}, done); });
  const auto start = clock::now();
  BOOST_TEST((finish(write).code == errc::outcome_unknown));
  BOOST_TEST((finish(read).error() == errc::storage_unavailable));
  BOOST_TEST((clock::now() - start < 3s));
  // Later the silence ends the connection, and what comes then was certainly not executed.
  world.watch.wait_for(false);
  BOOST_TEST((ask_commit(world, {.by = by}).code == errc::storage_unavailable));
  world.redis.signal(SIGCONT);
  world.watch.wait_for(true);
  BOOST_TEST((ask_commit(world, {.by = by}).code == errc::none));
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_queue_is_refused_at_once) {
  fragile world(20s);
  world.watch.wait_for(true);
  world.options.queue_limit = 100;
  world.options.in_flight_limit = 10;
  world.options.command_timeout = 1s;
  connection_watch watch;
  const auto stores = open_redis(world.options, watch.observer());
  watch.wait_for(true);
  const fence by = own(world, 5);
  world.redis.signal(SIGSTOP);
  const auto start = clock::now();
  std::vector<pending<commit_result>> open;
  for (int i = 0; i < 150; ++i) open.push_back(begin_commit(stores->directory(), {.by = by}));
  for (std::size_t i = 100; i < 150; ++i)
    BOOST_TEST((finish(open[i]).code == errc::storage_unavailable));
  BOOST_TEST((clock::now() - start < 900ms));
  // Of the others only those that were sent are in doubt.
  for (std::size_t i = 0; i < 100; ++i)
    BOOST_TEST(
        (finish(open[i]).code == (i < 10 ? errc::outcome_unknown : errc::storage_unavailable)));
  world.redis.signal(SIGCONT);
}

BOOST_AUTO_TEST_CASE(closing_the_store_ends_every_call) {
  fragile world(20s);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  world.redis.signal(SIGSTOP);
  std::vector<pending<commit_result>> open;
  for (int i = 0; i < 50; ++i) open.push_back(begin_commit(world.directory(), {.by = by}));
  world.stores.reset();
  for (auto& answer : open) {
    const errc code = finish(answer).code;
    BOOST_TEST((code == errc::outcome_unknown || code == errc::storage_unavailable));
  }
}

BOOST_AUTO_TEST_CASE(a_password_is_given) {
  fragile world(10s, {"--requirepass", "a long secret"}, "a long secret");
  world.watch.wait_for(true);
  BOOST_TEST(own(world, 5).epoch == 1u);
  redis_options wrong = world.options;
  wrong.password = "another";
  wrong.command_timeout = 300ms;
  std::promise<std::string> refused;
  std::atomic<bool> told{false};
  redis_observer observer;
  observer.error_answer = [&](std::string_view word) {
    if (!told.exchange(true))
      refused.set_value(std::string(word));
  };
  const auto stores = open_redis(wrong, observer);
  auto word = refused.get_future();
  BOOST_TEST(finish(word) == "WRONGPASS");
  BOOST_TEST(!stores->connected());
}

BOOST_AUTO_TEST_CASE(versions_grow_though_the_clock_went_back) {
  fragile world(10s);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  const std::uint64_t ahead = 4'000'000'000'000'000;
  BOOST_TEST((raw(world, {"HSET", "{s5}:own", "v", std::to_string(ahead)}) == errc::none));
  for (std::uint8_t i = 1; i < 4; ++i) {
    const commit_result next = ask_commit(world, {.by = by, .mapping = some_record(i)});
    BOOST_TEST(next.version == ahead + i);
    BOOST_TEST(load_mapping(world, 5, i)->version == ahead + i);
  }
}

BOOST_AUTO_TEST_CASE(refusals_of_redis_are_certain) {
  fragile world(10s);
  world.watch.wait_for(true);
  const fence by = own(world, 5);
  BOOST_TEST((ask_commit(world, {.by = by, .mapping = some_record(1)}).code == errc::none));
  BOOST_TEST((raw(world, {"CONFIG", "SET", "maxmemory", "1"}) == errc::none));
  BOOST_TEST(
      (ask_commit(world, {.by = by, .mapping = some_record(2)}).code == errc::storage_unavailable));
  BOOST_TEST((raw(world, {"CONFIG", "SET", "maxmemory", "0"}) == errc::none));
  BOOST_TEST(load_mapping(world, 5, 2)->version == 0u);
  BOOST_TEST((raw(world, {"CONFIG", "SET", "min-replicas-to-write", "1"}) == errc::none));
  BOOST_TEST(
      (ask_commit(world, {.by = by, .mapping = some_record(2)}).code == errc::storage_unavailable));
}

BOOST_AUTO_TEST_CASE(a_reader_that_fell_behind_the_feed_is_told) {
  fragile world(10s);
  world.watch.wait_for(true);
  const auto changes = [&](const std::string& cursor) {
    return *ask<change_page>(world, [&](auto done) { world.registry().changes(cursor, done); });
  };
  const auto add = [&](std::string provider) {
    ask<bool>(world, [&](auto done) { world.registry().apply({{}, {}, {provider}}, done); });
  };
  add("a");
  const std::string start = changes("").next;
  add("b");
  add("c");
  BOOST_TEST(!changes(start).gap);
  BOOST_TEST((raw(world, {"XTRIM", "{g}:feed", "MAXLEN", "1"}) == errc::none));
  const change_page page = changes(start);
  BOOST_TEST(page.gap);
  BOOST_TEST(page.notices.size() == 1u);
  BOOST_TEST(!changes(page.next).gap);
  // An older copy was restored: the cursor is beyond the end.
  BOOST_TEST((raw(world, {"DEL", "{g}:feed"}) == errc::none));
  BOOST_TEST(changes(page.next).gap);
  BOOST_TEST(!changes(changes(page.next).next).gap);
}

BOOST_AUTO_TEST_CASE(callers_on_many_threads_get_their_own_answers) {
  fragile world(20s);
  world.watch.wait_for(true);
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto shard = static_cast<shard_id>(s);
    auto claimed = begin<std::vector<shard_claim>>([&](auto done) {
      world.membership().claim("n1", "n1." + std::to_string(s), {{shard, {}}}, done);
    });
    finish(claimed);
  }
  constexpr int threads = 4, each = 2000;
  std::atomic<int> right{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t)
    callers.emplace_back([&, t] {
      std::vector<pending<result<std::vector<shard_owner>>>> open;
      for (int i = 0; i < each; ++i) {
        const auto shard = static_cast<shard_id>((i * threads + t) % 1024);
        open.push_back(begin<std::vector<shard_owner>>(
            [&](auto done) { world.membership().load_owners({shard}, done); }));
      }
      for (int i = 0; i < each; ++i) {
        const auto owners = finish(open[static_cast<std::size_t>(i)]);
        const auto wanted = "n1." + std::to_string((i * threads + t) % 1024);
        right += owners && owners->at(0).incarnation == wanted ? 1 : 0;
      }
    });
  for (std::thread& caller : callers) caller.join();
  BOOST_TEST(right == threads * each);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
