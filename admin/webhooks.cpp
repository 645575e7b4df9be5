// `glados admin webhooks`: where a provider's notices go, and how that went.
#include "admin/commands.hpp"
#include "admin/providers.hpp"

namespace glados::admin {

void show_webhook(session& s) {
  const auto hook = s.get(provider_path(s) + "/webhook");
  facts out;
  for (const auto& name : hook.names()) out.add(name, hook.at(name).shown());
  s.show(hook, out.text());
}

void list_deliveries(session& s) {
  const auto all = s.get_all(provider_path(s) + "/webhook/deliveries", "deliveries");
  const auto only = s.line().option("outcome");
  auto chosen = value::list();
  table out({{"ID"},
             {"AT"},
             {"TYPE"},
             {"TRY", table::align::right},
             {"STATUS", table::align::right},
             {"ms", table::align::right},
             {"OUTCOME"},
             {"NEXT TRY"}});
  for (const auto& one : all.items()) {
    if (only && one.at("outcome").text() != *only)
      continue;
    chosen.add(one);
    out.add({one.at("id").text(), short_time(one.at("at").text()), one.at("type").text(),
             one.at("attempt").text(), one.at("status").shown(), one.at("latency_ms").text(),
             one.at("outcome").text(), short_time(one.at("next_try").text())});
  }
  s.show(value::object().put("deliveries", chosen), out.text());
}

void redeliver(session& s) {
  const auto id = s.operand(1);
  const auto got =
      s.change("POST", provider_path(s) + "/webhook/deliveries/" + part(id) + "/redeliver");
  s.show(got, got.at("event_id").text() + "  will be posted again\n");
}

}  // namespace glados::admin
