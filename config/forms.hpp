// What texts in the settings must look like, and the text forms of durations and sizes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace glados::config::forms {

/// "250ms", "3s", "10m", "1h", "7d": one number, one unit.
std::optional<duration> parse_duration(std::string_view text);
std::string print(duration span);

/// "512B", "64KiB", "256MiB", "1GiB".
std::optional<byte_count> parse_size(std::string_view text);
std::string print_size(byte_count size);

// Each says what is wrong with a text, or nothing (an empty view).
std::string_view node_id(std::string_view text);   ///< may be empty
std::string_view address(std::string_view text);   ///< IPv4 or IPv6
std::string_view endpoint(std::string_view text);  ///< host:port
std::string_view network(std::string_view text);   ///< address/bits
std::string_view domain(std::string_view text);
std::string_view gateway_name(std::string_view text);  ///< [a-z][a-z0-9]{0,31}
std::string_view provider_id(std::string_view text);   ///< [a-z0-9-]{2,32}
std::string_view web_url(std::string_view text);       ///< http or https; may be empty
std::string_view mail_url(std::string_view text);      ///< smtp or smtps; may be empty
/// https, a host, maybe a port, and nothing behind them; may be empty
std::string_view public_url(std::string_view text);
std::string_view mail_address(std::string_view text);
std::string_view admin_certificate(std::string_view text);  ///< role:name:thumbprint

}  // namespace glados::config::forms
