// What no row can say alone: the profile, and settings that must fit together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace glados::config {

/// Where each key that is not at its default came from.
using origins = std::map<std::string, std::string>;

/// In production every sandbox switch must be at its default.
void check_profile(const settings& values, const origins& from, std::vector<fault>& faults);

void check_together(const settings& values, const origins& from, std::vector<fault>& faults);

}  // namespace glados::config
