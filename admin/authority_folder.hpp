// An authority as a folder: cert.pem, and key.pem of mode 0600.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/authority.hpp"

namespace glados::admin {

class authority_folder {
 public:
  /// Reads both files; a bad line when there are none or the key is not private.
  explicit authority_folder(const std::string& folder);
  authority_folder(const authority_folder&) = delete;
  authority_folder& operator=(const authority_folder&) = delete;
  ~authority_folder();

  std::optional<std::string> sign(std::string_view request, const crypto::leaf_form& form,
                                  std::string& why) const;
  const crypto::certified_key& files() const { return files_; }

 private:
  crypto::certified_key files_;
};

/// A new file with this mode, synced; a bad line when it exists or cannot be written.
void write_new_file(const std::string& path, std::string_view content, unsigned mode);

/// A new folder (0700) with cert.pem and key.pem (0600), both or none; an existing one is left
/// alone: a bad line.
void write_pair(const std::string& folder, crypto::certified_key& pair);

}  // namespace glados::admin
