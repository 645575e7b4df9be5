// Opening a verification (api.md sections 5 and 6), in steps with names:
//
//   read -> reserve the key -> (look for an earlier answer) -> prepare -> debit the send -> open ->
//   settle
//
// Identifier, user id and code are in clear only in `read`, and for a restore in `prepare`; from
// there on a sealed record goes round. The steps of the key are those of keyed_call.hpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "domain/signal.hpp"
#include "domain/sii.hpp"
#include "domain/verification.hpp"
#include "http/keyed_call.hpp"

namespace glados::http {

/// What is to be proven by whom. In clear; cleanses itself.
struct wish {
  sii id;
  std::string user_id;
  channel way = channel::sms;
  std::string locale = "en";
  ~wish() {
    crypto::cleanse(id.canonical);
    crypto::cleanse(user_id);
  }
};

/// Whether codes for the identifier can go that way.
bool channel_fits(const sii& id, channel way, bool voice_available);
/// The way that is taken when none is named.
channel usual_channel(const sii& id);

/// The record as the shard will keep it: nothing in it is in clear.
verification sealed_record(const call& of, const wish& from);

/// One opening under way. Shared by its steps; ends with the last of them.
struct opening {
  call_ptr of;
  verification record;
  storage::call_reservation key;
  std::optional<sii_features> seen;  ///< what detectors see of a registration
  /// Completes the record, then calls on; or settles the key and refuses.
  std::function<void(const std::shared_ptr<opening>&, std::function<void()>)> prepare =
      [](const auto&, const auto& then) { then(); };
};
using opening_ptr = std::shared_ptr<opening>;

/// Runs the steps after `read`. Answers 202 and the verification object, or refuses.
void open_session(const opening_ptr& at);

}  // namespace glados::http
