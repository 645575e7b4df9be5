// The price of learning about an identifier (api.md sections 4 and 7): two units of the provider's
// daily budget are taken before the read, one comes back after a hit, both when there was no
// answer. Every way to ask about an identifier pays here and shows what is left.
#pragma once

#include <optional>

#include "domain/gcra.hpp"
#include "http/api.hpp"

namespace glados::http {

/// What was taken for one question.
struct lookup_charge {
  gcra_policy policy;
  gcra_decision spent;
};

/// Takes the price of a miss. Nothing: the budget is used up and the call was refused.
std::optional<lookup_charge> charge_lookup(call& of);

/// Gives back what `outcome` did not cost and puts what is left on the answer to come.
void settle_charge(call& of, const lookup_charge& taken, errc outcome);

/// Takes the price of a hit for something learned in another way than by asking. Nothing: it was
/// taken; else the time after which there is budget again. Answers nothing.
std::optional<std::chrono::seconds> charge_hit(call& of);

/// The same headers on an answer that costs nothing.
void show_lookup_budget(call& of);

}  // namespace glados::http
