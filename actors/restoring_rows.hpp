// Rows of a back-up on their way into a shard (backup_desk.cpp). Pure.
#pragma once

#include <optional>
#include <vector>

#include "actors/node_context.hpp"
#include "storage/backup_codec.hpp"

namespace glados::actors {

/// The steps that write these rows where nothing stands, each with what it tells providers and
/// their counts; whose fence they are under is the caller's to fill in. Rows that bring one user
/// each, alike, go in one step that counts them together; the others bring their own counts.
/// `refresh`: see domain/restoring.hpp. Nothing: a row is no record.
std::optional<std::vector<storage::rows_commit>> make_restoring(
    shard_id shard, const std::vector<storage::kept_row>& rows, bool refresh, instant now);

/// The rows under names of so many layers, their users sealed for those; rows that have them are
/// left. `vault` null: there are no further layers. Nothing: a row is no record, or has more layers
/// than that.
std::optional<std::vector<storage::kept_row>> with_names(shard_id shard,
                                                         std::vector<storage::kept_row> rows,
                                                         std::uint8_t layers,
                                                         const name_vault* vault);

}  // namespace glados::actors
