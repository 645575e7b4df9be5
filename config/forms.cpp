#include "config/forms.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "config/admin_certificates.hpp"

namespace glados::config::forms {

namespace {

template <class T>
struct unit {
  std::string_view name;
  T size;
};

constexpr std::array<unit<std::int64_t>, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit<byte_count>, 4> size_units{
    {{"GiB", 1024 * 1024 * 1024}, {"MiB", 1024 * 1024}, {"KiB", 1024}, {"B", 1}}};

template <class T, std::size_t N>
std::optional<T> parse_with(std::string_view text, const std::array<unit<T>, N>& units) {
  T number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || text.starts_with('-'))
    return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const auto& candidate : units)
    if (candidate.name == name && number <= std::numeric_limits<T>::max() / candidate.size)
      return number * candidate.size;
  return std::nullopt;
}

// In the largest unit that leaves a whole number.
template <class T, std::size_t N>
std::string print_with(T amount, const std::array<unit<T>, N>& units, std::string_view zero) {
  for (const auto& candidate : units)
    if (amount != 0 && amount % candidate.size == 0)
      return std::to_string(amount / candidate.size).append(candidate.name);
  return std::string(zero);
}

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool all_of(std::string_view text, bool (*good)(char)) {
  return std::all_of(text.begin(), text.end(), good);
}

int address_family(const std::string& text) {
  std::array<unsigned char, 16> parsed{};
  if (inet_pton(AF_INET, text.c_str(), parsed.data()) == 1)
    return AF_INET;
  return inet_pton(AF_INET6, text.c_str(), parsed.data()) == 1 ? AF_INET6 : 0;
}

std::string_view url(std::string_view text, std::string_view plain, std::string_view safe,
                     std::string_view complaint) {
  if (text.empty())
    return {};
  for (const auto scheme : {plain, safe})
    if (text.starts_with(scheme) && text.size() > scheme.size() &&
        all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '@'; }))
      return {};
  return complaint;
}

}  // namespace

std::optional<duration> parse_duration(std::string_view text) {
  const auto count = parse_with(text, duration_units);
  if (!count)
    return std::nullopt;
  return duration(*count);
}

std::string print(duration span) {
  return print_with<std::int64_t>(span.count(), duration_units, "0s");
}

std::optional<byte_count> parse_size(std::string_view text) { return parse_with(text, size_units); }

std::string print_size(byte_count size) { return print_with(size, size_units, "0B"); }

std::string_view node_id(std::string_view text) {
  const auto good = [](char c) { return lower_or_digit(c) || c == '-' || c == '.'; };
  return text.size() <= 64 && all_of(text, good) ? "" : "needs at most 64 of [a-z0-9.-]";
}

std::string_view address(std::string_view text) {
  return address_family(std::string(text)) != 0 ? "" : "needs an IPv4 or IPv6 address";
}

std::string_view endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  unsigned port = 0;
  if (colon != std::string_view::npos && colon > 0 && colon + 1 < text.size()) {
    const auto digits = text.substr(colon + 1);
    const auto [rest, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || rest != digits.data() + digits.size())
      port = 0;
  }
  const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
  return port > 0 && port <= 65535 && all_of(text, visible) ? "" : "needs host:port";
}

std::string_view network(std::string_view text) {
  constexpr std::string_view complaint = "needs a network as address/bits";
  const auto slash = text.find('/');
  if (slash == std::string_view::npos)
    return complaint;
  const int family = address_family(std::string(text.substr(0, slash)));
  const auto bits = text.substr(slash + 1);
  unsigned count = 0;
  const auto [rest, failure] = std::from_chars(bits.data(), bits.data() + bits.size(), count);
  const bool whole = failure == std::errc{} && rest == bits.data() + bits.size();
  return family != 0 && whole && count <= (family == AF_INET ? 32U : 128U) ? "" : complaint;
}

std::string_view domain(std::string_view text) {
  constexpr std::string_view complaint = "needs a domain in lower-case ASCII";
  if (text.empty() || text.size() > 253)
    return complaint;
  while (true) {
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    const auto good = [](char c) { return lower_or_digit(c) || c == '-'; };
    if (label.empty() || label.size() > 63 || !all_of(label, good) || label.front() == '-' ||
        label.back() == '-')
      return complaint;
    if (dot == std::string_view::npos)
      return {};
    text.remove_prefix(dot + 1);
  }
}

std::string_view gateway_name(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 32 && text[0] >= 'a' && text[0] <= 'z' &&
                    all_of(text, lower_or_digit);
  return good ? "" : "needs a name of 1-32 [a-z0-9] that begins with a letter";
}

std::string_view provider_id(std::string_view text) {
  const auto good = [](char c) { return lower_or_digit(c) || c == '-'; };
  return text.size() >= 2 && text.size() <= 32 && all_of(text, good) ? ""
                                                                     : "needs 2-32 of [a-z0-9-]";
}

std::string_view web_url(std::string_view text) {
  return url(text, "http://", "https://", "needs an http or https URL without user or spaces");
}

std::string_view mail_url(std::string_view text) {
  return url(text, "smtp://", "smtps://", "needs an smtp or smtps URL without user or spaces");
}

std::string_view public_url(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  const auto fault = url(text, scheme, scheme, "needs https://HOST[:PORT] and nothing behind it");
  if (text.empty() || !fault.empty())
    return fault;
  return text.find_first_of("/?#", scheme.size()) == std::string_view::npos
             ? ""
             : "needs https://HOST[:PORT] and nothing behind it";
}

std::string_view mail_address(std::string_view text) {
  const auto at = text.rfind('@');
  const auto visible = [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; };
  const bool good = at != std::string_view::npos && at > 0 && all_of(text.substr(0, at), visible) &&
                    domain(text.substr(at + 1)).empty();
  return good ? "" : "needs a mail address";
}

std::string_view admin_certificate(std::string_view text) {
  return parse_admin_certificate(text, ':')
             ? ""
             : "needs role:name:thumbprint, the role operator, auditor or viewer, the name 1-64 of "
               "[A-Za-z0-9._-], the thumbprint 64 hex digits";
}

}  // namespace glados::config::forms
