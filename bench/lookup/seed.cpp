// Fills a directory for the lookup benchmark: one proven mapping a phone number, written straight
// into Redis with the service's own keys, names, seals and codec, before the node starts. Through
// the API each would need a verification with its code.
//
// usage: bench_seed REDIS_SOCKET KEY_FOLDER PROVIDER BASE COUNT
#include <hiredis/hiredis.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "crypto/key_ring.hpp"
#include "http/api.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace {

using namespace glados;

constexpr unsigned pipeline = 1000;

/// One blocking connection, commands in pipelines.
class redis_writer {
 public:
  explicit redis_writer(const char* socket) : link_(redisConnectUnix(socket), &redisFree) {
    if (!link_ || link_->err != 0)
      throw std::runtime_error("no connection to Redis");
  }

  void hset(const std::string& key, const std::string& field, const std::string& value) {
    const std::array<const char*, 4> words{"HSET", key.data(), field.data(), value.data()};
    const std::array<std::size_t, 4> sizes{4, key.size(), field.size(), value.size()};
    redisAppendCommandArgv(link_.get(), 4, const_cast<const char**>(words.data()), sizes.data());
    if (++open_ == pipeline)
      finish();
  }

  void finish() {
    for (; open_ > 0; --open_) {
      void* got = nullptr;
      if (redisGetReply(link_.get(), &got) != REDIS_OK)
        throw std::runtime_error("Redis went away");
      const std::unique_ptr<void, void (*)(void*)> reply(got, &freeReplyObject);
      if (static_cast<redisReply*>(got)->type != REDIS_REPLY_INTEGER)
        throw std::runtime_error("Redis refused a record");
    }
  }

 private:
  std::unique_ptr<redisContext, void (*)(redisContext*)> link_;
  unsigned open_ = 0;
};

directory_record record_of(const crypto::key_ring& keys, const crypto::sii_place& place,
                           const std::string& provider, unsigned number, instant now) {
  directory_record out;
  out.key = sii_key{place.key};
  mapping made;
  made.salt = number;
  made.provider_id = provider;
  made.user =
      keys.shard_sealer(place.shard, place.index_version)
          .seal_deterministic("user-" + std::to_string(number), http::user_aad(out.key, provider));
  made.verified_at = now;
  made.preferred = true;
  out.mappings.push_back(std::move(made));
  return out;
}

void fill(redis_writer& to, const crypto::key_ring& keys, const std::string& provider,
          unsigned long long base, unsigned count) {
  const instant now{std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count()};
  for (unsigned i = 0; i < count; ++i) {
    const auto place = keys.place("tel:+" + std::to_string(base + i));
    const auto record = record_of(keys, place, provider, i, now);
    to.hset(storage::keys::mappings(place.shard, record.key),
            storage::keys::mapping_field(record.key),
            storage::with_version(static_cast<std::uint64_t>(now.us), storage::encode(record)));
  }
  to.finish();
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) {
    std::fputs("usage: bench_seed REDIS_SOCKET KEY_FOLDER PROVIDER BASE COUNT\n", stderr);
    return 2;
  }
  try {
    std::vector<std::string> errors;
    const auto keys = crypto::key_ring::load({words[2], nullptr}, errors);
    if (!keys)
      throw std::runtime_error(errors.empty() ? "no keys" : errors.front());
    redis_writer to(words[1]);
    fill(to, *keys, words[3], std::strtoull(words[4], nullptr, 10),
         static_cast<unsigned>(std::strtoul(words[5], nullptr, 10)));
    return 0;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "bench_seed: %s\n", why.what());
    return 1;
  }
}
