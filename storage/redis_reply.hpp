// Reading answers of Redis without trusting their shape: what is not there is empty or zero.
#pragma once

#include <hiredis/hiredis.h>

#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "storage/redis_client.hpp"

namespace glados::storage {

inline bool is_text(const redisReply& value) {
  return value.type == REDIS_REPLY_STRING || value.type == REDIS_REPLY_STATUS;
}

inline std::string_view text_of(const redisReply& value) {
  return is_text(value) ? std::string_view(value.str, static_cast<std::size_t>(value.len))
                        : std::string_view();
}

inline std::size_t size_of(const redisReply& value) {
  return value.type == REDIS_REPLY_ARRAY ? value.elements : 0;
}

/// Element `at`, or a nil.
inline const redisReply& element(const redisReply& value, std::size_t at) {
  static const redisReply nil = [] {
    redisReply none{};
    none.type = REDIS_REPLY_NIL;
    return none;
  }();
  return at < size_of(value) ? *value.element[at] : nil;
}

/// Also of a number sent as text; 0 for anything else.
inline std::int64_t number_of(const redisReply& value) {
  if (value.type == REDIS_REPLY_INTEGER)
    return value.integer;
  const std::string_view text = text_of(value);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Wraps a port's `done`: an error passes, an answer goes through `parse` to a result<T>.
template <class T, class Parse>
answer_handler answering(std::function<void(result<T>)> done, Parse parse) {
  return [done = std::move(done), parse = std::move(parse)](const redis_answer& answer) {
    if (answer.code != errc::none)
      done(answer.code);
    else
      done(parse(*answer.reply));
  };
}

/// The first entry field of a stream element: {id, {"b", body}}.
inline std::string_view stream_body(const redisReply& entry) {
  return text_of(element(element(entry, 1), 1));
}

}  // namespace glados::storage
