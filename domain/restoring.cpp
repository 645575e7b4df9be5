#include "domain/restoring.hpp"

#include <algorithm>

namespace glados {

bool takes_away(const directory_record& before, const directory_record& after) {
  return std::any_of(before.mappings.begin(), before.mappings.end(), [&](const mapping& claim) {
    const auto same =
        std::find_if(after.mappings.begin(), after.mappings.end(), [&](const mapping& other) {
          return other.salt == claim.salt && other.provider_id == claim.provider_id;
        });
    return same == after.mappings.end() || (claim.preferred && !same->preferred);
  });
}

restored_record restored(const directory_record& kept, bool refresh) {
  restored_record out{kept, {}, {}};
  out.record.version = 0;
  for (auto& claim : out.record.mappings) {
    if (claim.decide_by.us != 0)
      continue;  // it is counted when it settles
    if (refresh && claim.method != proof_method::asserted && !claim.due) {
      claim.due = true;
      ++claim.sequence;
      out.due.push_back(claim);
    }
    out.counts.push_back(
        {claim.provider_id, claim.method, +1, claim.mail_domain, claim.due, claim.region});
  }
  return out;
}

}  // namespace glados
