// The users of config/redis.acl: what is written under them is there after a restart.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

/// SHA-256 of "a long secret".
constexpr std::string_view secret_hash =
    "69898f54c6762252fc3a57df8c84c6338fcfd51f3bb3de4c3fc31c65feea2622";

/// Writes the file as an operator does, beside the Redis that will read it.
std::string installed_rules(const std::filesystem::path& folder) {
  std::ifstream shipped(GLADOS_SOURCE_DIR "/config/redis.acl");
  std::ostringstream text;
  text << shipped.rdbuf();
  std::string rules = text.str();
  const std::string_view place = "<hash>";
  for (auto at = rules.find(place); at != std::string::npos; at = rules.find(place, at))
    rules.replace(at, place.size(), secret_hash);
  const auto path = folder / "users.acl";
  std::ofstream(path) << rules;
  return path.string();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(acl)

/// Redis reads its append-only file as the default user, and skips without a word what that one may
/// not do.
BOOST_AUTO_TEST_CASE(what_the_service_wrote_survives_a_restart) {
  const redis_process shelter;  // its folder goes with it
  redis_process redis({"--aclfile", installed_rules(shelter.folder())});
  redis_options options;
  options.unix_socket = redis.socket();
  options.user = "glados";
  options.password = "a long secret";
  options.command_timeout = std::chrono::seconds(15);
  options.backoff_most = std::chrono::milliseconds(100);
  connection_watch watch;
  const auto stores = open_redis(options, watch.observer());
  struct {
    directory_store& directory() { return stores.directory(); }
    membership_store& membership() { return stores.membership(); }
    void run() {}
    redis_stores& stores;
  } world{*stores};
  watch.wait_for(true);
  const fence by = own(world, 5);
  const auto written = ask_commit(world, {.by = by, .mapping = some_record(1)});
  BOOST_TEST((written.code == errc::none));
  redis.stop(SIGKILL);
  watch.wait_for(false);
  redis.start();
  watch.wait_for(true);
  BOOST_TEST(load_mapping(world, 5, 1)->version == written.version);
  BOOST_TEST((ask_commit(world, {.by = by, .mapping = some_record(2)}).code == errc::none));
  // Nobody else gets in.
  BOOST_TEST(redis.ask({"GET", "{s5}:own"}).starts_with("-NOAUTH"));
  BOOST_TEST(redis.ask({"AUTH", "default", ""}).starts_with("-WRONGPASS"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
