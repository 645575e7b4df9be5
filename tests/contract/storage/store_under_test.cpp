#include "tests/contract/storage/store_under_test.hpp"

#include <fstream>
#include <sstream>

#include "storage/redis_client.hpp"

namespace glados::storage::test {

namespace {

redis_process& shared_redis() {
  static redis_process process;
  return process;
}

/// The rules of the least user, as the page for operators tells to install them.
std::string least_user_rules() {
  std::ifstream file(GLADOS_SOURCE_DIR "/config/redis.acl");
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("user glados "))
      return line;
  throw std::runtime_error("no rules for a user in config/redis.acl");
}

redis_cluster& shared_cluster() {
  static redis_cluster cluster;
  static const bool prepared = [] {
    std::istringstream rules(least_user_rules());
    std::vector<std::string> words{"ACL", "SETUSER"};
    std::string word;
    rules >> word;  // "user"
    while (rules >> word) words.push_back(word == "#<hash>" ? ">a long secret" : word);
    cluster.each(words);
    return true;
  }();
  static_cast<void>(prepared);
  return cluster;
}

template <class Store>
void wait_for_time(Store& store, std::chrono::microseconds span) {
  const instant goal = cluster_time(store) + span;
  while (cluster_time(store) <= goal) {
  }
}

}  // namespace

redis_observer connection_watch::observer() {
  redis_observer out;
  out.connection = [this](bool up) {
    const std::lock_guard lock(mutex_);
    up_ = up;
    changed_.notify_all();
  };
  return out;
}

void connection_watch::wait_for(bool up) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return up_ == up; }))
    throw std::runtime_error(up ? "Redis did not come up" : "the connection did not break");
}

void flush(const std::string& socket) {
  redis_options options;
  options.unix_socket = socket;
  connection_watch watch;
  redis_client client(options, watch.observer());
  watch.wait_for(true);
  std::promise<errc> ended;
  auto answer = ended.get_future();
  client.send(plain_command(true, {"FLUSHALL"}),
              [&](const redis_answer& given) { ended.set_value(given.code); });
  if (finish(answer) != errc::none)
    throw std::runtime_error("Redis was not emptied");
}

redis_under_test::redis_under_test() {
  flush(shared_redis().socket());
  redis_options options;
  options.unix_socket = shared_redis().socket();
  options.command_timeout = std::chrono::seconds(10);  // machines that test are busy
  stores_ = open_redis(options, watch_.observer());
  watch_.wait_for(true);
}

void redis_under_test::advance(std::chrono::microseconds span) { wait_for_time(*this, span); }

cluster_under_test::cluster_under_test() {
  shared_cluster().each_primary({"FLUSHALL"});
  redis_options options;
  options.seeds = shared_cluster().seeds();
  options.user = "glados";
  options.password = "a long secret";
  options.replicated = true;
  options.command_timeout = std::chrono::seconds(10);
  options.replica_wait = std::chrono::seconds(5);
  stores_ = open_redis(options, watch_.observer());
  watch_.wait_for(true);
}

void cluster_under_test::advance(std::chrono::microseconds span) { wait_for_time(*this, span); }

directory_record some_record(std::uint8_t key, std::uint64_t version) {
  directory_record record{{bytes<bytes16>(key)}, version, {}};
  mapping claim;
  claim.salt = 0xfeedbeef;
  claim.provider_id = "alpha";
  claim.user = std::string(40, '\xc3');
  claim.method = proof_method::email;
  claim.verified_at = {1'800'000'000'123'456};
  claim.preferred = true;
  record.mappings.push_back(claim);
  return record;
}

verification some_proof(const std::string& id, instant created,
                        std::chrono::microseconds lifetime) {
  verification proof;
  proof.id = id;
  proof.key = {bytes<bytes16>(7)};
  proof.provider_id = "alpha";
  proof.user = std::string("\0sealed", 7);
  proof.user_tag = bytes<bytes16>(8);
  proof.to = {"DE", 0xfedcba9876543210};
  proof.created_at = created;
  proof.expires_at = created + lifetime;
  proof.sends_used = 1;
  proof.last_send_at = created;
  proof.code_tag = bytes<bytes16>(9);
  proof.message = std::string("\0message", 8);
  return proof;
}

}  // namespace glados::storage::test
