// From a notice to its webhook: renders it, signs it, posts it. The only place where a provider's
// signing keys exist in clear.
#pragma once

#include "actors/node_context.hpp"
#include "actors/session_view.hpp"
#include "config/settings.hpp"
#include "crypto/key_ring.hpp"
#include "delivery/webhook.hpp"

namespace glados::app {

/// Owned by the service. `post` may be called from any thread; reports come on its own thread.
class webhook_delivery final : public actors::notice_poster {
 public:
  webhook_delivery(const config::settings& values, const crypto::key_ring& keys,
                   const actors::session_directory& names, const actors::cluster_clock& clock);

  void post(actors::notice_order order, std::function<void(actors::post_result)> done) override;

  /// Ends all posts: they are reported as not tried.
  void stop() { loop_.stop(); }

 private:
  std::vector<crypto::signing_key> open_keys(const actors::notice_order& order) const;

  const crypto::key_ring& keys_;
  const actors::session_directory& names_;
  const actors::cluster_clock& clock_;
  delivery::curl_loop loop_;
  delivery::webhook_poster poster_;
};

}  // namespace glados::app
