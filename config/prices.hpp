// The price table: config/prices.toml, read strictly. Whole numbers only: a fraction, an unknown
// key, a country that cannot exist is a fault, and all faults are told at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "domain/usage.hpp"

namespace glados::config {

/// Nothing, and at least one fault more, when the file is not good.
std::optional<price_table> load_prices(const std::string& path, std::vector<fault>& faults);

}  // namespace glados::config
