// From a TOML file, the environment and the command line to `settings`, strictly.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace glados::config {

/// One thing that is wrong. Never holds the value given: it could be a secret in the wrong place.
struct fault {
  std::string where;  ///< "file:line:column", a variable's name, "command line", or empty
  std::string key;    ///< may be empty
  std::string why;
};
std::string to_string(const fault& fault);

/// Later ones win: defaults, file, environment, command line.
struct sources {
  std::string file;  ///< empty: none
  /// NAME=value strings ended by a null pointer, as `environ`; null: none. `http.idle_timeout` is
  /// GLADOS_HTTP_IDLE_TIMEOUT; lists are separated by commas. Other GLADOS_ names are faults, but
  /// for GLADOS_HOME, GLADOS_PROVIDER_PORT, GLADOS_ADMIN_PORT (of ./run) and GLADOS_KEY_*.
  const char* const* environment = nullptr;
  /// "key=value"; secrets are refused here, since every user of the machine sees a command line.
  std::vector<std::string> overrides;
};

struct loaded {
  settings values;            ///< to be used only when there is no fault
  std::vector<fault> faults;  ///< all of them, in the order of the sources
  explicit operator bool() const { return faults.empty(); }
};

settings defaults();
loaded load(const sources& from);

/// The settings as TOML with secrets redacted: what `glados config check` prints.
std::string render_effective(const settings& values);

/// config/reference.toml: every setting with its meaning, bounds and default.
std::string render_reference();

}  // namespace glados::config
