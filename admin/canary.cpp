#include "admin/canary.hpp"

#include "admin/session.hpp"
#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

namespace glados::admin {
namespace {

const std::string user = "canary";
constexpr canary::seconds token_margin{30};

/// RFC 6749 2.3.1 wants both halves of Basic as in a form.
std::string form_encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain)
      out += c;
    else
      ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return out;
}

std::string new_key() {
  std::array<std::uint8_t, 16> bytes{};
  crypto::system_random().fill(bytes);
  return crypto::hex(bytes);
}

}  // namespace

template <class F>
void canary::step(round_report& into, std::size_t which, F work) {
  into.failed = canary_steps[which];
  const auto began = now_();
  work();
  into.took.emplace_back(into.failed, now_() - began);
}

value canary::checked(const request& what) {
  const auto got = service_.call(what);
  if (got.status >= 400)
    throw stop(outcome::refused, problem_text(got));
  auto read = parse_json(got.body);
  if (!read)
    throw stop(outcome::unreachable, "an answer that is not GLADOS'");
  return std::move(*read);
}

value canary::call(const std::string& path, const value& body, std::vector<std::string> headers) {
  headers.push_back("Authorization: Bearer " + token_);
  headers.emplace_back("Content-Type: application/json");
  return checked({"POST", path, body.json(), std::move(headers)});
}

void canary::take_token() {
  if (now_() < token_ends_)
    return;
  const auto pair = form_encoded(account_.client_id) + ":" + form_encoded(account_.client_secret);
  const auto told = checked({"POST",
                             "/oauth2/token",
                             "grant_type=client_credentials",
                             {"Authorization: Basic " + crypto::base64(crypto::as_bytes(pair)),
                              "Content-Type: application/x-www-form-urlencoded"}});
  token_ = told.at("access_token").text();
  token_ends_ = now_() + seconds(told.at("expires_in").count()) - token_margin;
}

round_report canary::round(const std::string& sii) {
  round_report out;
  try {
    std::string page, code;
    step(out, 0, [&] { take_token(); });
    step(out, 1, [&] {
      const auto opened =
          call("/v1/verifications", value::object().put("sii", sii).put("user_id", user),
               {"Idempotency-Key: " + new_key()});
      page = "/v1/verifications/" + opened.at("id").text();
    });
    step(out, 2, [&] {
      auto got = codes_(sii);
      if (!got)
        throw stop(outcome::untrue, "no code came in time");
      code = std::move(*got);
    });
    step(out, 3, [&] {
      const auto proven =
          call(page + "/check", value::object().put("code", code).put("user_id", user));
      if (proven.at("state").text() != "verified" || proven.at("mapping").is_null())
        throw stop(outcome::untrue, "the right code was not enough");
    });
    step(out, 4, [&] {
      const auto found = call("/v1/lookup", value::object().put("sii", sii)).at("ssi");
      if (found.at("provider_id").text() != account_.provider_id ||
          found.at("user_id").text() != user)
        throw stop(outcome::untrue, "the lookup tells somebody else");
    });
    out.good = true;
    out.failed = {};
  } catch (const stop& why) {
    out.how = why.how;
    out.why = why.what();
    token_ends_ = {};  // whatever it was: the next round signs in anew
  }
  return out;
}

}  // namespace glados::admin
