#include "delivery/twilio.hpp"

#include <algorithm>

#include "delivery/gateway_call.hpp"

namespace glados::delivery {
namespace {

void append_escaped(std::string& out, std::string_view text, bool space_as_plus) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved)
      out += c;
    else if (c == ' ' && space_as_plus)
      out += '+';
    else
      out.append(1, '%').append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
  }
}

std::string endpoint_of(const twilio_settings& s) {
  std::string usual = "/2010-04-01/Accounts/";
  append_escaped(usual, s.account_sid, false);
  return address_of(s.url, usual + "/Messages.json");
}

}  // namespace

std::string encode_form(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::size_t most = 0;
  for (const auto& [name, value] : fields) most += name.size() + 3 * value.size() + 2;
  std::string out;
  out.reserve(most);  // growing would leave copies of the text behind
  for (const auto& [name, value] : fields) {
    if (!out.empty())
      out += '&';
    out.append(name).append(1, '=');
    append_escaped(out, value, true);
  }
  return out;
}

twilio_sender::twilio_sender(curl_loop& loop, twilio_settings settings)
    : loop_(loop), settings_(std::move(settings)), endpoint_(endpoint_of(settings_)) {}

twilio_sender::~twilio_sender() = default;

void twilio_sender::send(outgoing message, std::chrono::milliseconds deadline,
                         std::function<void(send_result)> done) {
  if (message.ch != channel::sms)
    return refuse_here(loop_, settings_.name, std::move(done), false);
  if (!plausible_number(message.address))
    return refuse_here(loop_, settings_.name, std::move(done), true);
  transfer what;
  what.url = endpoint_;
  what.username = settings_.account_sid;
  what.password = settings_.auth_token;
  what.ca_file = settings_.ca_file;
  what.headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"};
  what.body =
      encode_form({{"To", message.address}, {"From", settings_.from}, {"Body", message.text}});
  call_gateway(loop_, std::move(what), std::min(deadline, settings_.timeout), settings_.name,
               classify_twilio, std::move(done));
}

}  // namespace glados::delivery
