#include "crypto/key_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "crypto/private_file.hpp"

namespace glados::crypto {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_numbered_keys = 64;
constexpr std::string_view environment_prefix = "GLADOS_KEY_";
constexpr std::string_view file_suffix = ".key";

struct single_key {
  std::string_view name;
  secret32 key_material::*place;
};
constexpr single_key single_keys[] = {
    {"placement", &key_material::placement}, {"seal", &key_material::seal},
    {"code", &key_material::code},           {"idempotency", &key_material::idempotency},
    {"audit", &key_material::audit},
};

/// Keys of which there may be several, numbered without gaps, the newest last. From 1, of which
/// there must be one, or from 2, where a single key is the first.
struct numbered_keys {
  std::string_view prefix;
  std::vector<secret32> key_material::*place;
  std::size_t first = 1;
};
constexpr numbered_keys numbered[] = {
    {"index-", &key_material::index},
    {"attest-", &key_material::attest},
    {"audit-", &key_material::audit_next, 2},
};
constexpr std::string_view seal_prefix = "seal-";

/// The number behind `prefix`, from 1 to `max_numbered_keys`; 0 for every other name.
std::size_t number_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix))
    return 0;
  const auto number = name.substr(prefix.size());
  if (number.empty() || number.size() > 2 || number[0] == '0' ||
      !std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return 0;
  const auto found = std::stoul(std::string(number));
  return found <= max_numbered_keys ? found : 0;
}

bool known(const std::string& name) {
  for (const auto& key : single_keys)
    if (key.name == name)
      return true;
  for (const auto& list : numbered)
    if (number_of(name, list.prefix) >= list.first)
      return true;
  return number_of(name, seal_prefix) > 1;
}

std::optional<secret32> decode_key(std::string_view text, bool raw_allowed) {
  if (raw_allowed && text.size() == 32)
    return secret32(as_bytes(text).first<32>());
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  auto bytes = text.size() == 64   ? unhex(text)
               : text.size() == 43 ? unbase64url(text)
                                   : std::nullopt;
  if (!bytes)
    return std::nullopt;
  secret32 key(as_bytes(*bytes).first<32>());
  cleanse(*bytes);
  return key;
}

// Collects keys by name and everything that is wrong with them.
class collector {
 public:
  explicit collector(std::vector<std::string>& errors) : errors_(errors) {}

  void complain(const std::string& where, const std::string& why) {
    errors_.push_back("key " + where + ": " + why);
    failed_ = true;
  }

  void take(const std::string& name, const std::string& where, std::string_view text,
            bool raw_allowed) {
    if (!known(name))
      return complain(where, "there is no key of this name");
    auto key = decode_key(text, raw_allowed);
    if (!key) {
      seen_bad_.insert(name);
      return complain(where, raw_allowed ? "needs 32 raw bytes, 64 hex digits or 43 base64url "
                                           "characters"
                                         : "needs 64 hex digits or 43 base64url characters");
    }
    if (!keys_.emplace(name, std::move(*key)).second)
      complain(where, "is given both as a file and in the environment");
  }

  void unreadable(const std::string& name, const std::string& where, const std::string& why) {
    seen_bad_.insert(name);
    complain(where, why);
  }

  std::optional<key_material> finish() {
    refuse_twins();
    key_material all;
    for (const auto& single : single_keys) all.*single.place = extract(std::string(single.name));
    for (const auto& list : numbered) {
      std::size_t last = 1;
      for (const auto& [name, key] : keys_) last = std::max(last, number_of(name, list.prefix));
      for (std::size_t i = list.first; i <= last; ++i)
        (all.*list.place).push_back(extract(std::string(list.prefix) + std::to_string(i)));
    }
    take_later_seals(all);
    if (failed_)
      return std::nullopt;
    return all;
  }

 private:
  void take_later_seals(key_material& all) {
    for (std::size_t i = 2; i <= max_numbered_keys; ++i) {
      const auto name = std::string(seal_prefix) + std::to_string(i);
      if (!keys_.contains(name))
        continue;
      if (i > all.index.size())
        complain(name, "goes with index-" + std::to_string(i) + ", which is missing");
      all.later_seals.emplace_back(static_cast<std::uint8_t>(i), extract(name));
    }
  }

  void refuse_twins() {
    for (auto a = keys_.begin(); a != keys_.end(); ++a)
      for (auto b = std::next(a); b != keys_.end(); ++b)
        if (equal_constant_time(a->second.bytes(), b->second.bytes()))
          complain(b->first, "has the same value as " + a->first);
  }

