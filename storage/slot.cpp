#include "storage/slot.hpp"

#include <array>

namespace glados::storage {

namespace {

constexpr std::array<std::uint16_t, 256> crc_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned rest = byte << 8;
    for (int bit = 0; bit < 8; ++bit)
      rest = (rest & 0x8000U) != 0 ? (rest << 1) ^ 0x1021U : rest << 1;
    table[byte] = static_cast<std::uint16_t>(rest);
  }
  return table;
}();

}  // namespace

std::uint16_t crc16(std::string_view bytes) {
  unsigned rest = 0;
  for (const unsigned char byte : bytes)
    rest = ((rest << 8) & 0xffffU) ^ crc_table[((rest >> 8) ^ byte) & 0xffU];
  return static_cast<std::uint16_t>(rest);
}

slot_number slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1)
      key = key.substr(open + 1, close - open - 1);
  }
  return static_cast<slot_number>(crc16(key) % slot_count);
}

}  // namespace glados::storage
