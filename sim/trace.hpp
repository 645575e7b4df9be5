// What a run tells of itself: one line a thing that happened, and the digest over all of them.
// Identifiers, nodes and providers are numbers here; codes and user ids do not occur.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sim/timeline.hpp"
#include "workload/draw.hpp"

namespace glados::sim {

class trace {
 public:
  struct fact {
    std::string_view name;
    std::int64_t number = 0;
  };

  /// Keeps the lines too; the digest is made in any case.
  void keep_lines(bool now) { keeps_ = now; }
  void note(moment when, std::string_view what, std::initializer_list<fact> facts = {},
            std::string_view text = {});
  /// Goes into the digest alone.
  void count(std::uint64_t number) { digest_.add(number); }

  std::uint64_t digest() const { return digest_.value(); }
  std::size_t length() const { return length_; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  workload::fingerprint digest_;
  std::size_t length_ = 0;
  bool keeps_ = false;
  std::vector<std::string> lines_;
};

/// "12.345 s"
std::string time_text(moment when);

}  // namespace glados::sim
