// Bytes of the stored values (codec.hpp): a writer and a reader of the same fields. Each value
// belongs to one function call and dies with it.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "domain/ids.hpp"

namespace glados::storage {

/// First byte of every value.
inline constexpr std::uint8_t value_format = 1;

class byte_writer {
 public:
  byte_writer() { byte(value_format); }

  void byte(std::uint8_t value) { out_ += static_cast<char>(value); }

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }

  /// Zigzag, so that small negative numbers are short.
  void signed_number(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }

  void time(instant at) { number(static_cast<std::uint64_t>(at.us)); }

  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }

  /// Eight random bytes, for which a varint would be longer.
  void tag(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) byte(static_cast<std::uint8_t>(value >> shift));
  }

  template <std::size_t N>
  void raw(const std::array<std::uint8_t, N>& bytes) {
    out_.append(reinterpret_cast<const char*>(bytes.data()), N);
  }

  template <class Enum>
  void choice(Enum value) {
    byte(static_cast<std::uint8_t>(value));
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what `byte_writer` wrote. After the first fault every read answers zero and `ok` stays
/// false.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {
    if (byte() != value_format)
      ok_ = false;
  }

  std::uint8_t byte() {
    if (!ok_ || rest_.empty())
      return fail();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      if (shift == 63 && next > 1)
        return fail();
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if ((next & 0x80) == 0)
        return ok_ ? value : 0;
    }
    return fail();
  }

  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  template <std::integral Number>
  Number number_as() {
    const std::uint64_t value = number();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
      return static_cast<Number>(fail());
    return static_cast<Number>(value);
  }

  instant time() { return {static_cast<std::int64_t>(number())}; }

  std::string text() {
    const std::uint64_t size = number();
    if (!ok_ || size > rest_.size()) {
      fail();
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }

  std::uint64_t tag() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return ok_ ? value : 0;
  }

  template <std::size_t N>
  std::array<std::uint8_t, N> raw() {
    std::array<std::uint8_t, N> value{};
    if (!ok_ || rest_.size() < N) {
      fail();
      return value;
    }
    std::copy_n(rest_.begin(), N, value.begin());
    rest_.remove_prefix(N);
    return value;
  }

  /// A choice with the members 0 to `last`.
  template <class Enum>
  Enum choice(Enum last) {
    const std::uint8_t value = byte();
    if (value > static_cast<std::uint8_t>(last)) {
      fail();
      return Enum{};
    }
    return static_cast<Enum>(value);
  }

  /// How many elements follow; each takes at least one byte, so more than the rest is a fault.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > rest_.size())
      return fail();
    return static_cast<std::size_t>(value);
  }

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  std::uint8_t fail() {
    ok_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace glados::storage
