// What the fast path of sii.hpp knows of the world's numbering plans. Part of `sii`: nothing else
// includes it.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace glados {

inline constexpr int nanp_code =
    1;  ///< North America: the one plan whose structure we know ourselves

/// Area codes that belong to no person in North America: 800, 822 .. 888 and 88X toll-free, 900
/// premium.
constexpr bool nanp_service(int area) {
  const int tens = area / 10 % 10;
  const bool twins = tens == area % 10 && tens != 1 && tens != 9;
  return area == 900 || (area / 100 == 8 && (twins || tens == 8));
}

/// Calling codes, the lengths their national numbers may have, and which first digits need a closer
/// look. Built once from libphonenumber's metadata, by its public interface alone: lengths by
/// asking for every length, service ranges by the example of each kind, trunk prefixes by region.
/// One for the process, constant once built, read by any thread.
class calling_code_table {
 public:
  static const calling_code_table& get();

  /// How many of `digits` are the calling code (they are prefix free), 0 if they begin with none.
  std::size_t code_length(std::string_view digits) const;

  /// Whether the digits of an E.164 number have a calling code, a length it allows, and no
  /// beginning that may be a service or a trunk prefix.
  bool sure(std::string_view digits) const;

 private:
  struct row {
    std::uint32_t lengths = 0;  ///< bit n: a national number may have n digits; 0: no such code
    std::bitset<1000> unsure;   ///< by the first three national digits: ask libphonenumber
  };

  calling_code_table();
  void add_lengths(int code);
  void add_services();
  static void mark_unsure(row& at, std::string_view prefix);

  std::vector<row> rows_;
};

}  // namespace glados
