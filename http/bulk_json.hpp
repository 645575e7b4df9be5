// Bulk jobs and the results of their rows as a provider sees them (api.md section 8). Pure.
#pragma once

#include <string>

#include "crypto/key_ring.hpp"
#include "domain/bulk.hpp"
#include "domain/event.hpp"
#include "storage/bulk_codec.hpp"

namespace glados::http {

std::string job_json(const bulk_job& job);

/// The answer to a part.
std::string part_json(std::uint32_t lines, std::uint32_t rejected);

/// One line of the results, line feed included. `index_version` is that of the row's key.
void append_result(std::string& out, const storage::row_result& row, shard_id shard,
                   std::uint8_t index_version, const crypto::key_ring& keys);

/// The notice of a completed job.
event finished_notice(const job_name& job, instant now);

}  // namespace glados::http
