#include "delivery/kannel.hpp"

#include <algorithm>

#include "delivery/gateway_call.hpp"
#include "delivery/gsm7.hpp"

namespace glados::delivery {

kannel_sender::kannel_sender(curl_loop& loop, kannel_settings settings)
    : loop_(loop), settings_(std::move(settings)) {}

kannel_sender::~kannel_sender() = default;

void kannel_sender::send(outgoing message, std::chrono::milliseconds deadline,
                         std::function<void(send_result)> done) {
  if (message.ch != channel::sms)
    return refuse_here(loop_, settings_.name, std::move(done), false);
  if (!plausible_number(message.address))
    return refuse_here(loop_, settings_.name, std::move(done), true);
  transfer what;
  what.url = address_of(settings_.url, "/cgi-bin/sendsms");
  what.ca_file = settings_.ca_file;
  what.body = message.text;
  // 0 is the GSM alphabet, 2 is UCS-2; Kannel converts from the charset of the content type.
  const bool gsm = gsm7_septets(message.text).has_value();
  what.headers = {"Content-Type: text/plain; charset=UTF-8",
                  "X-Kannel-Username: " + settings_.username,
                  "X-Kannel-Password: " + settings_.password,
                  "X-Kannel-From: " + settings_.from,
                  "X-Kannel-To: " + message.address,
                  gsm ? "X-Kannel-Coding: 0" : "X-Kannel-Coding: 2"};
  if (!settings_.smsc.empty())
    what.headers.push_back("X-Kannel-SMSC: " + settings_.smsc);
  call_gateway(loop_, std::move(what), std::min(deadline, settings_.timeout), settings_.name,
               classify_kannel, std::move(done));
}

}  // namespace glados::delivery
