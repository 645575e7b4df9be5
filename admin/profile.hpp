// Which service a command speaks to, and as whom: profiles of a TOML file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace glados::admin {

struct profile {
  std::string name;
  std::string url;  ///< https://HOST[:PORT] of an admin listener
  std::string ca;   ///< PEM files; relative ones beside the profile file
  std::string certificate;
  std::string key;
  std::chrono::seconds timeout{30};  ///< of one call
};

/// What a file of profiles says, as far as it is right.
struct profile_file {
  std::string preferred;  ///< its `default`
  std::vector<profile> profiles;
};

/// All faults at once, with their places in the file. Reads no certificate.
profile_file read_profiles(const std::string& path, std::vector<std::string>& faults);

/// The profile of this name; for an empty one the file's default, or its only one.
std::optional<profile> choose(const profile_file& from, const std::string& name,
                              std::vector<std::string>& faults);

/// Whether what the profile names can be used: files that are there, a key that is private, a
/// certificate that has not ended.
void check_files(const profile& of, std::chrono::seconds now, std::vector<std::string>& faults);

/// Nothing wrong: empty.
std::string url_fault(const std::string& url);

/// ~/.config/glados/admin.toml; by XDG_CONFIG_HOME and HOME, either of which may be null.
std::string default_profile_file(const char* config_home, const char* home);

}  // namespace glados::admin
