// /admin/v1/audit: what operators did, as a chain of hashes that nobody can shorten in the middle.
#include <charconv>

#include "http/admin_json.hpp"
#include "http/audit_signature.hpp"
#include "http/handle_admin.hpp"

namespace glados::http {

void handle_list_audit(const call_ptr& made) {
  const auto after = query_value(made->query, "after").value_or("");
  std::uint64_t from = 0;
  const auto [end, fault] = std::from_chars(after.data(), after.data() + after.size(), from);
  if (!after.empty() && (fault != std::errc{} || end != after.data() + after.size()))
    return refuse_member(made, "/after", "not a cursor of this list");
  ask_registrar(made, actors::list_audit{from},
                [made](const auto& got) { made->answer_json(audit_json(got.audit, got.next)); });
}

void handle_audit_head(const call_ptr& made) {
  ask_registrar(made, actors::get_audit_head{}, [made](const auto& got) {
    made->answer_json(audit_head_json(made->service.ports().keys, got.head, made->now()));
  });
}

void handle_audit_keys(const call_ptr& made) {
  made->answer_json(audit_keys_json(made->service.ports().keys));
}

}  // namespace glados::http
