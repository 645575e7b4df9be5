// What several groups of commands show of a provider.
#pragma once

#include <string>

#include "admin/session.hpp"

namespace glados::admin {

/// Of the provider that is the first operand.
std::string provider_path(const session& s);
std::string provider_text(const value& who);
table certificates_table(const value& who);
table secrets_table(const value& who);

}  // namespace glados::admin
