// What a provider is told of a change of its credentials. Pure; the registrar appends it.
#pragma once

#include <optional>

#include "actors/registry_rules.hpp"
#include "domain/event.hpp"

namespace glados::actors {

/// The notice of a committed operation; none if that changed no secret and no certificate.
std::optional<event> credential_notice(const registry_call& call, const registry_decision& made,
                                       instant now);

}  // namespace glados::actors