  secret32 extract(const std::string& name) {
    auto found = keys_.find(name);
    if (found != keys_.end())
      return std::move(found->second);
    if (!seen_bad_.contains(name))
      complain(name, "is missing");
    return {};
  }

  std::vector<std::string>& errors_;
  std::map<std::string, secret32> keys_;
  std::set<std::string> seen_bad_;
  bool failed_ = false;
};

void collect_environment(const char* const* environment, collector& keys) {
  for (auto entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view pair(*entry);
    const auto equals = pair.find('=');
    if (!pair.starts_with(environment_prefix) || equals == std::string_view::npos)
      continue;
    const std::string variable(pair.substr(0, equals));
    auto name = variable.substr(environment_prefix.size());
    for (auto& c : name)
      c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    keys.take(name, variable, pair.substr(equals + 1), false);
  }
}

// A folder in which others may rename files is as good as files that others may write.
std::string complaint_about_folder(const std::string& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0)
    return std::string("cannot be opened: ") + std::strerror(errno);
  if (!S_ISDIR(status.st_mode))
    return "is not a folder";
  if (status.st_uid != geteuid() && status.st_uid != 0)
    return "belongs to another user";
  if ((status.st_mode & 022) != 0)
    return "can be written by group or others";
  return {};
}

void collect_folder(const std::string& folder, collector& keys) {
  if (const auto why = complaint_about_folder(folder); !why.empty())
    return keys.complain("folder " + folder, why);
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    if (at->path().extension() == file_suffix)
      files.push_back(at->path());
  if (failed)
    return keys.complain("folder " + folder, failed.message());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::string why;
    auto content = read_private_file(file.string(), why);
    if (!content) {
      keys.unreadable(file.stem().string(), file.string(), why);
      continue;
    }
    keys.take(file.stem().string(), file.string(), *content, true);
    cleanse(*content);
  }
}

}  // namespace

std::optional<key_material> read_keys(const key_source& source, std::vector<std::string>& errors) {
  collector keys(errors);
  if (!source.folder.empty())
    collect_folder(source.folder, keys);
  collect_environment(source.environment, keys);
  return keys.finish();
}

key_material random_keys(random_source& random) {
  key_material keys;
  for (const auto& single : single_keys) random.fill((keys.*single.place).writable());
  for (const auto& list : numbered)
    if (list.first == 1)
      random.fill((keys.*list.place).emplace_back().writable());
  return keys;
}

namespace {

bool write_key(const fs::path& folder, const std::string& name, const secret32& key,
               std::vector<std::string>& errors) {
  std::string why;
  auto text = hex(key.bytes()) + "\n";
  const auto path = (folder / (name + std::string(file_suffix))).string();
  const bool good = write_private_file(path, text, why);
  cleanse(text);
  if (!good)
    errors.push_back("key " + path + ": " + why);
  return good;
}

void sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

}  // namespace

bool write_keys(const std::string& folder, const key_material& keys,
                std::vector<std::string>& errors) {
  auto target = fs::path(folder);
  if (!target.has_filename())
    target = target.parent_path();  // "keys/" and "keys" are the same folder
  std::error_code failed;
  if (target.has_parent_path())
    fs::create_directories(target.parent_path(), failed);
  auto pattern = target.string() + ".new-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    errors.push_back("key folder " + pattern + ": " + std::strerror(errno));
    return false;
  }
  const fs::path fresh(pattern);
  bool good = true;
  for (const auto& single : single_keys)
    good = good && write_key(fresh, std::string(single.name), keys.*single.place, errors);
  for (const auto& list : numbered)
    for (std::size_t i = 0; i < (keys.*list.place).size(); ++i)
      good = good && write_key(fresh, std::string(list.prefix) + std::to_string(i + list.first),
                               (keys.*list.place)[i], errors);
  for (const auto& [number, key] : keys.later_seals)
    good = good && write_key(fresh, std::string(seal_prefix) + std::to_string(number), key, errors);
  sync_folder(fresh);
  // rename replaces an empty folder and nothing else: existing keys are never overwritten
  if (good && rename(fresh.c_str(), target.c_str()) != 0) {
    errors.push_back("key folder " + target.string() + ": " + std::strerror(errno));
    good = false;
  }
  if (good)
    sync_folder(target.has_parent_path() ? target.parent_path() : fs::path("."));
  else
    fs::remove_all(fresh, failed);
  return good;
}

}  // namespace glados::crypto
