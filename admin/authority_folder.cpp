#include "admin/authority_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "admin/outcome.hpp"
#include "admin/session.hpp"
#include "crypto/digest.hpp"
#include "crypto/private_file.hpp"

namespace glados::admin {
namespace {

namespace fs = std::filesystem;

constexpr const char* certificate_name = "cert.pem";
constexpr const char* key_name = "key.pem";

}  // namespace

authority_folder::authority_folder(const std::string& folder) {
  const fs::path at(folder);
  files_.certificate = session::read_file((at / certificate_name).string());
  std::string why;
  auto key = crypto::read_private_file((at / key_name).string(), why);
  if (!key)
    throw stop(outcome::bad_line, (at / key_name).string() + ": " + why);
  files_.key = std::move(*key);
}

authority_folder::~authority_folder() { crypto::cleanse(files_.key); }

std::optional<std::string> authority_folder::sign(std::string_view request,
                                                  const crypto::leaf_form& form,
                                                  std::string& why) const {
  return crypto::sign_request(files_, request, form, why);
}

void write_new_file(const std::string& path, std::string_view content, unsigned mode) {
  std::string why;
  if (!crypto::write_private_file(path, content, why))
    throw stop(outcome::bad_line, path + ": " + why);
  if (mode != 0600 && ::chmod(path.c_str(), mode) != 0)
    throw stop(outcome::bad_line, path + ": " + std::strerror(errno));
}

void write_pair(const std::string& folder, crypto::certified_key& pair) {
  fs::path target(folder);
  if (!target.has_filename())
    target = target.parent_path();
  std::error_code failed;
  if (target.has_parent_path())
    fs::create_directories(target.parent_path(), failed);
  auto pattern = target.string() + ".new-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr)
    throw stop(outcome::bad_line, target.string() + ": " + std::strerror(errno));
  const fs::path fresh(pattern);
  std::string why;
  const bool written =
      crypto::write_private_file((fresh / certificate_name).string(), pair.certificate, why) &&
      crypto::write_private_file((fresh / key_name).string(), pair.key, why);
  crypto::cleanse(pair.key);
  // rename replaces an empty folder and nothing else: what is there is never overwritten
  if (written && ::rename(fresh.c_str(), target.c_str()) == 0)
    return;
  if (written)
    why = errno == ENOTEMPTY || errno == EEXIST ? "is there already and is left as it is"
                                                : std::strerror(errno);
  fs::remove_all(fresh, failed);
  throw stop(outcome::bad_line, target.string() + ": " + why);
}

}  // namespace glados::admin
