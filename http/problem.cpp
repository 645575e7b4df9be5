#include "http/problem.hpp"

namespace glados::http {
namespace {

/// Seconds after which a caller may try again when nothing better is known.
constexpr std::chrono::seconds default_retry{1};

void add_headers(response& out, errc code, const problem_details& more) {
  if (more.retry_after || out.status == 503 || out.status == 429)
    out.add_header("Retry-After", std::to_string(more.retry_after.value_or(default_retry).count()));
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

response problem(const json_fault& fault) {
  problem_details more;
  more.detail = fault.detail;
  more.pointer = fault.pointer;
  return problem(fault.code, more);
}

response framing_problem(errc code, std::string_view detail) {
  problem_details more;
  more.detail = detail;
  auto out = problem(code, more);
  out.close = true;
  return out;
}

}  // namespace glados::http
