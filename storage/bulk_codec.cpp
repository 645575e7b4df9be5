#include "storage/bulk_codec.hpp"

#include "storage/bytes.hpp"

namespace glados::storage {
namespace {

constexpr std::uint8_t status_bits = 0x03;
constexpr std::uint8_t claim_bit = 0x04;

}  // namespace

std::string encode(const row_results& results) {
  byte_writer out;
  out.byte(results.index_version);
  out.number(results.rows.size());
  std::uint32_t before = 0;
  for (const auto& row : results.rows) {
    out.number(row.line - before);
    before = row.line;
    out.byte(static_cast<std::uint8_t>(static_cast<std::uint8_t>(row.status) |
                                       (row.has_claim ? claim_bit : 0)));
    if (row.status == row_status::rejected)
      out.choice(row.problem);
    if (!row.has_claim)
      continue;
    out.raw(row.key.value);
    out.number(row.salt);
  }
  return out.take();
}

std::optional<row_results> decode_results(std::string_view bytes) {
  byte_reader in(bytes);
  row_results out;
  out.index_version = in.byte();
  const std::size_t count = in.count();
  out.rows.reserve(count);
  std::uint64_t line = 0;
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    row_result row;
    line += in.number_as<std::uint32_t>();
    row.line = static_cast<std::uint32_t>(line);
    const auto flags = in.byte();
    if (line > UINT32_MAX || (flags & ~(status_bits | claim_bit)) != 0)
      in.fail();
    row.status = static_cast<row_status>(flags & status_bits);
    row.has_claim = (flags & claim_bit) != 0;
    if (row.status == row_status::rejected)
      row.problem = in.choice(static_cast<errc>(errc_count - 1));
    if (row.has_claim) {
      row.key.value = in.raw<16>();
      row.salt = in.number_as<std::uint32_t>();
    }
    out.rows.push_back(row);
  }
  if (!in.done())
    return std::nullopt;
  return out;
}

}  // namespace glados::storage
