// Hash slots of Redis Cluster: which of the 16,384 a key belongs to.
#pragma once

#include <cstdint>
#include <string_view>

namespace glados::storage {

using slot_number = std::uint16_t;
inline constexpr std::size_t slot_count = 16'384;

/// CRC16 of the XMODEM kind (polynomial 0x1021, from zero), as the cluster specification has it.
std::uint16_t crc16(std::string_view bytes);

/// Of the part between the first `{` and the next `}`, if there is one and it is not empty; else of
/// the whole key.
slot_number slot_of(std::string_view key);

}  // namespace glados::storage
