// The handlers of back-ups and restores, one function a route (routes_admin.cpp).
#pragma once

#include "http/api.hpp"

namespace glados::http {

void handle_begin_backup(const call_ptr& made);
void handle_begin_shard_snapshot(const call_ptr& made);
void handle_read_shard_snapshot(const call_ptr& made);
void handle_read_records(const call_ptr& made);
void handle_read_standings(const call_ptr& made);
void handle_read_links(const call_ptr& made);
void handle_read_changes(const call_ptr& made);

// handle_admin_restore.cpp
void handle_get_restore(const call_ptr& made);
void handle_begin_restore(const call_ptr& made);
void handle_rename_rows(const call_ptr& made);
void handle_restore_rows(const call_ptr& made);
void handle_restore_records(const call_ptr& made);
void handle_restore_standings(const call_ptr& made);
void handle_restore_links(const call_ptr& made);
void handle_end_restore(const call_ptr& made);

}  // namespace glados::http
