// The abuse desk: reports, strikes, and what operators make of them (section 9 of the contract).
#include "domain/text.hpp"
#include "http/abuse_json.hpp"
#include "http/handle_admin.hpp"

namespace glados::http {
namespace {

constexpr std::size_t word_max = 16;
constexpr std::size_t strikes_a_page = 100;

/// The note that an operator's word comes with.
std::string read_note(json_input& in) {
  std::string note(in.text("note", note_max));
  if (!valid_note(note))
    in.refuse("note", "control characters");
  return note;
}

}  // namespace

void handle_list_reports(const call_ptr& made) {
  ask_registrar(
      made, actors::list_reports{query_value(made->query, "after").value_or("")},
      [made](const auto& got) {
        made->answer_json(reports_json(got.reports, got.next, made->service.ports().keys));
      });
}

void handle_resolve_report(const call_ptr& made) {
  json_input in(made->body);
  actors::resolve_report what;
  what.report_id = made->parameter[0];
  const auto outcome = in.text("outcome", word_max);
  what.outcome = outcome == "upheld" ? report_state::upheld : report_state::dismissed;
  if (outcome != to_string(what.outcome))
    in.refuse("outcome", "not one of upheld, dismissed");
  what.note = read_note(in);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_registrar(made, std::move(what), [made](const auto& got) {
    if (got.reports.empty())
      return made->refuse(errc::internal);
    made->answer_json(report_json(got.reports.front(), made->service.ports().keys));
  });
}

void handle_list_strikes(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  const auto after = query_value(made->query, "after").value_or("");
  ask_registrar(made, actors::get_strikes{*id}, [made, after](const auto& got) {
    if (got.providers.empty())
      return made->refuse(errc::not_found);
    made->answer_json(strikes_json(got.providers.front(), got.standing.strikes, got.counted, after,
                                   strikes_a_page, made->service.ports().settings.rules,
                                   made->now()));
  });
}

void handle_settle_standing(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  json_input in(made->body);
  const auto action = in.text("action", word_max);
  if (action != "confirm" && action != "reset")
    in.refuse("action", "not one of confirm, reset");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_registrar(made, actors::settle_standing{*id, action == "confirm"}, [made](const auto& got) {
    if (got.providers.empty())
      return made->refuse(errc::internal);
    json_output out;
    put_standing(out, got.providers.front().standing, made->service.ports().settings.rules,
                 made->now());
    made->answer_json(out.take());
  });
}

}  // namespace glados::http
