// Who may call the admin listener: certificates registered by thumbprint, each with a role.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace glados::config {

enum class admin_role : std::uint8_t { viewer, auditor, operator_ };
std::string_view to_string(admin_role role);

struct admin_certificate {
  admin_role role;
  std::string name;                         ///< appears in the audit
  std::array<std::uint8_t, 32> thumbprint;  ///< SHA-256 of the DER form
};

/// One entry: role, name and thumbprint in hex, separated by one `separator`.
std::optional<admin_certificate> parse_admin_certificate(std::string_view text, char separator);

/// Those of `admin.certificates` and `admin.certificates_file`. In the file, blank lines and lines
/// that begin with `#` do not count. A thumbprint registered twice is a fault: it could have two
/// roles. A file that does not exist is one, too. Called at start and on SIGHUP.
std::vector<admin_certificate> admin_certificates(const settings& values,
                                                  std::vector<fault>& faults);

}  // namespace glados::config
