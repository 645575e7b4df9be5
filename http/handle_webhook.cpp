// A provider's webhook (api.md section 6): where its notices go, by which key they are signed, what
// was posted. The courier holds the settings; the signing key is made here and sealed at once.
#include <algorithm>

#include "crypto/digest.hpp"
#include "http/event_json.hpp"
#include "http/handle_admin.hpp"
#include "http/handlers.hpp"
#include "http/webhook_signature.hpp"

namespace glados::http {
namespace {

constexpr std::size_t type_max = 64;
constexpr std::size_t attempts_page = 100;

/// Asks the courier; `then` runs with what it did.
template <class Question, class Then>
void ask_courier(const call_ptr& made, Question what, bool changes, Then then) {
  made->ask<actors::webhook_answer>(made->service.ports().courier_of(made->who->id),
                                    std::move(what),
                                    [made, changes, then](const actors::webhook_answer& got) {
                                      if (changes && got.code == errc::deadline)
                                        return made->refuse(errc::outcome_unknown);
                                      if (got.code != errc::none)
                                        return made->refuse(got.code);
                                      then(got);
                                    });
}

webhook_key fresh_key(call& of) {
  const auto& ports = of.service.ports();
  crypto::secret32 seed;
  ports.random.fill(seed.writable());
  webhook_key out;
  out.public_key = crypto::signing_key(seed.bytes()).public_key();
  const auto bytes = seed.bytes();
  out.seed =
      ports.keys.seal_for(of.who->id, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                          webhook_key_aad, ports.random);
  return out;
}

std::vector<event_type> read_types(json_input& in) {
  std::vector<event_type> out;
  for (const auto& name : in.texts("event_types", event_names.size(), type_max)) {
    const auto type = parse_event_type(name);
    if (!type)
      in.refuse("event_types", "no such type of event");
    else if (std::find(out.begin(), out.end(), *type) == out.end())
      out.push_back(*type);
  }
  return out;
}

void answer_accepted(call& of, const std::string& event_id) {
  json_output out;
  out.begin_object().member("event_id", event_id).end_object();
  of.answer_json(out.take(), 202);
}

}  // namespace

void handle_get_webhook(const call_ptr& made) {
  ask_courier(made, actors::get_webhook{}, false, [made](const actors::webhook_answer& got) {
    made->answer_json(webhook_json(got.settings, made->now()));
  });
}

void handle_put_webhook(const call_ptr& made) {
  json_input in(made->body);
  actors::put_webhook what;
  what.url = in.text("url", webhook_url_max);
  what.types = read_types(in);
  if (const auto why = webhook_url_fault(what.url, made->service.ports().settings.webhook_guard))
    in.refuse("url", *why);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  what.fresh = fresh_key(*made);
  ask_courier(made, std::move(what), true, [made](const actors::webhook_answer& got) {
    made->answer_json(webhook_json(got.settings, made->now()));
  });
}

void handle_delete_webhook(const call_ptr& made) {
  ask_courier(made, actors::delete_webhook{}, true, [made](const actors::webhook_answer&) {
    response reply;
    reply.status = 204;
    reply.content_type = {};
    made->answer(std::move(reply));
  });
}

void handle_test_webhook(const call_ptr& made) {
  ask_courier(made, actors::test_webhook{}, true,
              [made](const actors::webhook_answer& got) { answer_accepted(*made, got.event_id); });
}

void handle_list_deliveries(const call_ptr& made) {
  const auto after = query_value(made->query, "after").value_or("");
  if (!parse_event_place(after))
    return refuse_member(made, "/after", "not a cursor of this list");
  made->ask<actors::attempts_answer>(made->service.ports().courier_of(made->who->id),
                                     actors::list_attempts{after, attempts_page},
                                     [made](const actors::attempts_answer& got) {
                                       if (got.code != errc::none)
                                         return made->refuse(got.code);
                                       made->answer_json(attempts_json(got.attempts, got.next));
                                     });
}

void handle_redeliver(const call_ptr& made) {
  const auto& id = made->parameter[0];
  if (!parse_event_place(id))
    return made->refuse(errc::not_found);
  ask_courier(made, actors::redeliver_notice{id}, true,
              [made](const actors::webhook_answer& got) { answer_accepted(*made, got.event_id); });
}

}  // namespace glados::http
