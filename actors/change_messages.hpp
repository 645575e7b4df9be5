// Messages about changes: what one took from a provider, and what that provider says of it. They
// travel between nodes.
#pragma once

#include <string>

#include "actors/messages.hpp"
#include "domain/standing.hpp"

namespace glados::actors {

/// What did the provider lose by this change, and may it be put back? HTTP worker -> shard.
struct get_change {
  route via;
  std::string id;
  std::string provider_id;
};

/// The provider's report of a change that took something from it. HTTP worker -> shard.
struct file_report {
  route via;
  std::string id;
  std::string change_id;
  std::string provider_id;
  report_reason reason = report_reason::mistake;
  std::string note;  ///< sealed
};

/// Answer to both. To get_change: none, not_found (also for changes that took nothing from this
/// provider), restore_window_closed, conflict (put back already), or a failure; the rest is set for
/// none. To a report: none, not_found, conflict (there is one of this provider), or a failure.
struct change_answer {
  errc code = errc::none;
  sii_key key;       ///< as the record was called then
  std::string user;  ///< of the lost mapping, sealed for that name
};

template <class Inspector>
auto inspect(Inspector& f, get_change& x) {
  return f(x.via, x.id, x.provider_id);
}
template <class Inspector>
auto inspect(Inspector& f, file_report& x) {
  return f(x.via, x.id, x.change_id, x.provider_id, x.reason, x.note);
}
template <class Inspector>
auto inspect(Inspector& f, change_answer& x) {
  return f(x.code, x.key, x.user);
}

}  // namespace glados::actors
