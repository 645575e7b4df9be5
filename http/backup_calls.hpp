// What the handlers of back-ups and restores share: names, shards, contents, the question to the
// desk. All of it runs on the worker of the call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "actors/backup_messages.hpp"
#include "http/api.hpp"
#include "http/json.hpp"

namespace glados::http {

/// The member `name` of a back-up or a restore.
std::string read_backup_name(json_input& in);
/// The shard of the path; else the call is answered with 404.
std::optional<shard_id> shard_in_path(const call_ptr& made);
/// Asks the node's desk. A failure is answered here; otherwise `then` runs with the answer.
void ask_desk(const call_ptr& made, actors::backup_operation what,
              std::function<void(const actors::backup_answer&)> then);
actors::note_backup backup_note(const call_ptr& made, std::string action, std::string name);
std::string content_text(std::string_view bytes);
/// Why an index key was not activated, in words; empty if it was (handle_cluster.cpp).
std::string refusal_of(const activation_answer& how);
/// Members that say by which keys what is stored is named and sealed: for every number of layers
/// one value, which tells nothing about the keys.
void put_key_checks(json_output& out, const crypto::key_ring& keys);

}  // namespace glados::http
