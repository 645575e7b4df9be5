// The right to answer one request. A small value that may be copied into messages and tasks; it
// names worker, connection and request by numbers, so that an answer can never reach another
// connection or another request, however late it comes.
#pragma once

#include <cstdint>

#include "http/message.hpp"

namespace glados::http {

class worker;

class exchange {
 public:
  exchange() = default;
  exchange(worker* home, std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal)
      : worker_(home), slot_(slot), generation_(generation), ordinal_(ordinal) {}

  /// Answers. Only on the thread of `home()`. Returns false, and writes nothing, if the request was
  /// answered before, its deadline has passed, or its connection is gone.
  bool answer(response&& reply) const;

  /// Answers from any thread, by a task on the home worker.
  void post_answer(response reply) const;

  /// `server_options::permit_body` asked to wait: judge the head again. Only on the thread of
  /// `home()`.
  void judge_again() const;

  /// Whether an answer would still be written. Only on the thread of `home()`.
  bool open() const;

  worker* home() const { return worker_; }
  explicit operator bool() const { return worker_ != nullptr; }

 private:
  worker* worker_ = nullptr;
  std::uint32_t slot_ = 0;
  std::uint32_t generation_ = 0;
  std::uint64_t ordinal_ = 0;
};

}  // namespace glados::http
