// Form-encoded bodies and HTTP Basic credentials, as OAuth 2.0 uses them. Strict: a body that can
// be read in two ways is not read at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glados::http {

/// One application/x-www-form-urlencoded text: `+` is a space, `%xx` a byte. Nothing for a bad
/// escape, a NUL, or what is not UTF-8 afterwards.
std::optional<std::string> form_decode(std::string_view text);

/// The parameters of a form body. Holds secrets: cleansed at the end.
class form {
 public:
  /// Nothing for a bad escape, a parameter that stands twice (RFC 6749 section 3.2), or more than
  /// 64 of them. A parameter without a value counts as absent, as the same section says.
  static std::optional<form> parse(std::string_view body);

  form(form&&) noexcept = default;
  form& operator=(form&&) noexcept = default;
  ~form();

  /// Null when absent. Lives as long as the form.
  const std::string* find(std::string_view name) const;

 private:
  form() = default;
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct client_credentials {
  std::string id, secret;
};

/// Whether an Authorization header uses the scheme `Basic`.
bool is_basic(std::string_view header);

/// RFC 6749 section 2.3.1: base64 of `id:secret`, each part form-encoded. Nothing for anything
/// else.
std::optional<client_credentials> parse_basic(std::string_view header);

/// The scopes in a `scope` parameter, in the order given, each once. Nothing when it breaks the
/// grammar of RFC 6749 section 3.3.
std::optional<std::vector<std::string>> parse_scope(std::string_view text);

/// The opposite.
std::string join_scopes(const std::vector<std::string>& scopes);

}  // namespace glados::http
