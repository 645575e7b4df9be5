#include "http/problem.hpp"

#include <array>

#include "http/request_id.hpp"

namespace glados::http {
namespace {

/// Seconds after which a caller may try again when nothing better is known.
constexpr std::chrono::seconds default_retry{1};

/// What a policy allows by default, for the RateLimit-Policy of its refusals. A lookup writes these
/// headers on every answer itself.
struct policy_row {
  std::string_view name;
  std::uint64_t quota;
  std::int64_t window_s;
};
constexpr std::array policy_rows{
    policy_row{"sessions", 5, 86'400},   policy_row{"sends", 1'000, 86'400},
    policy_row{"country", 200, 86'400},  policy_row{"breaker", 200, 3'600},
    policy_row{"guesses", 50, 86'400},   policy_row{"tokens", 1'000, 600},
    policy_row{"bulk_jobs", 5, 604'800}, policy_row{"checks", 5, 600},
    policy_row{"resends", 3, 600},
};

/// draft-ietf-httpapi-ratelimit-headers: nothing is left, and when that changes.
void add_rate_limit(response& out, const problem_details& more) {
  for (const auto& row : policy_rows) {
    if (row.name != more.policy)
      continue;
    const auto name = '"' + more.policy + '"';
    const auto quota = more.quota != 0 ? more.quota : row.quota;
    out.add_header("RateLimit-Policy",
                   name + ";q=" + std::to_string(quota) + ";w=" + std::to_string(row.window_s));
    out.add_header(
        "RateLimit",
        name + ";r=0;t=" + std::to_string(more.retry_after.value_or(default_retry).count()));
  }
}

void add_headers(response& out, errc code, const problem_details& more) {
  if (more.retry_after || out.status == 503 || out.status == 429)
    out.add_header("Retry-After", std::to_string(more.retry_after.value_or(default_retry).count()));
  if (out.status == 429)
    add_rate_limit(out, more);
  if (code == errc::unauthorized)
    out.add_header("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  if (code == errc::insufficient_scope && !more.required_scope.empty())
    out.add_header("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" +
                                           std::string(more.required_scope) + "\"");
}

}  // namespace

response problem(errc code, const problem_details& more) {
  const auto& row = row_of(code);
  json_output body;
  body.begin_object();
  body.member("type", "urn:glados:problem:" + std::string(row.problem));
  body.member("title", row.title);
  body.member("status", row.status);
  body.member("detail", more.detail.empty() ? row.title : std::string_view(more.detail));
  if (code == errc::malformed_request)
    body.member("pointer", std::string_view(more.pointer));
  if (!more.required_scope.empty())
    body.member("required_scope", more.required_scope);
  if (!more.policy.empty())
    body.member("policy", std::string_view(more.policy));
  if (!more.failure_class.empty())
    body.member("failure", more.failure_class);
  response out;
  out.status = row.status;
  out.content_type = "application/problem+json";
  out.body = body.take() + more.members + "}";
  add_headers(out, code, more);
  return out;
}

response problem(errc code) {
  static const auto all = [] {
    std::array<response, errc_count> out;
    for (const auto& row : errc_rows)
      out[static_cast<std::size_t>(row.code)] = problem(row.code, {});
    return out;
  }();
  return all[static_cast<std::size_t>(code)];
}

response problem(const json_fault& fault) {
  problem_details more;
  more.detail = fault.detail;
  more.pointer = fault.pointer;
  return problem(fault.code, more);
}

response framing_problem(errc code, std::string_view detail, std::string_view request_id) {
  problem_details more;
  more.detail = detail;
  auto out = problem(code, more);
  out.add_header("X-Request-Id", request_id_for(request_id, crypto::system_random()));
  out.close = true;
  return out;
}

}  // namespace glados::http
