// The price of learning about an identifier (api.md sections 4 and 7): two units of the provider's
// daily budget are taken before the read, one comes back after a hit, both when there was no
// answer. Every way to ask about an identifier pays here and shows what is left.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "http/api.hpp"

namespace glados::http {

/// What was taken for one question.
struct lookup_charge {
  actors::local_lease::era era = 0;
};

/// Takes the price from this node's lease. Nothing: it has not got so much.
std::optional<lookup_charge> take_price(call& of);

/// Refuses for want of budget, and shows it.
void refuse_lookup(call& of);

/// What the session actor said to a call that waited for units; nothing when it was refused.
std::optional<lookup_charge> take_granted(call& of, const actors::charge_answer& got);

/// Takes the price of a miss, then goes on with `then(lookup_charge)`: at once when the node's
/// lease has it, which is the rule, or when storage has leased more. A call that cannot pay is
/// refused.
template <class Then>
void charge_lookup(const call_ptr& made, Then then) {
  if (const auto taken = take_price(*made))
    return then(*taken);
  if (made->session->lookups().known_empty(made->arrived))
    return refuse_lookup(*made);
  auto later = std::make_shared<Then>(std::move(then));
  made->ask<actors::charge_answer>(made->session_actor(), actors::charge_lookup{},
                                   [made, later](const actors::charge_answer& got) {
                                     if (const auto taken = take_granted(*made, got))
                                       (*later)(*taken);
                                   });
}

/// Gives back what `outcome` did not cost, meters what was answered, and puts what is left on the
/// answer to come. `asked` is what detectors see of the identifier.
void settle_charge(call& of, const lookup_charge& taken, errc outcome, const sii_features& asked);

/// What a call has paid for that learned of others' identifiers in another way than by asking.
struct hits_paid {
  std::uint32_t hits = 0;
  errc code = errc::none;  ///< why it were not all: rate_limited, or a failure to ask
  std::chrono::seconds retry_after{0};
};

/// Takes the price of so many hits, from the node's lease or from storage, as far as there is
/// budget, then goes on. Answers nothing.
void charge_hits(const call_ptr& made, std::uint32_t hits, std::function<void(hits_paid)> then);

/// The same headers on an answer that costs nothing.
void show_lookup_budget(call& of);

}  // namespace glados::http
