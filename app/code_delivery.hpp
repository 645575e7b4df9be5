// From a send order to the gateways: opens the sealed message, renders the text, picks the sender.
// Beside the HTTP workers the only place where an address and a code exist in clear.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/node_context.hpp"
#include "config/settings.hpp"
#include "config/templates.hpp"
#include "crypto/key_ring.hpp"
#include "delivery/curl_loop.hpp"
#include "delivery/message.hpp"
#include "delivery/sandbox_outbox.hpp"

namespace glados::app {

/// Owned by the service. `send` may be called from any thread; reports come on delivery threads.
class code_delivery final : public actors::code_sender {
 public:
  /// Gateways' passwords are read from their files here; what is wrong is added to `faults`.
  code_delivery(const config::settings& values, const crypto::key_ring& keys,
                config::message_templates templates, std::vector<config::fault>& faults);
  ~code_delivery() override;

  void send(const actors::send_code& order, std::function<void(bool, bool)> done) override;

  /// Null unless `delivery.mode` is "sandbox".
  const delivery::sandbox_outbox* outbox() const { return outbox_.get(); }
  /// Ends all transfers: their reports come as temporary failures.
  void stop();

 private:
  void make_sms(const config::settings& values, std::vector<config::fault>& faults);
  void make_mail(const config::settings& values, std::vector<config::fault>& faults);

  const crypto::key_ring& keys_;
  const config::message_templates templates_;
  const std::chrono::milliseconds deadline_;
  delivery::curl_loop sms_loop_;
  delivery::curl_loop mail_loop_;  // a relay slow to say goodbye must not hold up SMS
  std::unique_ptr<delivery::sandbox_outbox> outbox_;
  std::unique_ptr<delivery::sender> sms_;
  std::unique_ptr<delivery::sender> mail_;
};

}  // namespace glados::app
