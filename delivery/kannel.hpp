// SMS through Kannel's smsbox.
#pragma once

#include <chrono>
#include <string>

#include "delivery/curl_loop.hpp"
#include "delivery/message.hpp"

namespace glados::delivery {

struct kannel_settings {
  std::string name;                           ///< the gateway's name in the configuration
  std::chrono::milliseconds timeout{10'000};  ///< of one try, within the deadline of the send
  std::string url;  ///< "https://sms.example.org:13013", or with its path; http here only
  std::string username;
  std::string password;
  std::string from;  ///< number or name shown to the receiver
  std::string smsc;  ///< route through one SMSC; empty: Kannel decides
  std::string ca_file;
};

/// Sends through the sendsms interface in its POST form: the text is the body (text/plain), the
/// rest X-Kannel-* headers, so that no identifier stands in a URL. (Kannel's own user guide calls
/// its XML form experimental, and smsbox refuses it for ordinary messages.) smsbox itself writes
/// receiver and text to its log at info level: set its log-level to 2 or more, leave out
/// access-log, and give the sendsms-user a max-messages above 1, or long texts are cut. Owned by
/// the application; `send` may be called from any thread; the loop must outlive it, and it must
/// outlive what it was asked to send.
class kannel_sender final : public sender {
 public:
  kannel_sender(curl_loop& loop, kannel_settings settings);
  ~kannel_sender() override;
  void send(outgoing message, std::chrono::milliseconds deadline,
            std::function<void(send_result)> done) override;

 private:
  curl_loop& loop_;
  const kannel_settings settings_;
};

}  // namespace glados::delivery
