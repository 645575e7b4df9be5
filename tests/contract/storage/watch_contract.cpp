// shard_watch: told of connections that were made anew.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

BOOST_AUTO_TEST_SUITE(watch)

BOOST_AUTO_TEST_CASE(a_plain_redis_made_anew_is_told_for_every_shard_before_it_is_used) {
  redis_process process;
  redis_options options;
  options.unix_socket = process.socket();
  options.command_timeout = std::chrono::seconds(15);
  options.backoff_most = std::chrono::milliseconds(100);
  connection_watch connection;
  const auto stores = open_redis(options, connection.observer());
  std::mutex mutex;
  std::vector<shard_id> told;
  stores->shards().watch([&](const std::vector<shard_id>& shards) {
    const std::lock_guard lock(mutex);
    told.insert(told.end(), shards.begin(), shards.end());
  });
  connection.wait_for(true);
  BOOST_TEST(told.empty());  // the first connection is nothing to check again
  process.stop(SIGTERM);
  connection.wait_for(false);
  auto waiting = begin<instant>([&](auto done) { stores->membership().time(std::move(done)); });
  process.start();
  BOOST_TEST(bool(finish(waiting)));
  {
    const std::lock_guard lock(mutex);
    BOOST_TEST(told.size() == shard_count);
  }
  stores->shards().watch({});
}

BOOST_AUTO_TEST_CASE(the_simulated_store_tells_what_the_test_says) {
  simulated_store store;
  std::vector<shard_id> told;
  store.watch([&](const std::vector<shard_id>& shards) { told = shards; });
  store.remake({3, 5});
  BOOST_TEST(told == (std::vector<shard_id>{3, 5}));
  store.watch({});
  store.remake({7});
  BOOST_TEST(told.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
