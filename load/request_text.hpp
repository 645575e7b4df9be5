// The bytes of requests.
#pragma once

#include <cstdint>
#include <string>

#include "load/callers.hpp"
#include "load/errand.hpp"
#include "load/options.hpp"

namespace glados::load {

/// Writes the requests of one connection: its node, its caller.
class request_text {
 public:
  /// All live longer.
  request_text(const options& of, const target& to, const caller& by)
      : options_(of), to_(&to), by_(&by) {}

  /// Another node or caller from now on.
  void use(const target& to, const caller& by);
  const caller& by() const { return *by_; }

  /// The next request of the errand. Valid until the next call. The fixed one is written once, of
  /// lookups only the digits change.
  const std::string& of(const errand& doing);

 private:
  std::string head(std::string_view method, std::string_view path, std::size_t body,
                   const std::string& more = {}) const;
  std::string head_as(const std::string& token, std::string_view method, std::string_view path,
                      std::size_t body, const std::string& more) const;
  std::string post(const std::string& path, const std::string& body, std::string more = {}) const;
  std::string write_later(const errand& doing) const;
  std::string write(const errand& doing) const;

  const options& options_;
  const target* to_;
  const caller* by_;
  std::uint32_t turn_ = ~0U;  ///< of the token that stands in the texts
  std::string fixed_, lookup_;
  std::size_t digits_at_ = 0, digits_ = 0;
  std::string other_;
};

/// `GET /admin/v1/sandbox/messages` for a number.
std::string outbox_request(const target& to, std::uint64_t number);

/// `POST /oauth2/token` with the caller's secret.
std::string token_request(const target& to, const caller& by);
/// `POST /oauth2/revoke` with the caller's secret.
std::string revoke_request(const target& to, const caller& by, const std::string& token);

}  // namespace glados::load
