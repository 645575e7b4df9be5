// /admin/v1/restore: what `glados admin` needs to write a back-up into an empty directory, and to
// compare the two (docs/decisions/0007). Contents travel as in handle_admin_backup.cpp.
#include <algorithm>

#include "crypto/encoding.hpp"
#include "http/backup_calls.hpp"
#include "http/handle_admin.hpp"
#include "http/handle_admin_backup.hpp"
#include "storage/backup_codec.hpp"

namespace glados::http {
namespace {

constexpr std::size_t content_max = 60'000;
constexpr std::size_t records_max = 200'000;  // as the body limit of permit_part.cpp has room for

/// The restore into this directory, and the keys of the service.
void answer_state(const call_ptr& made) {
  ask_desk(made, actors::find_restore{}, [made](const actors::backup_answer& got) {
    const auto& keys = made->service.ports().keys;
    const auto& restore = got.restore;
    json_output out;
    out.begin_object().member("name", restore.name);
    out.member("state", std::string_view(restore.name.empty() ? "none"
                                         : restore.open       ? "open"
                                                              : "ended"));
    out.member("needs", std::uint64_t{restore.names});
    out.member("names", std::uint64_t{keys.index_in_use()});
    put_key_checks(out, keys);
    made->answer_json(out.end_object().take());
  });
}

/// Runs `then` while the restore of this name is open and no key is on its way; else 409.
void while_open(const call_ptr& made, const std::string& name, std::function<void()> then) {
  ask_desk(made, actors::find_restore{},
           [made, name, then = std::move(then)](const actors::backup_answer& got) {
             if (!got.restore.open || got.restore.name != name)
               return made->refuse(errc::conflict, {.detail = "no restore of this name is open"});
             if (got.restore.names != made->service.ports().keys.index_in_use())
               return made->refuse(errc::conflict, {.detail = "its index keys are not in use yet"});
             then();
           });
}

/// Body of a call that brings a part of a back-up.
struct written_part {
  std::string name;
  bool refresh = false;
  std::string content;
};
std::optional<written_part> read_part(const call_ptr& made, bool rows,
                                      std::size_t most = content_max) {
  json_input in(made->body);
  written_part out;
  out.name = read_backup_name(in);
  out.refresh = rows && in.flag("refresh", false);
  const auto content = crypto::unbase64url(in.text("content", most));
  if (!content)
    in.refuse("content", "not base64url");
  else
    out.content = *content;
  if (auto fault = in.finish()) {
    made->answer(problem(*fault));
    return {};
  }
  return out;
}

/// Has the desk write what a part holds, as `Operation` does it: {name, what it holds}.
template <class Operation, class T>
void write_part(const call_ptr& made, std::size_t most,
                std::optional<std::vector<T>> (*decode)(std::string_view), const char* otherwise) {
  const auto part = read_part(made, false, most);
  if (!part)
    return;
  auto held = decode(part->content);
  if (!held)
    return refuse_member(made, "/content", otherwise);
  while_open(made, part->name, [made, what = Operation{part->name, std::move(*held)}] {
    ask_desk(made, what, [made](const actors::backup_answer&) { answer_state(made); });
  });
}

/// The rows of a part; else the call is answered.
std::optional<std::vector<storage::kept_row>> rows_of(const call_ptr& made,
                                                      const written_part& part) {
  auto rows = storage::decode_rows(part.content);
  if (!rows || rows->size() > storage::rows_per_step) {
    refuse_member(made, "/content", "not at most 256 rows of a back-up");
    return {};
  }
  return rows;
}

/// The next index key that the open restore needs becomes active. It is in the audit with the end
/// of the restore: nobody but the restore can write there now.
void activate_next(const call_ptr& made) {
  const auto next = static_cast<std::uint8_t>(made->service.ports().keys.index_in_use() + 1);
  made->ask<actors::index_key_answer>(
      made->service.ports().member, actors::activate_index_key{next},
      [made](const actors::index_key_answer& got) {
        if (got.code == errc::deadline)
          return made->refuse(errc::outcome_unknown);
        if (got.code != errc::none)
          return made->refuse(got.code);
        const auto& how = got.made;
        if (how.outcome == activation::lacking || how.outcome == activation::differing)
          return made->refuse(errc::conflict, {.detail = refusal_of(how)});
        answer_state(made);  // `unfinished`: its shards are still being given the names before
      });
}

}  // namespace

void handle_get_restore(const call_ptr& made) { answer_state(made); }

void handle_begin_restore(const call_ptr& made) {
  json_input in(made->body);
  const auto name = read_backup_name(in);
  const auto names = in.optional_number("names").value_or(1);
  if (names == 0 || names > UINT8_MAX)
    in.refuse("names", "not a number of layers");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  if (names > made->service.ports().keys.newest_index())
    return made->refuse(errc::conflict,
                        {.detail = "this node lacks index-" + std::to_string(names) + ".key"});
  ask_desk(made, actors::begin_restore{name, static_cast<std::uint8_t>(names)},
           [made, names](const actors::backup_answer&) {
             if (made->service.ports().keys.index_in_use() < names)
               return activate_next(made);
             answer_state(made);
           });
}

void handle_rename_rows(const call_ptr& made) {
  const auto shard = shard_in_path(made);
  if (!shard)
    return;
  json_input in(made->body);
  written_part part;
  const auto content = crypto::unbase64url(in.text("content", content_max));
  if (!content)
    in.refuse("content", "not base64url");
  else
    part.content = *content;
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  const auto rows = rows_of(made, part);
  if (!rows)
    return;
  ask_desk(made, actors::rename_rows{*shard, made->service.ports().keys.index_in_use(), *rows},
           [made](const actors::backup_answer& got) {
             json_output out;
             out.begin_object();
             out.member("content", content_text(storage::encode_rows(got.rows))).end_object();
             made->answer_json(out.take());
           });
}

void handle_restore_rows(const call_ptr& made) {
  const auto shard = shard_in_path(made);
  if (!shard)
    return;
  const auto part = read_part(made, true);
  if (!part)
    return;
  const auto rows = rows_of(made, *part);
  if (!rows)
    return;
  const auto layers = made->service.ports().keys.index_in_use();
  if (std::any_of(rows->begin(), rows->end(),
                  [layers](const auto& row) { return row.key.layers != layers; }))
    return made->refuse(errc::conflict, {.detail = "these rows are named by other index keys"});
  actors::restore_rows what{*shard, part->refresh, *rows};
  while_open(made, part->name, [made, what = std::move(what)] {
    ask_desk(made, what, [made](const actors::backup_answer& got) {
      json_output out;
      out.begin_object().member("written", got.written).member("there", got.there).end_object();
      made->answer_json(out.take());
    });
  });
}

void handle_restore_records(const call_ptr& made) {
  write_part<actors::put_records>(made, records_max, storage::decode_records,
                                  "no records of a back-up");
}

void handle_restore_standings(const call_ptr& made) {
  write_part<actors::put_standings>(made, content_max, storage::decode_standings,
                                    "no standings of a back-up");
}

void handle_restore_links(const call_ptr& made) {
  write_part<actors::put_links>(made, content_max, storage::decode_links, "no links of a back-up");
}

void handle_end_restore(const call_ptr& made) {
  json_input in(made->body);
  const auto name = read_backup_name(in);
  const auto rows = in.optional_number("rows").value_or(0);
  const bool refresh = in.flag("refresh", false);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  auto act = backup_note(made, "backup.restored", name);
  act.restoring = true;
  act.detail = {{"rows", std::to_string(rows)}, {"refresh", refresh ? "true" : "false"}};
  ask_desk(made, act, [made, name](const actors::backup_answer&) {
    ask_desk(made, actors::end_restore{name},
             [made](const actors::backup_answer&) { answer_state(made); });
  });
}

}  // namespace glados::http
