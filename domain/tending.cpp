#include "domain/tending.hpp"

namespace glados {

tending_outcome tend(const directory_record& record, instant now,
                     std::chrono::microseconds fresh_for, const ended_provider& ended) {
  tending_outcome out;
  out.next = record;
  out.changed = settle(out.next, now, out.counts);
  if (ended && remove_claims_of(out.next, ended, out.counts))
    out.changed = true;
  for (auto& claim : out.next.mappings) {
    const bool old = claim.method != proof_method::asserted && claim.verified_at + fresh_for <= now;
    if (!old || !fall_due(claim, out.counts))
      continue;
    ++claim.sequence;
    out.due.push_back(claim);
    out.changed = true;
  }
  return out;
}

}  // namespace glados
