// How notices and what belongs to webhooks look in Redis; the rules are those of codec.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/webhook.hpp"

namespace glados::storage {

/// Everything but the id.
std::string encode(const event& what);
std::optional<event> decode_event(std::string_view bytes);

/// Everything but the version. It holds a URL, which may hold a secret: to be sealed.
std::string encode(const webhook& settings);
std::optional<webhook> decode_webhook(std::string_view bytes);

std::string encode(const courier_progress& now);
std::optional<courier_progress> decode_progress(std::string_view bytes);

/// Everything but the id.
std::string encode(const delivery_attempt& made);
std::optional<delivery_attempt> decode_attempt(std::string_view bytes);

}  // namespace glados::storage
