#include "app/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>

#include "app/plot_scale.hpp"

namespace glados::app {
namespace {

// The picture, in its own units.
constexpr double wide = 760, high = 220, left = 74, right = 14, top = 12, bottom = 30;
constexpr double field_wide = wide - left - right, field_high = high - top - bottom;
constexpr std::size_t colours = 6;
constexpr int time_marks = 6;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string coordinate(double value) {
  std::array<char, 32> line{};
  std::snprintf(line.data(), line.size(), "%.1f", value);
  return line.data();
}

std::string with_unit(double value, const std::string& unit) {
  return number_text(value) + (unit.empty() ? "" : " " + unit);
}

double x_of(double share) { return left + share * field_wide; }
double y_of(double height) { return top + (1 - height) * field_high; }

void draw_text(std::string& out, double x, double y, std::string_view anchor,
               const std::string& text) {
  out += "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" +
         std::string(anchor) + "\">" + escaped(text) + "</text>";
}

void draw_rule(std::string& out, double y) {
  out.append("<line class=\"grid\" x1=\"").append(coordinate(left));
  out.append("\" x2=\"").append(coordinate(wide - right));
  out.append("\" y1=\"").append(coordinate(y)).append("\" y2=\"").append(coordinate(y));
  out.append("\"/>");
}

void draw_axes(std::string& out, const plot& what, const plot_scale& scale) {
  for (const double mark : scale.marks()) {
    draw_rule(out, y_of(scale.height(mark)));
    draw_text(out, left - 6, y_of(scale.height(mark)) + 4, "end",
              mark == scale.top() ? with_unit(mark, what.unit) : number_text(mark));
  }
  const auto length = length_of(what);
  const double last = length < 2 ? 0 : static_cast<double>(length - 1) * what.step;
  for (int i = 0; i <= time_marks && length > 1; ++i) {
    const double share = static_cast<double>(i) / time_marks;
    const auto text = number_text(what.first + share * last);
    draw_text(out, x_of(share), high - 10,
              i == 0            ? "start"
              : i == time_marks ? "end"
                                : "middle",
              i == time_marks ? text + " " + what.x_unit : text);
  }
}

/// A line through what was measured; it begins anew after a gap.
void draw_series(std::string& out, const plot_series& one, std::size_t length,
                 const plot_scale& scale, std::size_t number) {
  const auto spans = spans_of(one.values, static_cast<std::size_t>(field_wide));
  if (spans.empty())
    return;
  // A series that ends early ends early in the picture.
  const double covered =
      length < 2 ? 0 : static_cast<double>(one.values.size() - 1) / static_cast<double>(length - 1);
  std::string path;
  bool open = false;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (std::isnan(spans[i].least)) {
      open = false;
      continue;
    }
    const double share =
        spans.size() < 2 ? 0 : static_cast<double>(i) / static_cast<double>(spans.size() - 1);
    const auto x = coordinate(x_of(share * covered));
    path += (open ? "L" : "M") + x + " " + coordinate(y_of(scale.height(spans[i].least)));
    // Also a single value between two gaps is seen: as a point, by its round end.
    path += "L" + x + " " + coordinate(y_of(scale.height(spans[i].greatest)));
    open = true;
  }
  out += "<path class=\"line c" + std::to_string(number % colours) + "\" d=\"" + path + "\"/>";
}

std::optional<double> greatest_of(const plot_series& one) {
  std::optional<double> out;
  for (const double value : one.values)
    if (std::isfinite(value))
      out = std::max(out.value_or(value), value);
  return out;
}

std::string legend_of(const plot& what) {
  std::string out = "<p class=\"legend\">";
  for (std::size_t i = 0; i < what.series.size(); ++i) {
    const auto greatest = greatest_of(what.series[i]);
    out += "<span class=\"c" + std::to_string(i % colours) + "\">" + escaped(what.series[i].name) +
           "</span> " +
           (greatest ? "at most " + escaped(with_unit(*greatest, what.unit)) : "nothing measured") +
           " ";
  }
  return out + "</p>";
}

std::string table_of(const report_table& table) {
  std::string out = "<section><h2>" + escaped(table.title) + "</h2><table>";
  if (!table.head.empty()) {
    out += "<thead><tr>";
    for (const auto& cell : table.head) out += "<th scope=\"col\">" + escaped(cell) + "</th>";
    out += "</tr></thead>";
  }
  out += "<tbody>";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += i == 0 ? "<th scope=\"row\">" + escaped(row[i]) + "</th>"
                    : "<td>" + escaped(row[i]) + "</td>";
    out += "</tr>";
  }
  return out + "</tbody></table></section>\n";
}

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--page:#fff;--grid:#d9dde2;
--c0:#0063b1;--c1:#b8500a;--c2:#087f5b;--c3:#a61e6d;--c4:#5f3dc4;--c5:#6b5900}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--page:#15181c;--grid:#3a4048;
--c0:#6cb6ff;--c1:#ffa657;--c2:#56d4a6;--c3:#ff8cc6;--c4:#b8a1ff;--c5:#e3cf57}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);
max-width:800px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.1em;margin:1.6em 0 .3em}
table{border-collapse:collapse}th,td{padding:.15em .9em .15em 0;text-align:left;vertical-align:top}
td{font-variant-numeric:tabular-nums}th{font-weight:600}
svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--ink)}
.grid{stroke:var(--grid)}.line{fill:none;stroke-width:1.6;stroke-linejoin:round;
stroke-linecap:round}
path.c0{stroke:var(--c0)}path.c1{stroke:var(--c1);stroke-dasharray:7 3}
path.c2{stroke:var(--c2);stroke-dasharray:2 4}path.c3{stroke:var(--c3)}
path.c4{stroke:var(--c4);stroke-dasharray:7 3}path.c5{stroke:var(--c5);stroke-dasharray:2 4}
.legend{margin:0;font-size:13px}.legend span{font-weight:600}
span.c0{color:var(--c0)}span.c1{color:var(--c1)}span.c2{color:var(--c2)}
span.c3{color:var(--c3)}span.c4{color:var(--c4)}span.c5{color:var(--c5)}
)";

}  // namespace

std::string svg_of(const plot& what) {
  const plot_scale scale{what};
  std::string out = "<svg viewBox=\"0 0 " + number_text(wide) + " " + number_text(high) +
                    "\" role=\"img\" aria-label=\"" + escaped(what.title) + "\">";
  draw_axes(out, what, scale);
  const auto length = length_of(what);
  for (std::size_t i = 0; i < what.series.size(); ++i)
    draw_series(out, what.series[i], length, scale, i);
  return out + "</svg>";
}

std::string html_of(const report_page& page) {
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width\">\n";
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\">\n";
  out += "<title>" + escaped(page.title) + "</title>\n<style>" + std::string(style) +
         "</style></head>\n<body><main><h1>" + escaped(page.title) + "</h1>\n<p>" +
         escaped(page.about) + "</p>\n";
  for (const auto& table : page.tables) out += table_of(table);
  for (const auto& one : page.plots)
    out += "<section><h2>" + escaped(one.title) + "</h2>" + legend_of(one) + svg_of(one) +
           "</section>\n";
  return out + "</main></body></html>\n";
}

}  // namespace glados::app
