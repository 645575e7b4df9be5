// Turns a response into bytes. Pure apart from the Date header, which is formatted once a second.
#pragma once

#include <ctime>
#include <string>

#include "http/message.hpp"

namespace glados::http {

/// What the serialiser must know of the request it answers.
struct answer_form {
  bool close = false;      ///< say Connection: close
  bool http10 = false;     ///< say Connection: keep-alive, if not close
  bool head_only = false;  ///< the request was HEAD
};

/// The reason phrase of a status; empty for an unknown one.
std::string_view reason_of(int status);

/// Formats the current second for the Date header; one per worker, used by its thread only.
class date_line {
 public:
  std::string_view get();  ///< "Date: …\r\n"

 private:
  std::time_t second_ = 0;
  std::array<char, 48> text_{};
  std::size_t size_ = 0;
};

/// Appends the whole response to `out`.
void append_response(std::string& out, const response& reply, const answer_form& form,
                     std::string_view date);

}  // namespace glados::http
