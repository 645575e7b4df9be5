// One exchange with a gateway as plain data: what the loop is told, and what it reports.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/address_guard.hpp"

namespace glados::delivery {

enum class protocol : std::uint8_t { http, smtp };

/// How a mail relay is spoken to. HTTP takes this from its URL.
enum class mail_tls : std::uint8_t {
  off,       ///< clear text: for a relay on this machine only
  optional,  ///< STARTTLS if offered; becomes `required` as soon as there are credentials
  required,  ///< STARTTLS or no mail
  implicit,  ///< TLS from the first byte (port 465)
};

enum class mail_login : std::uint8_t { any, plain, login };

/// Wiped at its end: it carries an address, a text and credentials.
struct transfer {
  protocol kind = protocol::http;
  std::string url;  ///< holds no identifier: URLs end up in other people's logs
  std::string username;
  std::string password;
  std::string ca_file;               ///< empty: the system's authorities
  std::vector<std::string> headers;  ///< HTTP: "Name: value"
  std::string body;                  ///< HTTP: POSTed; SMTP: the message
  std::string mail_from;
  std::string recipient;
  mail_tls tls = mail_tls::required;
  mail_login login = mail_login::any;

  // HTTP to a server that somebody else has chosen
  /// Asked with the very address a socket is about to connect to; empty: any address. It must not
  /// block; it runs on the loop's thread.
  std::function<bool(const ip_address&)> may_connect;
  bool https_only = false;
  bool drop_body = false;  ///< of the answer only the head counts
  /// "host:port:address", instead of asking the resolver.
  std::vector<std::string> resolve;

  transfer() = default;
  transfer(transfer&&) = default;
  transfer& operator=(transfer&&) = default;
  ~transfer();
};

enum class transfer_failure : std::uint8_t {
  none,
  refused_here,  ///< the request itself is malformed: nothing was sent
  overloaded,    ///< too many unfinished ones here
  stopped,
  timeout,
  connect,  ///< no address, no route, nobody listening
  tls,
  login,
  too_large,
  broken,  ///< anything else; for SMTP also every refusal, see the status
};

struct transfer_reply {
  transfer_failure why = transfer_failure::none;
  long status = 0;   ///< HTTP status or last SMTP reply code; 0 if none came
  std::string body;  ///< HTTP: the body; SMTP: the last reply line. Classified, never passed on
  std::optional<std::uint32_t> retry_after_s;  ///< HTTP: of either form of Retry-After

  bool complete() const { return why == transfer_failure::none; }
};

}  // namespace glados::delivery
