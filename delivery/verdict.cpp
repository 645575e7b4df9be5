#include "delivery/verdict.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>

namespace glados::delivery {
namespace {

constexpr verdict accepted{outcome::accepted, false};
constexpr verdict temporary{outcome::temporary, false};
constexpr verdict refused{outcome::permanent, false};
constexpr verdict bad_recipient{outcome::permanent, true};

bool is_success(long status) { return status >= 200 && status < 300; }

/// Failures that hold whatever was said: nothing was sent, or no whole answer came.
bool decided_by_failure(const transfer_reply& reply, verdict& out) {
  switch (reply.why) {
    case transfer_failure::none:
      return false;
    case transfer_failure::refused_here:
      out = refused;
      return true;
    default:
      out = temporary;
      return true;
  }
}

/// HTTP refusals that another attempt may get round.
bool passing_http(long status) {
  return status == 408 || status == 425 || status == 429 || status >= 500 || status < 400;
}

struct enhanced_code {
  int subject = 0;
  int detail = 0;
};

/// "550 5.1.1 …" or "550-5.1.1 …": the two numbers after the class, zeros if there are none.
enhanced_code enhanced_of(std::string_view line) {
  enhanced_code found;
  if (line.size() < 9 || line[4] != '5' || line[5] != '.')
    return found;
  std::size_t at = 6;
  const auto number = [&](int& into) {
    const std::size_t begin = at;
    while (at < line.size() && at - begin < 3 && line[at] >= '0' && line[at] <= '9')
      into = into * 10 + (line[at++] - '0');
    return at > begin;
  };
  int subject = 0;
  int detail = 0;
  if (number(subject) && at < line.size() && line[at++] == '.' && number(detail))
    found = {subject, detail};
  return found;
}

bool about_mailbox(long status, std::string_view line) {
  const enhanced_code code = enhanced_of(line);
  if (code.subject == 1)
    return code.detail != 7 && code.detail != 8;  // those two are about the sender's address
  if (code.subject != 0)
    return code.subject == 2 && code.detail != 3;  // 5.2.3: this message is too long
  return status == 550 || status == 551 || status == 553;
}

constexpr std::array twilio_recipient_codes{21211, 21214, 21217, 21407, 21610, 21614, 30005, 30006};

bool names_recipient(int code) {
  return std::find(twilio_recipient_codes.begin(), twilio_recipient_codes.end(), code) !=
         twilio_recipient_codes.end();
}

int number_member(const rapidjson::Document& json, const char* name) {
  const auto member = json.FindMember(name);
  return member != json.MemberEnd() && member->value.IsInt() ? member->value.GetInt() : 0;
}

}  // namespace

verdict classify_smtp(const transfer_reply& reply) {
  if (reply.complete())
    return accepted;
  const bool refusal =
      reply.why == transfer_failure::broken || reply.why == transfer_failure::login;
  if (!refusal) {
    verdict out;
    decided_by_failure(reply, out);
    return out;
  }
  if (reply.status < 500 || reply.status > 599)
    return temporary;
  if (reply.why == transfer_failure::login)
    return refused;
  return about_mailbox(reply.status, reply.body) ? bad_recipient : refused;
}

verdict classify_kannel(const transfer_reply& reply) {
  verdict out;
  if (decided_by_failure(reply, out))
    return out;
  if (is_success(reply.status))
    return accepted;
  if (passing_http(reply.status) || reply.body.starts_with("Temporal failure"))
    return temporary;
  return reply.body.starts_with("Number(s) has/have been denied") ? bad_recipient : refused;
}

verdict classify_twilio(const transfer_reply& reply) {
  verdict out;
  if (decided_by_failure(reply, out))
    return out;
  if (!is_success(reply.status) && passing_http(reply.status))
    return temporary;
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(reply.body.data(), reply.body.size());
  const bool object = !json.HasParseError() && json.IsObject();
  if (!is_success(reply.status))
    return object && names_recipient(number_member(json, "code")) ? bad_recipient : refused;
  if (!object)
    return temporary;  // a 2xx that is not the gateway's: some proxy's page
  const auto status = json.FindMember("status");
  if (status == json.MemberEnd() || !status->value.IsString())
    return temporary;
  constexpr std::array taken{"queued", "accepted", "scheduled", "sending", "sent", "delivered"};
  const std::string_view word{status->value.GetString(), status->value.GetStringLength()};
  if (std::find(taken.begin(), taken.end(), word) != taken.end())
    return accepted;
  return names_recipient(number_member(json, "error_code")) ? bad_recipient : temporary;
}

}  // namespace glados::delivery
