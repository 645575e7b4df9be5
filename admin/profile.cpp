#include "admin/profile.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "config/toml_file.hpp"
#include "crypto/private_file.hpp"
#include "crypto/x509.hpp"
#include "domain/text.hpp"

namespace glados::admin {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t longest_timeout = 600;

struct text_setting {
  std::string_view name;
  std::string profile::*place;
  bool is_path;
};
constexpr text_setting settings[] = {{"url", &profile::url, false},
                                     {"ca", &profile::ca, true},
                                     {"certificate", &profile::certificate, true},
                                     {"key", &profile::key, true}};

bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= name_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

class reader {
 public:
  reader(const std::string& path, std::vector<std::string>& faults)
      : folder_(fs::path(path).parent_path()), faults_(faults) {}

  void take(const config::toml_leaf& leaf) {
    const auto* text = std::get_if<std::string>(&leaf.content);
    if (leaf.key == "default") {
      text == nullptr ? complain(leaf, "must be a profile's name") : void(out_.preferred = *text);
      return;
    }
    std::string_view key = leaf.key;
    constexpr std::string_view prefix = "profile.";
    const auto dot = key.rfind('.');
    if (!key.starts_with(prefix) || dot < prefix.size())
      return complain(leaf, "is not known: a file holds `default` and [profile.NAME]");
    const std::string name(key.substr(prefix.size(), dot - prefix.size()));
    if (!plain_name(name))
      return complain(leaf, "names of profiles are letters, digits, _ and -");
    set(of(name), key.substr(dot + 1), leaf);
  }

  profile_file finish(const std::string& path) {
    for (const auto& one : out_.profiles)
      for (const auto& setting : settings)
        if ((one.*setting.place).empty() && !bad_.contains(one.name))
          faults_.push_back(path + ": profile." + one.name + " has no " +
                            std::string(setting.name));
    return std::move(out_);
  }

 private:
  void complain(const config::toml_leaf& leaf, const std::string& why) {
    faults_.push_back(leaf.where + ": " + leaf.key + ": " + why);
  }

  profile& of(const std::string& name) {
    for (auto& one : out_.profiles)
      if (one.name == name)
        return one;
    auto& fresh = out_.profiles.emplace_back();
    fresh.name = name;
    return fresh;
  }

  void set(profile& one, std::string_view setting, const config::toml_leaf& leaf) {
    const auto refuse = [&](const std::string& why) {
      bad_[one.name] = true;
      complain(leaf, why);
    };
    if (setting == "timeout") {
      const auto* seconds = std::get_if<std::int64_t>(&leaf.content);
      if (seconds == nullptr || *seconds < 1 || *seconds > longest_timeout)
        return refuse("must be seconds, 1 to " + std::to_string(longest_timeout));
      one.timeout = std::chrono::seconds(*seconds);
      return;
    }
    for (const auto& known : settings) {
      if (known.name != setting)
        continue;
      const auto* text = std::get_if<std::string>(&leaf.content);
      if (text == nullptr || text->empty())
        return refuse("must be a text");
      if (setting == "url" && !url_fault(*text).empty())
        return refuse(url_fault(*text));
      one.*known.place = known.is_path ? (folder_ / *text).string() : *text;
      return;
    }
    refuse("is not known: a profile has url, ca, certificate, key, timeout");
  }

  const fs::path folder_;
  std::vector<std::string>& faults_;
  profile_file out_;
  std::map<std::string, bool> bad_;
};

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string url_fault(const std::string& url) {
  constexpr std::string_view scheme = "https://";
  std::string_view rest = url;
  if (!rest.starts_with(scheme))
    return "must begin with https://";
  rest.remove_prefix(scheme.size());
  if (rest.ends_with('/'))
    rest.remove_suffix(1);
  const bool good = !rest.empty() && std::all_of(rest.begin(), rest.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '/' && c != '@' && c != '?' && c != '#';
  });
  return good ? "" : "must be https://HOST[:PORT] and nothing behind it";
}

profile_file read_profiles(const std::string& path, std::vector<std::string>& faults) {
  std::vector<config::fault> found;
  const auto leaves = config::read_toml(path, found);
  for (const auto& fault : found) faults.push_back(config::to_string(fault));
  if (!found.empty())
    return {};
  reader in(path, faults);
  for (const auto& leaf : leaves) in.take(leaf);
  return in.finish(path);
}

std::optional<profile> choose(const profile_file& from, const std::string& name,
                              std::vector<std::string>& faults) {
  const auto& wanted = name.empty() ? from.preferred : name;
  if (wanted.empty() && from.profiles.size() == 1)
    return from.profiles.front();
  std::string known;
  for (const auto& one : from.profiles) {
    if (one.name == wanted)
      return one;
    known.append(known.empty() ? "" : ", ").append(one.name);
  }
  if (from.profiles.empty())
    faults.push_back("there is no profile");
  else if (wanted.empty())
    faults.push_back("several profiles and no default: choose one with --profile (" + known + ")");
  else
    faults.push_back("there is no profile '" + wanted + "' (" + known + ")");
  return {};
}

void check_files(const profile& of, std::chrono::seconds now, std::vector<std::string>& faults) {
  const auto complain = [&](const std::string& path, const std::string& why) {
    faults.push_back("profile " + of.name + ": " + path + ": " + why);
  };
  if (content_of(of.ca).empty())
    complain(of.ca, "cannot be read");
  const auto text = content_of(of.certificate);
  // A chain may follow: the first certificate is the one that is shown.
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  const auto shown = crypto::read_certificate(std::string_view(text).substr(
      0, std::min(text.find(end), text.size() - std::min(text.size(), end.size())) + end.size()));
  if (!shown)
    complain(of.certificate, "is not a certificate in PEM");
  else if (shown->not_after <= now.count())
    complain(of.certificate, "has ended");
  std::string why;
  auto key = crypto::read_private_file(of.key, why);
  if (!key)
    complain(of.key, why);
  else
    crypto::cleanse(*key);
}

std::string default_profile_file(const char* config_home, const char* home) {
  fs::path folder;
  if (config_home != nullptr && *config_home == '/')
    folder = config_home;
  else if (home != nullptr && *home != '\0')
    folder = fs::path(home) / ".config";
  else
    return {};
  return (folder / "glados" / "admin.toml").string();
}

}  // namespace glados::admin
