// Problem documents (RFC 9457): the only place where an `errc` becomes an HTTP answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/errc.hpp"
#include "http/json.hpp"
#include "http/message.hpp"

namespace glados::http {

/// The members beside type, title, status and detail; only those that are set are written.
struct problem_details {
  std::string detail;                               ///< ours, never text of the caller
  std::string pointer;                              ///< malformed-request
  std::string_view required_scope;                  ///< insufficient-scope (or required role)
  std::string policy;                               ///< rate-limited, too-early
  std::optional<std::chrono::seconds> retry_after;  ///< Retry-After; the table's default if absent
  std::string members;                              ///< further members, JSON text: `,"a":1`
  std::string_view failure_class;                   ///< delivery-failed: temporary, permanent
  std::uint64_t quota = 0;                          ///< of `policy`, when it is not the default
};

/// Without any details.
response problem(errc code);
response problem(errc code, const problem_details& more);
response problem(const json_fault& fault);

/// For the server core: framing errors, deadlines, exceptions.
response framing_problem(errc code, std::string_view detail, std::string_view request_id = {});

}  // namespace glados::http
