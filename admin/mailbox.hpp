// Where the prober's codes arrive: a folder of mail (Maildir), its own alone. And how a code is
// found in a message, which is pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glados::admin {

/// The code of a message of config/templates: six digits alone in a line, as mails have it, or
/// behind " #" in a line that begins with '@', as short messages end. Nothing: it has none, or two
/// that differ.
std::optional<std::string> code_in(std::string_view message);

/// The folder's `new/`, into which a mail server delivers. Whatever is read is removed.
class mailbox {
 public:
  /// Throws `stop` (bad_line) if there is no such folder.
  explicit mailbox(const std::string& folder);

  /// Removes what lies there: codes that came too late for the round they were for.
  void clear();
  /// The code of a message that holds this text, the address; nothing yet: none.
  std::optional<std::string> take(std::string_view address);

 private:
  std::string fresh_;
};

}  // namespace glados::admin
