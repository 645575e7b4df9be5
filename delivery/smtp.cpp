#include "delivery/smtp.hpp"

#include <algorithm>
#include <chrono>

#include "delivery/gateway_call.hpp"
#include "delivery/mime.hpp"

namespace glados::delivery {
namespace {

std::string url_of(const smtp_settings& s) {
  const bool v6 = s.host.find(':') != std::string::npos && !s.host.starts_with('[');
  return std::string{s.tls == mail_tls::implicit ? "smtps" : "smtp"} + "://" + (v6 ? "[" : "") +
         s.host + (v6 ? "]" : "") + ":" + std::to_string(s.port) + "/" + s.ehlo;
}

bool ascii_local_part(std::string_view address) {
  const auto local = address.substr(0, address.find('@'));
  return std::all_of(local.begin(), local.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

smtp_sender::smtp_sender(curl_loop& loop, smtp_settings settings)
    : loop_(loop), settings_(std::move(settings)), url_(url_of(settings_)) {}

smtp_sender::~smtp_sender() = default;

transfer smtp_sender::to_transfer(const outgoing& message) const {
  transfer what;
  what.kind = protocol::smtp;
  what.url = url_;
  what.username = settings_.username;
  what.password = settings_.password;
  what.ca_file = settings_.ca_file;
  what.mail_from = settings_.from_address;
  what.recipient = message.address;
  what.tls = settings_.tls;
  what.login = settings_.login;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  what.body = build_mail({settings_.from_address, settings_.from_name, message.address,
                          message.subject, message.text, message.message_id, now});
  return what;
}

void smtp_sender::send(outgoing message, std::chrono::milliseconds deadline,
                       std::function<void(send_result)> done) {
  if (message.ch != channel::email)
    return refuse_here(loop_, settings_.name, std::move(done), false);
  if (!plausible_mail_address(message.address))
    return refuse_here(loop_, settings_.name, std::move(done), true);
  if (!settings_.smtputf8 && !ascii_local_part(message.address))
    return refuse_here(loop_, settings_.name, std::move(done), false);
  transfer what = to_transfer(message);
  if (what.body.empty())
    return refuse_here(loop_, settings_.name, std::move(done), false);
  call_gateway(loop_, std::move(what), std::min(deadline, settings_.timeout), settings_.name,
               classify_smtp, std::move(done));
}

}  // namespace glados::delivery
