#include "http/bulk_json.hpp"

#include "http/json.hpp"

namespace glados::http {

std::string job_json(const bulk_job& job) {
  json_output out;
  out.begin_object().member("id", job_id(job.provider_id, job.number));
  out.member("state", to_string(job.state)).member("on_conflict", to_string(job.on_conflict));
  out.member("dry_run", job.dry_run).member("lines", job.lines).member("created", job.created);
  out.member("unchanged", job.unchanged).member("conflicts", job.conflicts);
  out.member("rejected", job.rejected).member("parts", job.parts).end_object();
  return out.take();
}

std::string part_json(std::uint32_t lines, std::uint32_t rejected) {
  json_output out;
  out.begin_object().member("lines", lines).member("accepted", lines - rejected);
  out.member("rejected", rejected).end_object();
  return out.take();
}

void append_result(std::string& out, const storage::row_result& row, shard_id shard,
                   std::uint8_t index_version, const crypto::key_ring& keys) {
  out.append(R"({"line":)").append(std::to_string(row.line));
  out.append(R"(,"status":")").append(to_string(row.status)).append(R"(","mapping_id":)");
  if (row.has_claim)
    out.append("\"")
        .append(keys.mapping_id({shard, index_version, row.key.value, row.salt}))
        .append("\"");
  else
    out.append("null");
  out.append(R"(,"problem":)");
  if (row.problem == errc::none)
    out.append("null");
  else
    out.append("\"").append(to_string(row.problem)).append("\"");
  out.append("}\n");
}

event finished_notice(const job_name& job, instant now) {
  event out;
  out.type = event_type::bulk_job_finished;
  out.provider_id = job.provider_id;
  out.created_at = now;
  out.detail = R"("job_id":")" + job_id(job.provider_id, job.number) + R"(","state":"completed")";
  return out;
}

}  // namespace glados::http
