// Secrets that live in files: keys, and the passwords that settings name by `…_file`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glados::crypto {

/// The content of a file (at most 64 KiB) that nobody but its owner can read, the owner being this
/// process's user or root. A symbolic link is followed, and what it leads to must satisfy the same.
/// Otherwise nothing, and `why` says what is wrong, never what is inside. Blocks: for start-up
/// only.
std::optional<std::string> read_private_file(const std::string& path, std::string& why);

/// Makes a new file of mode 0600 and syncs it; false when it exists or cannot be written.
bool write_private_file(const std::string& path, std::string_view content, std::string& why);

}  // namespace glados::crypto
