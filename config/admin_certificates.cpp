#include "config/admin_certificates.hpp"

#include <algorithm>
#include <fstream>
#include <map>

namespace glados::config {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<admin_role> role_of(std::string_view text) {
  for (const auto role : {admin_role::viewer, admin_role::auditor, admin_role::operator_})
    if (to_string(role) == text)
      return role;
  return std::nullopt;
}

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// Adds entries and refuses a second one of the same thumbprint.
class registry {
 public:
  explicit registry(std::vector<fault>& faults) : faults_(faults) {}

  void add(const std::string& where, std::string_view key, std::string_view text, char separator) {
    auto entry = parse_admin_certificate(text, separator);
    if (!entry) {
      faults_.push_back({where, std::string(key), "needs a role, a name and 64 hex digits"});
      return;
    }
    if (!seen_.emplace(entry->thumbprint, where).second) {
      faults_.push_back({where, std::string(key), "this thumbprint is registered twice"});
      return;
    }
    entries_.push_back(std::move(*entry));
  }

  std::vector<admin_certificate> take() { return std::move(entries_); }

 private:
  std::vector<fault>& faults_;
  std::map<std::array<std::uint8_t, 32>, std::string> seen_;
  std::vector<admin_certificate> entries_;
};

}  // namespace

std::string_view to_string(admin_role role) {
  switch (role) {
    case admin_role::viewer:
      return "viewer";
    case admin_role::auditor:
      return "auditor";
    case admin_role::operator_:
      return "operator";
  }
  return "";
}

std::optional<admin_certificate> parse_admin_certificate(std::string_view text, char separator) {
  const auto first = text.find(separator);
  const auto second = first == std::string_view::npos ? first : text.find(separator, first + 1);
  if (second == std::string_view::npos)
    return std::nullopt;
  const auto role = role_of(text.substr(0, first));
  const auto name = text.substr(first + 1, second - first - 1);
  const auto digits = text.substr(second + 1);
  admin_certificate entry{};
  if (!role || name.empty() || name.size() > 64 ||
      !std::all_of(name.begin(), name.end(), name_character) ||
      digits.size() != 2 * entry.thumbprint.size())
    return std::nullopt;
  for (std::size_t i = 0; i < entry.thumbprint.size(); ++i) {
    const int high = hex_digit(digits[2 * i]);
    const int low = hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    entry.thumbprint[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  entry.role = *role;
  entry.name = name;
  return entry;
}

std::vector<admin_certificate> admin_certificates(const settings& values,
                                                  std::vector<fault>& faults) {
  registry all(faults);
  for (const auto& text : values.admin.certificates) all.add("", "admin.certificates", text, ':');
  const auto& path = values.admin.certificates_file;
  if (path.empty())
    return all.take();
  std::ifstream file(path);
  if (!file) {
    faults.push_back({path, "admin.certificates_file", "cannot be read"});
    return all.take();
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && line.front() != '#')
      all.add(path + ":" + std::to_string(number), "admin.certificates_file", line, ' ');
  }
  return all.take();
}

}  // namespace glados::config
