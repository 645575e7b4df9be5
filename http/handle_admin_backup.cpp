// /admin/v1/backup: what `glados admin` needs to read a back-up off a running service
// (docs/decisions/0007). Contents travel as base64url of what storage/backup_codec.hpp says;
// everything that is sealed in Redis stays sealed in them.
#include "http/handle_admin_backup.hpp"

#include "crypto/encoding.hpp"
#include "http/backup_calls.hpp"
#include "storage/backup_codec.hpp"

namespace glados::http {
namespace {

constexpr std::size_t kind_max = 16;
constexpr std::size_t cursor_max = 64;
constexpr std::size_t standing_cursor_max = 128;  ///< a provider and a report

using kind = storage::registry_record::kind;

}  // namespace

void handle_begin_backup(const call_ptr& made) {
  json_input in(made->body);
  const auto name = read_backup_name(in);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, backup_note(made, "backup.read", name),
           [made](const actors::backup_answer& noted) {
             ask_desk(made, actors::read_change_log{UINT64_MAX >> 12},
                      [made, link = noted.links.at(0)](const actors::backup_answer& got) {
                        const auto& keys = made->service.ports().keys;
                        json_output out;
                        out.begin_object().member("names", std::uint64_t{keys.index_in_use()});
                        put_key_checks(out, keys);
                        out.member("changes", got.log.last).member("audit", link.sequence);
                        out.member("audit_hash", crypto::hex(link.hash)).end_object();
                        made->answer_json(out.take());
                      });
           });
}

void handle_begin_shard_snapshot(const call_ptr& made) {
  const auto shard = shard_in_path(made);
  if (!shard)
    return;
  json_input in(made->body);
  const auto name = read_backup_name(in);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, actors::begin_snapshot{*shard, name}, [made](const actors::backup_answer& got) {
    json_output out;
    out.begin_object().member("version", got.snapshot.version);
    out.member("epoch", got.snapshot.epoch);
    out.member("names", std::uint64_t{got.snapshot.names}).end_object();
    made->answer_json(out.take());
  });
}

void handle_read_shard_snapshot(const call_ptr& made) {
  const auto shard = shard_in_path(made);
  if (!shard)
    return;
  json_input in(made->body);
  actors::read_snapshot what{*shard, read_backup_name(in), 1, {}};
  const auto names = in.optional_number("names").value_or(1);
  what.names = static_cast<std::uint8_t>(names);
  if (names == 0 || names > UINT8_MAX)
    in.refuse("names", "not a number of layers");
  what.cursor = in.optional_text("after", cursor_max).value_or("");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, what, [made](const actors::backup_answer& got) {
    std::vector<storage::kept_row> rows;
    for (const auto& record : got.page.records) rows.push_back(storage::row_of(record));
    json_output out;
    out.begin_object().member("content", content_text(storage::encode_rows(rows)));
    out.member("rows", std::uint64_t{rows.size()}).member("next", got.page.next).end_object();
    made->answer_json(out.take());
  });
}

void handle_read_records(const call_ptr& made) {
  json_input in(made->body);
  const auto which = in.text("kind", kind_max);
  actors::read_records what;
  what.what = which == "report"        ? kind::report
              : which == "application" ? kind::application
                                       : kind::provider;
  if (what.what == kind::provider && which != "provider")
    in.refuse("kind", "not one of application, provider, report");
  what.after = in.optional_text("after", cursor_max).value_or("");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, what, [made](const actors::backup_answer& got) {
    json_output out;
    out.begin_object().member("content", content_text(storage::encode_records(got.records)));
    out.member("records", std::uint64_t{got.records.size()});
    out.member("next", got.records.empty() ? std::string() : got.records.back().id).end_object();
    made->answer_json(out.take());
  });
}

void handle_read_standings(const call_ptr& made) {
  json_input in(made->body);
  actors::read_standings what;
  what.after = in.optional_text("after", standing_cursor_max).value_or("");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, std::move(what), [made](const actors::backup_answer& got) {
    json_output out;
    out.begin_object().member("content", content_text(storage::encode_standings(got.standings)));
    out.member("standings", std::uint64_t{got.standings.size()});
    out.member("next", got.next).end_object();
    made->answer_json(out.take());
  });
}

void handle_read_links(const call_ptr& made) {
  json_input in(made->body);
  const auto after = in.optional_number("after").value_or(0);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, actors::read_links{after}, [made, after](const actors::backup_answer& got) {
    json_output out;
    out.begin_object().member("content", content_text(storage::encode_links(got.links)));
    out.member("links", std::uint64_t{got.links.size()});
    out.member("next", got.links.empty() ? after : got.links.back().sequence).end_object();
    made->answer_json(out.take());
  });
}

void handle_read_changes(const call_ptr& made) {
  json_input in(made->body);
  const auto after = in.optional_number("after").value_or(0);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_desk(made, actors::read_change_log{after}, [made, after](const actors::backup_answer& got) {
    const auto& log = got.log;
    json_output out;
    out.begin_object().member("content", content_text(storage::encode_log(log.entries)));
    out.member("entries", std::uint64_t{log.entries.size()});
    out.member("first", log.first).member("last", log.last);
    out.member("next", log.entries.empty() ? after : log.entries.back().number).end_object();
    made->answer_json(out.take());
  });
}

}  // namespace glados::http
