// The program `glados probe`: goes through the service as a provider's user would, again and again,
// and tells how that went by an exit code and by metrics.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "admin/canary.hpp"
#include "admin/command_line.hpp"

namespace glados::admin {

const program_row& probe_program();

/// What is told of all rounds so far, as Prometheus text. Times are seconds since 1970.
class probe_metrics {
 public:
  void add(const round_report& round, std::int64_t at);
  std::string text() const;

 private:
  std::map<std::string_view, std::uint64_t> failures_;
  round_report last_;
  std::uint64_t rounds_ = 0;
  std::int64_t ran_at_ = 0, good_at_ = 0;
};

/// The identifier of this number: `pattern` with it in place of "{n}".
std::string canary_sii(const std::string& pattern, std::uint64_t number);

}  // namespace glados::admin
