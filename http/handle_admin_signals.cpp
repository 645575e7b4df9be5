// /admin/v1/signals: patterns that were found, and the throttles that followed (docs/signals.md).
#include "domain/sii.hpp"
#include "domain/text.hpp"
#include "domain/time_text.hpp"
#include "http/admin_json.hpp"
#include "http/handle_admin.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

void put_time(json_output& out, const char* name, instant at) {
  out.name(name);
  if (at == instant{})
    out.null();
  else
    out.value(std::string_view(rfc3339(at)));
}

void put_text(json_output& out, const char* name, const std::string& text) {
  out.name(name);
  if (text.empty())
    out.null();
  else
    out.value(std::string_view(text));
}

void put_signal(json_output& out, const signal_record& one) {
  const auto& what = one.what;
  out.begin_object().member("id", std::string_view(one.id));
  out.member("provider_id", std::string_view(what.provider_id));
  out.member("kind", to_string(what.kind)).member("source", to_string(what.source));
  out.member("found_at", std::string_view(rfc3339(one.found_at)));
  out.name("evidence").begin_object();
  out.member("window_from", std::string_view(rfc3339(what.since)));
  out.member("window_seconds", what.window_seconds);
  out.member("seen", what.seen).member("matched", what.matched);
  out.member("share_percent", what.seen == 0 ? 0 : what.matched * 100 / what.seen);
  out.member("threshold_percent", what.threshold_percent).end_object();
  out.name("throttle");
  if (!one.throttled) {
    out.null().end_object();
    return;
  }
  out.begin_object().member("quota_percent", one.quota_percent);
  out.member("sends_percent", one.sends_percent);
  put_time(out, "until", one.until);
  put_time(out, "lifted_at", one.lifted_at);
  put_text(out, "lifted_by", one.lifted_by);
  put_text(out, "lift_reason", one.lift_reason);
  out.end_object().end_object();
}

}  // namespace

void handle_list_signals(const call_ptr& made) {
  const auto provider_id = query_value(made->query, "provider").value_or("");
  if (!provider_id.empty() && !valid_provider_id(provider_id))
    return refuse_member(made, "/provider", "not a provider's id");
  ask_registrar(made,
                actors::list_signals{query_value(made->query, "after").value_or(""), provider_id},
                [made](const auto& got) {
                  json_output out;
                  out.begin_object().name("signals").begin_array();
                  for (const auto& one : got.signals) put_signal(out, one);
                  out.end_array().member("next", std::string_view(got.next)).end_object();
                  made->answer_json(out.take());
                });
}

void handle_lift_signal(const call_ptr& made) {
  json_input in(made->body);
  const std::string reason(in.text("reason", note_max));
  if (reason.empty() || !valid_note(reason))
    in.refuse("reason", "lifting a throttle needs a reason in plain text");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  const auto id = application_in_path(made);
  if (!id)
    return;
  ask_registrar(made, actors::lift_signal{*id, reason}, [made](const auto& got) {
    if (got.signals.empty())
      return made->refuse(errc::internal);
    json_output out;
    put_signal(out, got.signals.front());
    made->answer_json(out.take());
  });
}

}  // namespace glados::http
