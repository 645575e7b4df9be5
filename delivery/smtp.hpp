// Mail over SMTP submission.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "delivery/curl_loop.hpp"
#include "delivery/message.hpp"

namespace glados::delivery {

struct smtp_settings {
  std::string name;                           ///< the gateway's name in the configuration
  std::chrono::milliseconds timeout{10'000};  ///< of one try, within the deadline of the send
  std::string host;
  std::uint16_t port = 587;
  mail_tls tls = mail_tls::required;
  std::string ca_file;   ///< empty: the system's authorities
  std::string username;  ///< empty: no AUTH
  std::string password;
  mail_login login = mail_login::any;
  std::string from_address;
  std::string from_name;           ///< UTF-8, may be empty
  std::string ehlo = "localhost";  ///< how this host names itself
  /// Says that the relay has SMTPUTF8. Without it a local part beyond ASCII is refused here:
  /// libcurl would send it to a relay that never said it understands it.
  bool smtputf8 = false;
};

/// Sends mail through one relay. Owned by the application; `send` may be called from any thread.
/// The loop must outlive it, and it must outlive what it was asked to send.
class smtp_sender final : public sender {
 public:
  smtp_sender(curl_loop& loop, smtp_settings settings);
  ~smtp_sender() override;
  void send(outgoing message, std::chrono::milliseconds deadline,
            std::function<void(send_result)> done) override;

 private:
  transfer to_transfer(const outgoing& message) const;

  curl_loop& loop_;
  const smtp_settings settings_;
  const std::string url_;
};

}  // namespace glados::delivery
