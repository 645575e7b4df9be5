// The feed of notices (api.md section 6): read from a cursor, or wait for the first.
#include <charconv>

#include "http/event_json.hpp"
#include "http/handle_admin.hpp"
#include "http/handlers.hpp"

namespace glados::http {
namespace {

constexpr std::uint64_t limit_default = 100;
constexpr std::uint64_t limit_max = 500;
constexpr std::uint64_t wait_max = 30;
constexpr std::chrono::seconds answer_time{3};

/// A number of the query within its bounds; nothing for anything else.
std::optional<std::uint64_t> bounded(const std::string& query, std::string_view name,
                                     std::uint64_t least, std::uint64_t most,
                                     std::uint64_t otherwise) {
  const auto text = query_value(query, name);
  if (!text)
    return otherwise;
  std::uint64_t number = 0;
  const auto end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < least || number > most)
    return {};
  return number;
}

}  // namespace

void handle_list_events(const call_ptr& made) {
  const auto after = query_value(made->query, "after").value_or("");
  const auto limit = bounded(made->query, "limit", 1, limit_max, limit_default);
  const auto wait = bounded(made->query, "wait", 0, wait_max, 0);
  if (!parse_event_place(after))
    return refuse_member(made, "/after", "not a cursor of this list");
  if (!limit)
    return refuse_member(made, "/limit", "a number from 1 to 500");
  if (!wait)
    return refuse_member(made, "/wait", "a number of seconds from 0 to 30");
  const std::chrono::seconds patience(*wait);
  made->ask<actors::events_answer>(
      made->service.ports().feed_of(made->who->id),
      actors::read_events{after, static_cast<std::size_t>(*limit), patience},
      [made](const actors::events_answer& got) {
        if (got.code != errc::none)
          return made->refuse(got.code);
        const auto& ports = made->service.ports();
        json_output out;
        out.begin_object().name("events").begin_array();
        for (const auto& one : got.events) out.raw(event_json(one, ports.keys, ports.sessions));
        out.end_array().member("next", got.next).end_object();
        made->answer_json(out.take());
      },
      patience + answer_time);
}

}  // namespace glados::http
