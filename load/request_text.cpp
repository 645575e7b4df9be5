#include "load/request_text.hpp"

#include <openssl/evp.h>

#include <atomic>

namespace glados::load {
namespace {

constexpr std::string_view json_type = "Content-Type: application/json\r\n";

std::string sii(std::uint64_t number) { return "tel:+" + std::to_string(number); }

std::string base64(const std::string& plain) {
  std::string out(4 * ((plain.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// Never the same twice in a run; runs differ by the time they began.
std::string fresh_key() {
  static const auto began = steady_ns();
  static std::atomic<std::uint64_t> count{0};
  return "load-" + std::to_string(began) + "-" +
         std::to_string(count.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace

std::string user_of(std::uint64_t number) { return "load-user-" + std::to_string(number); }

std::string outbox_request(const target& to, std::uint64_t number) {
  return "GET /admin/v1/sandbox/messages?sii=tel:%2B" + std::to_string(number) +
         " HTTP/1.1\r\nHost: " + to.authority + "\r\n\r\n";
}

std::string token_request(const target& to, const caller& by) {
  const std::string body = "grant_type=client_credentials";
  return "POST /oauth2/token HTTP/1.1\r\nHost: " + to.authority + "\r\nAuthorization: Basic " +
         base64(by.client_id + ":" + by.client_secret) +
         "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void request_text::use(const target& to, const caller& by) {
  if (to_ == &to && by_ == &by)
    return;
  to_ = &to;
  by_ = &by;
  turn_ = ~0U;
}

std::string request_text::head(std::string_view method, std::string_view path, std::size_t body,
                               const std::string& more) const {
  std::string out(method);
  out.append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(to_->authority).append("\r\n");
  if (const auto token = by_->token(); !token.empty())
    out += "Authorization: Bearer " + token + "\r\n";
  out += more;
  if (body > 0 || method != "GET")
    out += "Content-Length: " + std::to_string(body) + "\r\n";
  return out + "\r\n";
}

std::string request_text::write(const errand& doing) const {
  const auto post = [&](const std::string& path, const std::string& body, std::string more = {}) {
    return head("POST", path, body.size(), more.append(json_type)) + body;
  };
  switch (doing.now()) {
    case operation::lookup:
      return post("/v1/lookup", "{\"sii\":\"" + sii(doing.number()) + "\"}");
    case operation::find:
      return post("/v1/mappings/find", "{\"sii\":\"" + sii(doing.number()) + "\"}");
    case operation::quota:
      return head("GET", "/v1/quota", 0);
    case operation::open:
      return post("/v1/verifications",
                  "{\"sii\":\"" + sii(doing.number()) + "\",\"user_id\":\"" +
                      user_of(doing.number()) + "\"}",
                  "Idempotency-Key: " + fresh_key() + "\r\n");
    case operation::check:
      return post(
          "/v1/verifications/" + doing.verification() + "/check",
          "{\"code\":\"" + doing.code() + "\",\"user_id\":\"" + user_of(doing.number()) + "\"}");
    case operation::request:
      break;
  }
  const auto& body = options_.body;
  return head(options_.method, options_.path, body.size(),
              body.empty() ? std::string() : std::string(json_type)) +
         body;
}

const std::string& request_text::of(const errand& doing) {
  const auto turn = by_->turn();
  if (turn != turn_) {
    fixed_.clear();
    lookup_.clear();
    turn_ = turn;
  }
  if (doing.now() == operation::request)
    return fixed_.empty() ? fixed_ = write(doing) : fixed_;
  if (doing.now() != operation::lookup)
    return other_ = write(doing);
  if (lookup_.empty()) {
    lookup_ = write(doing);
    digits_ = std::to_string(doing.number()).size();
    digits_at_ = lookup_.size() - 2 - digits_;  // before "}
    return lookup_;
  }
  auto number = doing.number();
  for (auto i = digits_at_ + digits_; i-- > digits_at_; number /= 10)
    lookup_[i] = static_cast<char>('0' + number % 10);
  return lookup_;
}

}  // namespace glados::load
