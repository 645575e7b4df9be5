// What a handler sees of a request and gives as a response. Plain data: no Pistache, no OpenSSL.
// A `request` is a view into the connection's buffer and is valid only during the handler call;
// copy what must outlive it. A `response` is owned by whoever builds it until it is given to
// `exchange::answer`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "domain/errc.hpp"

namespace glados::http {

using thumbprint = std::array<std::uint8_t, 32>;  ///< SHA-256 of the DER certificate

/// Who is at the other end of a connection: computed once, at the handshake. Lives as long as the
/// connection; touched only by its worker's thread.
struct client_identity {
  thumbprint certificate{};
  std::string common_name;
  bool chain_verified = false;  ///< false: self-signed and pinned
  bool resumed = false;         ///< the TLS session was resumed
  std::shared_ptr<void> cache;  ///< a handler's own, e.g. the session it resolved
  /// What `server_options::permit_body` leaves to the handler of that request. Forgotten when the
  /// request was answered or its connection is gone.
  std::shared_ptr<void> permit;
};

struct header_field {
  std::string_view name;
  std::string_view value;
};

/// Compares header names without case (ASCII).
bool same_name(std::string_view left, std::string_view right) noexcept;

struct request {
  std::string_view method;
  std::string_view path;   ///< as sent, without the query, never percent-decoded
  std::string_view query;  ///< after '?', may be empty
  std::string_view body;   ///< whole; chunked bodies are put together
  std::span<const header_field> headers;
  client_identity* client = nullptr;  ///< never null in a handler
  std::string_view remote_address;    ///< without the port
  bool http10 = false;

  /// The first value of that name; empty if there is none.
  std::string_view header(std::string_view name) const noexcept;
  /// How often the header occurs.
  std::size_t count(std::string_view name) const noexcept;
};

struct response {
  int status = 200;
  /// Must outlive the answer: give it a literal. Empty: no Content-Type.
  std::string_view content_type = "application/json";
  std::string body;
  std::string header_lines;  ///< complete lines, each ended by CRLF: use add_header
  bool close = false;        ///< close the connection after this answer

  /// Adds a header. Bytes that would break the head (CR, LF, NUL) are dropped. Content-Length,
  /// Connection and Date are written by the server: do not add them.
  response& add_header(std::string_view name, std::string_view value);
};

/// Makes the answer to a request that could not be accepted (framing errors, limits, deadlines,
/// exceptions). The detail is ours, never text of the caller; `request_id` is what the caller sent
/// as X-Request-Id, unchecked, empty if its head was not read.
using problem_maker = response (*)(errc code, std::string_view detail, std::string_view request_id);

/// An answer without a body worth reading; used where no problem table is linked in.
response bare_problem(errc code, std::string_view detail, std::string_view request_id);

}  // namespace glados::http
