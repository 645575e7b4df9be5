// What operators and strikes do to reports and standings, and what the audit says of it. Pure; part
// of registry_rules.hpp.
#pragma once

#include "actors/registry_rules.hpp"

namespace glados::actors {

/// Lets the strikes speak; a decision without writes when they say nothing new.
registry_decision review_provider(const registry_facts& facts);
/// `conflict`: no level waits to be confirmed.
registry_decision settle_provider(const settle_standing& what, const registry_facts& facts);
/// `conflict`: it has that outcome. An outcome may be turned over: that is what an appeal does.
registry_decision resolve(const resolve_report& what, const registry_facts& facts);

}  // namespace glados::actors
