// SMS through a gateway with Twilio's message interface.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "delivery/curl_loop.hpp"
#include "delivery/message.hpp"

namespace glados::delivery {

struct twilio_settings {
  std::string name;                           ///< the gateway's name in the configuration
  std::chrono::milliseconds timeout{10'000};  ///< of one try, within the deadline of the send
  std::string url;                            ///< "https://api.example.org", or with the whole path
  std::string account_sid;
  std::string auth_token;
  std::string from;
  std::string ca_file;
};

/// application/x-www-form-urlencoded (space as "+", all but unreserved characters escaped).
std::string encode_form(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

/// POSTs a form with To, From and Body and basic authentication, and reads the JSON that comes
/// back. Owned by the application; `send` may be called from any thread; the loop must outlive it,
/// and it must outlive what it was asked to send.
class twilio_sender final : public sender {
 public:
  twilio_sender(curl_loop& loop, twilio_settings settings);
  ~twilio_sender() override;
  void send(outgoing message, std::chrono::milliseconds deadline,
            std::function<void(send_result)> done) override;

 private:
  curl_loop& loop_;
  const twilio_settings settings_;
  const std::string endpoint_;
};

}  // namespace glados::delivery
