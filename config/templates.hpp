// The texts that carry codes to people, in their language.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace glados::config {

enum class message_channel : std::uint8_t { sms, email };

/// Holds a code in clear: for the sender only, never for a log.
struct message {
  std::string subject;  ///< empty for SMS
  std::string body;     ///< lines end in \n; an SMS ends with the line `@domain #code`
};

/// All templates. Loaded once at start, owned by `main`, then only read, from any thread.
class message_templates {
 public:
  /// Reads every `<locale>.toml` of a folder; `en` must be among them. Each holds exactly
  /// `sms.text`, `email.subject` and `email.body`. Texts and bodies must name {provider} and
  /// {code}, the subject {provider} alone (lock screens show subjects); an SMS ends with the line
  /// `@{domain} #{code}` and has at most 320 characters with the longest provider name. Anything
  /// else is a fault.
  static std::optional<message_templates> load(const std::string& directory,
                                               const std::string& domain,
                                               std::vector<fault>& faults);

  /// `locale` is a BCP 47 tag or empty. Control characters in the name are dropped, so that it
  /// cannot begin a line or a header of its own.
  message render(std::string_view locale, message_channel channel, std::string_view provider_name,
                 std::string_view code) const;

  /// The template's locale that a tag gets: the tag itself, else with its subtags taken off from
  /// the right (de-AT: de), else any of the same language (pt-PT: pt-BR), else en.
  const std::string& match(std::string_view locale) const;

 private:
  struct text_set {
    std::string locale, sms, subject, body;
  };
  std::string domain_;
  std::map<std::string, text_set, std::less<>> by_tag_;  // tags in lower case
};

}  // namespace glados::config
