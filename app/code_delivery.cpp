#include "app/code_delivery.hpp"

#include "crypto/private_file.hpp"
#include "delivery/failover.hpp"
#include "delivery/kannel.hpp"
#include "delivery/smtp.hpp"
#include "delivery/twilio.hpp"
#include "domain/code_message.hpp"

namespace glados::app {
namespace {

/// First line of a secret's file; empty name: no secret.
std::string read_secret(const std::string& file, const std::string& key,
                        std::vector<config::fault>& faults) {
  if (file.empty())
    return {};
  std::string why;
  const auto content = crypto::read_private_file(file, why);
  if (!content)
    faults.push_back({"", key, why});
  return content ? content->substr(0, content->find('\n')) : std::string{};
}

/// "smtp://host:port" or "host:port".
bool split_url(std::string_view url, std::string& host, std::uint16_t& port) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  const auto colon = url.rfind(':');
  host = url.substr(0, colon);
  if (colon == std::string_view::npos)
    return !host.empty();
  unsigned value = 0;
  for (const char c : url.substr(colon + 1)) {
    if (c < '0' || c > '9' || (value = value * 10 + static_cast<unsigned>(c - '0')) > 65'535)
      return false;
  }
  port = static_cast<std::uint16_t>(value);
  return value != 0 && !host.empty();
}

}  // namespace

code_delivery::code_delivery(const config::settings& values, const crypto::key_ring& keys,
                             config::message_templates templates,
                             std::vector<config::fault>& faults)
    : keys_(keys),
      templates_(std::move(templates)),
      // The order waits in an open call for delivery.wait, then the gateways may still try on.
      deadline_(values.delivery.wait + std::chrono::seconds(20)) {
  if (values.delivery.mode == "sandbox") {
    outbox_ = std::make_unique<delivery::sandbox_outbox>(sms_loop_, values.sandbox.outbox_messages);
    return;
  }
  make_sms(values, faults);
  make_mail(values, faults);
}

code_delivery::~code_delivery() { stop(); }

void code_delivery::stop() {
  sms_loop_.stop();
  mail_loop_.stop();
}

void code_delivery::make_sms(const config::settings& values, std::vector<config::fault>& faults) {
  std::vector<delivery::gateway> gateways;
  for (const auto& name : values.delivery.sms_gateways) {
    const auto found = values.delivery.sms.find(name);
    if (found == values.delivery.sms.end()) {
      faults.push_back({"", "delivery.sms_gateways", "no table delivery.sms." + name});
      continue;
    }
    const auto& row = found->second;
    const auto secret =
        read_secret(row.password_file, "delivery.sms." + name + ".password_file", faults);
    if (row.type == "twilio")
      gateways.push_back(
          {name, std::make_shared<delivery::twilio_sender>(
                     sms_loop_, delivery::twilio_settings{name, row.timeout, row.url, row.username,
                                                          secret, row.from, ""})});
    else
      gateways.push_back(
          {name, std::make_shared<delivery::kannel_sender>(
                     sms_loop_, delivery::kannel_settings{name, row.timeout, row.url, row.username,
                                                          secret, row.from, "", ""})});
  }
  if (!gateways.empty())
    sms_ = std::make_unique<delivery::failover>(std::move(gateways));
}

void code_delivery::make_mail(const config::settings& values, std::vector<config::fault>& faults) {
  const auto& row = values.delivery.smtp;
  if (row.url.empty())
    return;
  delivery::smtp_settings smtp;
  smtp.name = "smtp";
  smtp.timeout = row.timeout;
  if (!split_url(row.url, smtp.host, smtp.port))
    faults.push_back({"", "delivery.smtp.url", "not smtp://host:port"});
  smtp.tls = row.starttls == "off" ? delivery::mail_tls::off : delivery::mail_tls::required;
  smtp.username = row.username;
  smtp.password = read_secret(row.password_file, "delivery.smtp.password_file", faults);
  smtp.from_address = row.from;
  smtp.ehlo = values.delivery.domain;
  mail_ = std::make_unique<delivery::smtp_sender>(mail_loop_, smtp);
}

void code_delivery::send(const actors::send_code& order, std::function<void(bool, bool)> done) {
  auto opened = keys_.open_in_shard(order.shard, order.message, message_aad(order.verification_id));
  auto content = opened ? decode_code_message(*opened) : std::nullopt;
  const bool by_mail = order.way == channel::email;
  auto* via = outbox_ ? static_cast<delivery::sender*>(outbox_.get())
                      : (by_mail ? mail_.get() : sms_.get());
  if (!content || via == nullptr)
    return done(false, true);
  const auto text = templates_.render(
      content->locale, by_mail ? config::message_channel::email : config::message_channel::sms,
      content->provider_name, content->code);
  delivery::outgoing out;
  out.ch = order.way;
  out.address = content->sii.substr(content->sii.find(':') + 1);
  out.subject = text.subject;
  out.text = text.body;
  out.message_id = order.verification_id;
  if (outbox_) {
    out.note.emplace();
    out.note->provider_id = content->provider_id;
    out.note->code = content->code;
  }
  crypto::cleanse(*opened);
  crypto::cleanse(content->code);
  crypto::cleanse(content->sii);
  via->send(std::move(out), deadline_, [done = std::move(done)](delivery::send_result result) {
    done(result.what == delivery::outcome::accepted, result.what == delivery::outcome::permanent);
  });
}

}  // namespace glados::app
