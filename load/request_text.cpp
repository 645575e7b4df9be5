#include "load/request_text.hpp"

#include <openssl/evp.h>

#include "load/names.hpp"

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

/// The number and its user, as the members of a body.
std::string owner(const errand& doing) {
  return "\"sii\":\"" + sii(doing.number()) + "\",\"user_id\":\"" +
         user_of(doing.number(), doing.about().user) + "\"";
}

std::string keyed(const errand& doing) {
  const auto& key = doing.about().key;
  return "Idempotency-Key: " + (key.empty() ? fresh_key() : key) + "\r\n";
}

std::string client_request(const target& to, const caller& by, const std::string& path,
                           const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: " + to.authority + "\r\nAuthorization: Basic " +
         base64(by.client_id + ":" + by.client_secret) +
         "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

std::string outbox_request(const target& to, std::uint64_t number) {
  return "GET /admin/v1/sandbox/messages?sii=tel:%2B" + std::to_string(number) +
         " HTTP/1.1\r\nHost: " + to.authority + "\r\n\r\n";
}

std::string token_request(const target& to, const caller& by) {
  return client_request(to, by, "/oauth2/token", "grant_type=client_credentials");
}

std::string revoke_request(const target& to, const caller& by, const std::string& token) {
  return client_request(to, by, "/oauth2/revoke", "token=" + token);
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
  return head_as(by_->token(), method, path, body, more);
}

std::string request_text::head_as(const std::string& token, std::string_view method,
                                  std::string_view path, std::size_t body,
                                  const std::string& more) const {
  std::string out(method);
  out.append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(to_->authority).append("\r\n");
  if (!token.empty())
    out += "Authorization: Bearer " + token + "\r\n";
  out += more;
  if (body > 0 || method != "GET")
    out += "Content-Length: " + std::to_string(body) + "\r\n";
  return out + "\r\n";
}

std::string request_text::post(const std::string& path, const std::string& body,
                               std::string more) const {
  return head("POST", path, body.size(), more.append(json_type)) + body;
}

std::string request_text::write(const errand& doing) const {
  const auto& body = options_.body;
  switch (doing.now()) {
    case operation::request:
      return head(options_.method, options_.path, body.size(),
                  body.empty() ? std::string() : std::string(json_type)) +
             body;
    case operation::lookup:
      return post("/v1/lookup", "{\"sii\":\"" + sii(doing.number()) + "\"}");
    case operation::find:
      return post("/v1/mappings/find", "{\"sii\":\"" + sii(doing.number()) + "\"}");
    case operation::quota:
      return head("GET", "/v1/quota", 0);
    case operation::open:
      return post("/v1/verifications", "{" + owner(doing) + "}", keyed(doing));
    case operation::check:
      return post("/v1/verifications/" + doing.verification() + "/check",
                  "{\"code\":\"" + doing.code() + "\",\"user_id\":\"" +
                      user_of(doing.number(), doing.about().user) + "\"}");
    default:
      return write_later(doing);
  }
}

/// What somebody does with what happened before.
std::string request_text::write_later(const errand& doing) const {
  const auto& subject = doing.subject();
  const auto how = std::string(doing.about().how);
  switch (doing.now()) {
    case operation::decide:
      return post("/v1/mappings/" + subject + "/decision", "{\"action\":\"" + how + "\"}",
                  keyed(doing));
    case operation::remove:
      return head("DELETE", "/v1/mappings/" + subject, 0);
    case operation::events:
      return head("GET", "/v1/events?limit=100&after=" + subject, 0);
    case operation::restore:
      return post("/v1/changes/" + subject + "/restore",
                  "{\"sii\":\"" + sii(doing.number()) + "\"}", keyed(doing));
    case operation::report:
      return post("/v1/changes/" + subject + "/reports",
                  R"({"reason":"malicious","note":"by the load generator"})");
    case operation::issue_token:
      return token_request(*to_, *by_);
    case operation::revoke_token:
      return revoke_request(*to_, *by_, subject);
    case operation::use_token:
      return head_as(subject, "GET", "/v1/quota", 0, {});
    case operation::open_job:
      return post("/v1/bulk-jobs", "{\"on_conflict\":\"" + how + "\",\"dry_run\":false}",
                  keyed(doing));
    case operation::put_part: {
      const auto row = "{" + owner(doing) + "}\n";
      return head("PUT", "/v1/bulk-jobs/" + subject + "/parts/1", row.size(),
                  "Content-Type: application/x-ndjson\r\n") +
             row;
    }
    case operation::complete_job:
      return head("POST", "/v1/bulk-jobs/" + subject + "/complete", 0);
    default:
      return {};
  }
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
