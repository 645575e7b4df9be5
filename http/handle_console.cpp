// GET /console: the operators' page and its files (docs/operations.md), as they were built in, and
// what the page has to know first: who looks at it.
#include <algorithm>

#include "http/handle_admin.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

/// Nothing but our own files, no inline script or style, in nobody's frame.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

void add_browser_rules(response& to) {
  to.add_header("Content-Security-Policy", content_policy);
  to.add_header("X-Content-Type-Options", "nosniff");
  to.add_header("X-Frame-Options", "DENY");
  to.add_header("Referrer-Policy", "no-referrer");
  to.add_header("Cross-Origin-Opener-Policy", "same-origin");
  to.add_header("Cross-Origin-Resource-Policy", "same-origin");
  to.add_header("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
}

/// RFC 9110 section 13.1.2: a list of tags, compared weakly, or '*'.
bool names_tag(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    auto one = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), one.size() + 1));
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
    if (one.starts_with("W/"))
      one.remove_prefix(2);
    if (one == etag || one == "*")
      return true;
  }
  return false;
}

}  // namespace

void handle_console(const call_ptr& made) {
  const auto& files = made->service.ports().console;
  const auto& name = made->parameter[0];
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const static_file& one) { return one.name == name; });
  if (file == files.end())
    return made->refuse(errc::not_found);
  response reply;
  add_browser_rules(reply);
  reply.add_header("ETag", file->etag);
  reply.add_header("Cache-Control",
                   file->immutable ? "private, max-age=31536000, immutable" : "private, no-cache");
  reply.content_type = file->content_type;
  if (names_tag(made->if_none_match, file->etag))
    reply.status = 304;
  else
    reply.body = file->body;
  made->answer(std::move(reply));
}

void handle_self(const call_ptr& made) {
  const auto& ports = made->service.ports();
  json_output out;
  out.begin_object().member("name", std::string_view(made->admin.name));
  out.member("role", to_string(made->admin.role));
  out.member("node_id", std::string_view(ports.settings.node_id));
  out.member("version", std::string_view(ports.settings.version));
  out.member("two_person", ports.settings.two_person);
  out.member("sandbox", static_cast<bool>(ports.sandbox_outbox)).end_object();
  made->answer_json(out.take());
}

}  // namespace glados::http
