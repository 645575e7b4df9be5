// Reports, strikes and standings as operators and providers see them. Nothing of an identifier.
#pragma once

#include <string>
#include <vector>

#include "crypto/key_ring.hpp"
#include "domain/provider.hpp"
#include "http/json.hpp"

namespace glados::http {

/// `{"level","strikes","proposed_level"}`; strikes as they weigh at `now`.
void put_standing(json_output& out, const provider_standing& is, const ladder& rules, instant now);

/// A report without what identifies anybody's user: of a note that looks as if it did, only that.
std::string report_json(const report& filed, const crypto::key_ring& keys);
std::string reports_json(const std::vector<report>& filed, const std::string& next,
                         const crypto::key_ring& keys);

/// The strikes after the id `after`, at most `limit`.
std::string strikes_json(const provider& who, const std::vector<strike>& strikes,
                         const std::vector<bool>& counted, const std::string& after,
                         std::size_t limit, const ladder& rules, instant now);

}  // namespace glados::http
