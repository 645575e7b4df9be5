#include "http/handle_admin.hpp"

#include <algorithm>

#include "actors/registry_rules.hpp"
#include "crypto/encoding.hpp"
#include "domain/sii.hpp"
#include "domain/text.hpp"
#include "http/admin_json.hpp"

namespace glados::http {
namespace {

constexpr std::size_t id_max = 64;

bool plain(std::string_view id) {
  return !id.empty() && id.size() <= id_max && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '~' || c == '-';
  });
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = crypto::unhex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1)
      return {};
    out += *byte;
    i += 2;
  }
  if (!valid_utf8(out))
    return {};
  return out;
}

}  // namespace

void ask_registrar(const call_ptr& made, actors::registry_operation what,
                   std::function<void(const actors::registry_answer&)> then) {
  // A change that nobody waits for any more may still be made.
  const bool may_happen = !actors::only_reads(what);
  actors::registry_call question{{made->admin.name, made->admin.role}, std::move(what)};
  made->ask<actors::registry_answer>(
      made->service.ports().registrar, std::move(question),
      [made, may_happen, then = std::move(then)](const actors::registry_answer& got) {
        if (got.code == errc::deadline && may_happen)
          return made->refuse(errc::outcome_unknown);
        if (got.code != errc::none)
          return made->refuse(got.code);
        then(got);
      });
}

std::optional<std::string> provider_in_path(const call_ptr& made) {
  if (valid_provider_id(made->parameter[0]))
    return made->parameter[0];
  made->refuse(errc::not_found);
  return {};
}

std::optional<std::string> application_in_path(const call_ptr& made) {
  if (plain(made->parameter[0]))
    return made->parameter[0];
  made->refuse(errc::not_found);
  return {};
}

void refuse_member(const call_ptr& made, std::string pointer, std::string detail) {
  made->refuse(errc::malformed_request,
               {.detail = std::move(detail), .pointer = std::move(pointer)});
}

void answer_waiting(const call_ptr& made) { made->answer_json(waiting_json(), 202); }

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto mid = pair.find('=');
    if (pair.substr(0, mid) == name)
      return percent_decoded(mid == pair.npos ? std::string_view{} : pair.substr(mid + 1));
  }
  return {};
}

// --- probes, metrics, cluster ------------------------------------------------------------------

void handle_livez(const call_ptr& made) { made->answer_json(R"({"status":"alive"})"); }

void handle_readyz(const call_ptr& made) {
  const auto& ready = made->service.ports().ready;
  if (!made->service.is_draining() && ready && ready())
    return made->answer_json(R"({"status":"ready"})");
  response reply;
  reply.status = 503;
  reply.body = R"({"status":"not-ready"})";
  reply.add_header("Retry-After", "1");
  made->answer(std::move(reply));
}

void handle_metrics(const call_ptr& made) {
  response reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = made->service.ports().metrics.expose();
  made->answer(std::move(reply));
}

}  // namespace glados::http
