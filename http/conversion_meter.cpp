#include "http/conversion_meter.hpp"

namespace glados::http {
namespace {

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

conversion_meter::conversion_meter(telemetry::registry& in) {
  in.add_counter_family("glados_codes_sent_total", "Codes that providers had sent",
                        {"country", "channel"}, [counts = sent_] { return counts->read(); });
  in.add_counter_family("glados_codes_confirmed_total", "Of these, codes that came back right",
                        {"country", "channel"}, [counts = confirmed_] { return counts->read(); });
}

std::atomic<std::uint64_t>& conversion_meter::grid::at(const destination& to,
                                                       channel way) noexcept {
  const auto& region = to.region;
  std::size_t row = letters * letters;
  if (region.size() == 2 && is_letter(region[0]) && is_letter(region[1]))
    row = static_cast<std::size_t>(region[0] - 'A') * letters +
          static_cast<std::size_t>(region[1] - 'A');
  return cells[row][static_cast<std::size_t>(way)];
}

std::vector<telemetry::labelled> conversion_meter::grid::read() const {
  std::vector<telemetry::labelled> out;
  for (std::size_t row = 0; row < cells.size(); ++row)
    for (std::size_t column = 0; column < channels; ++column) {
      const auto count = cells[row][column].load(order);
      if (count == 0)
        continue;
      const auto way = static_cast<channel>(column);
      std::string country = way == channel::email ? "none" : "other";
      if (row < letters * letters)
        country = {static_cast<char>('A' + row / letters), static_cast<char>('A' + row % letters)};
      out.push_back(
          {{std::move(country), std::string(to_string(way))}, static_cast<double>(count)});
    }
  return out;
}

}  // namespace glados::http
