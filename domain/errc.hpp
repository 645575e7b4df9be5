// Every way in which an operation can fail, in one table: code, HTTP status, problem name, and
// whether the same request may succeed when it is simply sent again. Inside the service a failure
// is an `errc`; only http/problem.cpp turns one into a problem document (RFC 9457).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace glados {

enum class errc : std::uint8_t {
  none = 0,
  // the request
  malformed_request,
  idempotency_key_missing,
  unauthorized,
  insufficient_scope,
  provider_suspended,
  not_found,
  method_not_allowed,
  conflict,
  idempotency_in_progress,
  decision_already_made,
  checks_incomplete,
  verification_expired,
  attempts_exhausted,
  decision_window_closed,
  restore_window_closed,
  precondition_failed,
  payload_too_large,
  unsupported_media_type,
  identifier_invalid,
  identifier_unsupported,
  code_incorrect,
  idempotency_key_reused,
  identifier_mismatch,
  rate_limited,
  too_early,
  not_implemented,
  // the world
  delivery_failed,
  overloaded,
  storage_unavailable,
  outcome_unknown,
  internal,
  // inside only: never the last word to a caller
  stale_version,  ///< someone else wrote: reload, decide again
  fenced,         ///< this node's epoch is old: stop serving the shard
  moved,          ///< another node owns the shard
  deadline,       ///< the caller's time is over
};

inline constexpr std::size_t errc_count = 36;

struct errc_row {
  errc code;
  int status;
  std::string_view problem;  ///< after "urn:glados:problem:"
  std::string_view title;
  bool retryable;
};

inline constexpr std::array errc_rows{
    errc_row{errc::none, 200, "none", "No error", false},
    errc_row{errc::malformed_request, 400, "malformed-request", "Malformed request", false},
    errc_row{errc::idempotency_key_missing, 400, "idempotency-key-missing",
             "Idempotency-Key header missing", false},
    errc_row{errc::unauthorized, 401, "unauthorized", "Unauthorized", false},
    errc_row{errc::insufficient_scope, 403, "insufficient-scope", "Insufficient scope", false},
    errc_row{errc::provider_suspended, 403, "provider-suspended", "Provider suspended", false},
    errc_row{errc::not_found, 404, "not-found", "Not found", false},
    errc_row{errc::method_not_allowed, 405, "method-not-allowed", "Method not allowed", false},
    errc_row{errc::conflict, 409, "conflict", "Conflict", false},
    errc_row{errc::idempotency_in_progress, 409, "idempotency-in-progress",
             "First call still running", true},
    errc_row{errc::decision_already_made, 409, "decision-already-made", "Decision already made",
             false},
    errc_row{errc::checks_incomplete, 409, "checks-incomplete", "Checks incomplete", false},
    errc_row{errc::verification_expired, 410, "verification-expired", "Verification expired",
             false},
    errc_row{errc::attempts_exhausted, 410, "attempts-exhausted", "Attempts exhausted", false},
    errc_row{errc::decision_window_closed, 410, "decision-window-closed", "Decision window closed",
             false},
    errc_row{errc::restore_window_closed, 410, "restore-window-closed", "Restore window closed",
             false},
    errc_row{errc::precondition_failed, 412, "precondition-failed", "Precondition failed", false},
    errc_row{errc::payload_too_large, 413, "payload-too-large", "Payload too large", false},
    errc_row{errc::unsupported_media_type, 415, "unsupported-media-type", "Unsupported media type",
             false},
    errc_row{errc::identifier_invalid, 422, "identifier-invalid", "Identifier invalid", false},
    errc_row{errc::identifier_unsupported, 422, "identifier-unsupported", "Identifier unsupported",
             false},
    errc_row{errc::code_incorrect, 422, "code-incorrect", "Code incorrect", false},
    errc_row{errc::idempotency_key_reused, 422, "idempotency-key-reused",
             "Idempotency-Key used with another request", false},
    errc_row{errc::identifier_mismatch, 422, "identifier-mismatch", "Identifier mismatch", false},
    errc_row{errc::rate_limited, 429, "rate-limited", "Rate limited", true},
    errc_row{errc::too_early, 429, "too-early", "Too early", true},
    errc_row{errc::not_implemented, 501, "not-implemented", "Not implemented", false},
    errc_row{errc::delivery_failed, 502, "delivery-failed", "Delivery failed", true},
    errc_row{errc::overloaded, 503, "overloaded", "Overloaded", true},
    errc_row{errc::storage_unavailable, 503, "storage-unavailable", "Storage unavailable", true},
    errc_row{errc::outcome_unknown, 503, "outcome-unknown", "Outcome unknown", true},
    errc_row{errc::internal, 500, "internal", "Internal error", false},
    errc_row{errc::stale_version, 503, "overloaded", "Overloaded", true},
    errc_row{errc::fenced, 503, "overloaded", "Overloaded", true},
    errc_row{errc::moved, 503, "overloaded", "Overloaded", true},
    errc_row{errc::deadline, 503, "overloaded", "Overloaded", true},
};

static_assert(errc_rows.size() == errc_count, "every code needs a row");

constexpr const errc_row& row_of(errc code) { return errc_rows[static_cast<std::size_t>(code)]; }

constexpr bool rows_in_order() {
  for (std::size_t i = 0; i < errc_rows.size(); ++i)
    if (static_cast<std::size_t>(errc_rows[i].code) != i)
      return false;
  return true;
}
static_assert(rows_in_order(), "rows stand in the order of the enum");

/// A name for logs and metrics; holds nothing personal.
constexpr std::string_view to_string(errc code) { return row_of(code).problem; }

/// A value or the reason why there is none. (C++20 has no std::expected.)
template <class T>
class result {
 public:
  result(T value) : value_(static_cast<T&&>(value)) {}  // NOLINT: conversion is the point
  result(errc code) : code_(code) {}                    // NOLINT
  explicit operator bool() const { return code_ == errc::none; }
  errc error() const { return code_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  errc code_ = errc::none;
  T value_{};
};

}  // namespace glados
