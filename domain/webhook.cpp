#include "domain/webhook.hpp"

#include <algorithm>
#include <charconv>

namespace glados {
namespace {

constexpr std::string_view https = "https://";
constexpr std::chrono::hours retry_after_max{24};
constexpr double jitter = 0.2;

bool read_number(std::string_view text, std::uint64_t& out) {
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return !text.empty() && read.ec == std::errc{} && read.ptr == end &&
         (text.size() == 1 || text.front() != '0');
}

bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}

/// Hosts like "127.1", "0x7f.1" or "2130706433" are addresses to most resolvers.
bool looks_numeric(std::string_view name) {
  const auto dot = name.rfind('.');
  const auto last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  const bool digits =
      std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits || last.starts_with("0x") || last.starts_with("0X");
}

bool valid_name(std::string_view name) {
  if (name.ends_with('.'))
    name.remove_suffix(1);
  return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
         name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), name_char);
}

bool valid_port(std::string_view port) {
  std::uint64_t number = 0;
  return read_number(port, number) && number >= 1 && number <= 65'535;
}

std::optional<std::string> host_fault(std::string_view host, const address_guard& guard) {
  const bool bracketed = host.starts_with('[');
  if (bracketed && !host.ends_with(']'))
    return "the host is no address";
  const auto bare = bracketed ? host.substr(1, host.size() - 2) : host;
  const auto trimmed = bare.ends_with('.') ? bare.substr(0, bare.size() - 1) : bare;
  if (!bracketed && !looks_numeric(trimmed))
    return valid_name(host) ? std::nullopt : std::optional<std::string>("the host is no name");
  const auto address = parse_address(bare);
  if (!address || address->is_v4() == bracketed)
    return "the host is no address";
  if (!guard.allows(*address))
    return "notices may not go to this address";
  return {};
}

/// FNV-1a.
std::uint64_t mix(std::uint64_t sum, std::uint8_t byte) { return (sum ^ byte) * 0x100000001b3ULL; }

}  // namespace

std::string to_string(const event_place& at) {
  return std::to_string(at.ms) + "-" + std::to_string(at.number);
}

std::optional<event_place> parse_event_place(std::string_view text) {
  event_place out;
  if (text.empty())
    return out;
  const auto dash = text.find('-');
  if (text.size() > 41 || dash == std::string_view::npos ||
      !read_number(text.substr(0, dash), out.ms) || !read_number(text.substr(dash + 1), out.number))
    return {};
  return out;
}

const webhook_key* current_key(const webhook& settings) {
  const auto found = std::find_if(settings.keys.begin(), settings.keys.end(),
                                  [](const webhook_key& key) { return key.retired_at.us == 0; });
  return found == settings.keys.end() ? nullptr : &*found;
}

void drop_old_keys(webhook& settings, instant now) {
  std::erase_if(settings.keys, [&](const webhook_key& key) {
    return key.retired_at.us != 0 && now - key.retired_at >= webhook_key_overlap;
  });
}

std::vector<webhook_key> signing_keys(const webhook& settings, instant now) {
  auto living = settings;
  drop_old_keys(living, now);
  std::stable_partition(living.keys.begin(), living.keys.end(),
                        [](const webhook_key& key) { return key.retired_at.us == 0; });
  return std::move(living.keys);
}

bool wanted(const webhook& settings, event_type type) {
  return type == event_type::webhook_test || settings.types.empty() ||
         std::find(settings.types.begin(), settings.types.end(), type) != settings.types.end();
}

std::optional<std::string> webhook_url_fault(std::string_view url, const address_guard& guard) {
  if (url.size() > webhook_url_max)
    return "too long";
  const bool visible = std::all_of(url.begin(), url.end(), [](char c) {
    constexpr std::string_view never = "\"<>\\^`{|}#";
    return c > 0x20 && c < 0x7F && never.find(c) == std::string_view::npos;
  });
  if (!visible)
    return "holds a character that no URL of a webhook has";
  if (!url.starts_with(https))
    return "begins with https://";
  const auto rest = url.substr(https.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos)
    return "holds user information";
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port && !valid_port(authority.substr(colon + 1)))
    return "the port is no port";
  return host_fault(has_port ? authority.substr(0, colon) : authority, guard);
}

std::uint64_t lane_of(const event& notice) {
  if (!notice.mapping)
    return 0;
  std::uint64_t sum = 0xcbf29ce484222325ULL;
  for (const auto byte : notice.mapping->key.value) sum = mix(sum, byte);
  for (int shift = 0; shift < 16; shift += 8)
    sum = mix(sum, static_cast<std::uint8_t>(notice.mapping->shard >> shift));
  for (int shift = 0; shift < 32; shift += 8)
    sum = mix(sum, static_cast<std::uint8_t>(notice.mapping->salt >> shift));
  return sum == 0 ? 1 : sum;
}

std::string_view to_string(attempt_outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"delivered", "will_retry", "given_up",
                                                  "disabled"};
  return names[static_cast<std::size_t>(outcome)];
}

attempt_verdict judge_attempt(unsigned tries, const attempt_answer& got, instant now, double chance,
                              instant failing_since) {
  if (got.status >= 200 && got.status < 300)
    return {attempt_outcome::delivered, {}};
  if (got.status == 410)
    return {attempt_outcome::disabled, {}};
  if (failing_since.us != 0 && now - failing_since >= webhook_failing_max)
    return {attempt_outcome::disabled, {}};
  if (tries >= webhook_waits.size())
    return {attempt_outcome::given_up, {}};
  const auto planned = std::chrono::microseconds(webhook_waits[tries]).count();
  const auto factor = 1 - jitter + 2 * jitter * std::clamp(chance, 0.0, 1.0);
  std::chrono::microseconds wait{static_cast<std::int64_t>(static_cast<double>(planned) * factor)};
  if (got.retry_after)
    wait = std::max<std::chrono::microseconds>(
        wait, std::min<std::chrono::seconds>(*got.retry_after, retry_after_max));
  return {attempt_outcome::will_retry, now + wait};
}

}  // namespace glados
