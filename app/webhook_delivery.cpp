#include "app/webhook_delivery.hpp"

#include <algorithm>

#include "crypto/private_file.hpp"
#include "http/event_json.hpp"
#include "http/webhook_signature.hpp"

namespace glados::app {
namespace {

constexpr delivery::loop_limits limits{.unfinished = 8192, .active = 512, .reply_bytes = 64 * 1024};

delivery::webhook_options options_of(const config::settings& values) {
  delivery::webhook_options out;
  out.ca_file = values.webhook.ca_file;
  out.guard = address_guard::allowing(values.webhook.allow_networks);
  return out;
}

}  // namespace

webhook_delivery::webhook_delivery(const config::settings& values, const crypto::key_ring& keys,
                                   const actors::session_directory& names,
                                   const actors::cluster_clock& clock)
    : keys_(keys),
      names_(names),
      clock_(clock),
      loop_(limits),
      poster_(loop_, options_of(values)) {}

std::vector<crypto::signing_key> webhook_delivery::open_keys(
    const actors::notice_order& order) const {
  std::vector<crypto::signing_key> out;
  for (const auto& key : order.keys) {
    auto seed = keys_.open_for(order.what.provider_id, key.seed, http::webhook_key_aad);
    if (!seed || seed->size() != 32)
      continue;
    crypto::secret32 bytes;
    std::copy(seed->begin(), seed->end(), bytes.writable().begin());
    out.emplace_back(bytes.bytes());
    crypto::cleanse(*seed);
  }
  return out;
}

void webhook_delivery::post(actors::notice_order order,
                            std::function<void(actors::post_result)> done) {
  auto body = http::event_json(order.what, keys_, names_);
  auto headers =
      http::webhook_headers(order.what.id, clock_.now().us / 1'000'000, body, open_keys(order));
  poster_.post(order.url, std::move(headers), std::move(body),
               [done = std::move(done)](const delivery::webhook_reply& got) {
                 done({got.stopped, {got.status, got.retry_after}, got.latency});
               });
}

}  // namespace glados::app
