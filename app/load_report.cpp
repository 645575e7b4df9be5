#include "app/load_report.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstdarg>
#include <cstdio>

#include "app/load_figures.hpp"

namespace glados::app {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

__attribute__((format(printf, 1, 2))) std::string text(const char* form, ...) {
  std::array<char, 256> line;
  va_list values;
  va_start(values, form);
  std::vsnprintf(line.data(), line.size(), form, values);
  va_end(values);
  return line.data();
}

unsigned long long whole(std::uint64_t n) { return n; }

/// With so many decimals and no more: figures, not doubles.
void number(json_writer& to, double value, int decimals) {
  std::array<char, 64> out;
  const int size = std::snprintf(out.data(), out.size(), "%.*f", decimals, value);
  to.RawValue(out.data(), static_cast<std::size_t>(size), rapidjson::kNumberType);
}

template <class Statuses>
void put_statuses(json_writer& to, const Statuses& counts) {
  to.Key("status");
  to.StartObject();
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] != 0) {
      to.Key(std::to_string(i).c_str());
      to.Uint64(counts[i]);
    }
  to.EndObject();
}

void put_latency(json_writer& to, const char* name, const load::latency_histogram& of) {
  to.Key(name);
  to.StartObject();
  for (const auto& [label, percent] : load_percentiles) {
    to.Key(label);
    number(to, microseconds(of.percentile(percent)), 1);
  }
  to.Key("max");
  number(to, microseconds(of.max()), 1);
  to.Key("mean");
  number(to, of.mean() / 1e3, 1);
  to.EndObject();
}

void put_tally(json_writer& to, const load::tally& of) {
  put_statuses(to, of.by_status);
  to.Key("errors");
  to.StartObject();
  for (const auto& [name, count] : failures_of(of)) {
    to.Key(name);
    to.Uint64(count);
  }
  to.EndObject();
  put_latency(to, "latency_us", of.latency);
}

void put_operations(json_writer& to, const load::result& found) {
  to.Key("operations");
  to.StartObject();
  for (std::size_t i = 0; i < load::operation_count; ++i) {
    if (!something(found.operations[i]))
      continue;
    to.Key(std::string(to_string(static_cast<load::operation>(i))).c_str());
    to.StartObject();
    to.Key("requests");
    to.Uint64(found.operations[i].answered);
    put_tally(to, found.operations[i]);
    to.EndObject();
  }
  to.EndObject();
}

/// What of a scenario could not be done: there was nothing that it could be about.
void put_not_done(json_writer& to, const load::result& found) {
  to.Key("not_done");
  to.StartObject();
  for (std::size_t i = 0; i < found.not_done.size(); ++i)
    if (found.not_done[i] > 0) {
      to.Key(std::string(to_string(static_cast<workload::action>(i))).c_str());
      to.Uint64(found.not_done[i]);
    }
  to.EndObject();
}

void put_misbehaviour(json_writer& to, const load::outcome& seen) {
  to.Key("misbehaviour");
  to.StartObject();
  for (std::size_t i = 0; i < load::misbehaviour_count; ++i) {
    const auto& one = seen.misbehaved[i];
    if (one.connections == 0)
      continue;
    to.Key(std::string(to_string(static_cast<load::misbehaviour>(i))).c_str());
    to.StartObject();
    to.Key("connections");
    to.Uint(one.connections);
    to.Key("tries");
    to.Uint64(one.tries);
    to.Key("status");
    to.StartObject();
    for (const auto& [status, count] : one.by_status) {
      to.Key(std::to_string(status).c_str());
      to.Uint64(count);
    }
    to.EndObject();
    to.Key("ended_by_server");
    to.Uint64(one.ended);
    to.Key("unreachable");
    to.Uint64(one.unreachable);
    to.EndObject();
  }
  to.EndObject();
}

/// [[largest value of the bucket, how many], ...]: any percentile can be had from it.
void put_histogram(json_writer& to, const load::latency_histogram& of) {
  to.Key("histogram_us");
  to.StartArray();
  for (const auto& step : of.steps()) {
    to.StartArray();
    number(to, microseconds(step.value), 3);
    to.Uint64(step.count);
    to.EndArray();
  }
  to.EndArray();
}

void put_series(json_writer& to, const load::interval_series& of) {
  to.Key("over_time");
  to.StartObject();
  to.Key("seconds_each");
  to.Uint64(of.width());
  const auto column = [&](const char* name, auto value) {
    to.Key(name);
    to.StartArray();
    for (const auto& row : of.rows()) value(row);
    to.EndArray();
  };
  column("good", [&](const auto& row) { to.Uint64(row.good); });
  column("refused", [&](const auto& row) { to.Uint64(row.refused); });
  column("failed", [&](const auto& row) { to.Uint64(row.failed); });
  const auto percentile = [&](double percent) {
    return [&to, percent](const auto& row) {
      number(to, microseconds(row.latency.percentile(percent)), 1);
    };
  };
  column("p50_us", percentile(50));
  column("p99_us", percentile(99));
  column("max_us", percentile(100));
  to.EndObject();
}

}  // namespace

std::string load_json(const load::options& asked, const load::outcome& seen) {
  const auto all = seen.found.all();
  rapidjson::StringBuffer buffer;
  json_writer to(buffer);
  to.StartObject();
  to.Key("requests");
  to.Uint64(all.answered);
  to.Key("seconds");
  number(to, seen.found.seconds, 3);
  to.Key("rate");
  number(to, rate_of(seen.found, all), 1);
  if (asked.rate > 0) {
    to.Key("intended_rate");
    number(to, asked.rate, 1);
  }
  put_tally(to, all);
  put_operations(to, seen.found);
  to.Key("reconnects");
  to.Uint64(seen.found.reconnects);
  to.Key("codes_missing");
  to.Uint64(seen.found.codes_missing);
  if (asked.traffic)
    put_not_done(to, seen.found);
  to.Key("handshakes");
  to.Uint64(seen.found.handshakes.count());
  put_latency(to, "handshake_us", seen.found.handshakes);
  to.Key("connections");
  to.Uint(asked.connections);
  to.Key("callers");
  to.Uint64(seen.callers);
  to.Key("callers_used");
  to.Uint64(seen.callers_used);
  put_misbehaviour(to, seen);
  if (seen.callers > 0) {  // else client and server are one process
    to.Key("client_cpu_us_per_request");
    number(to, per_answer(seen.found.client_cpu, all), 2);
  }
  if (seen.server_cpu >= 0) {
    to.Key("server_cpu_us_per_request");
    number(to, per_answer(seen.server_cpu, all), 2);
  }
  put_histogram(to, all.latency);
  put_series(to, seen.over_time);
  to.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

namespace {

std::string statuses_text(const load::tally& of) {
  std::string out;
  for (std::size_t i = 0; i < of.by_status.size(); ++i)
    if (of.by_status[i] != 0)
      out += text(" %zu: %llu", i, whole(of.by_status[i]));
  return out.empty() ? " none" : out;
}

std::string operation_text(const char* name, const load::tally& of) {
  const auto at = [&](double percent) { return microseconds(of.latency.percentile(percent)); };
  return text("  %-12s %10llu %10.0f %10.0f %10.0f %10.0f %10.0f ", name, whole(of.answered),
              at(50), at(90), at(99), at(99.9), microseconds(of.latency.max())) +
         statuses_text(of) + "\n";
}

std::string not_done_text(const load::result& found) {
  std::string out;
  for (std::size_t i = 0; i < found.not_done.size(); ++i)
    if (found.not_done[i] > 0)
      out += text("%s %s %llu", out.empty() ? "" : ",",
                  std::string(to_string(static_cast<workload::action>(i))).c_str(),
                  whole(found.not_done[i]));
  return out.empty() ? out : "due, but about nothing that there was:" + out + "\n";
}

std::string misbehaviour_text(const load::outcome& seen) {
  std::string out;
  for (std::size_t i = 0; i < load::misbehaviour_count; ++i) {
    const auto& one = seen.misbehaved[i];
    if (one.connections == 0)
      continue;
    out += text("  %-12s %llu tries on %u connections;",
                std::string(to_string(static_cast<load::misbehaviour>(i))).c_str(),
                whole(one.tries), one.connections);
    for (const auto& [status, count] : one.by_status)
      out += text(" %d: %llu", status, whole(count));
    out += text(" ended by the server: %llu, unreachable: %llu\n", whole(one.ended),
                whole(one.unreachable));
  }
  return out.empty() ? out : "misbehaviour:\n" + out;
}

}  // namespace

std::string load_text(const load::options& asked, const load::outcome& seen) {
  const auto& found = seen.found;
  const auto all = found.all();
  std::string out = text("%llu answers in %.2f s, %.0f a second", whole(all.answered),
                         found.seconds, rate_of(found, all));
  out += asked.rate > 0 ? text(" (wanted %.0f)\n", asked.rate) : std::string("\n");
  out += "failed:";
  for (const auto& [name, count] : failures_of(all)) out += text(" %s %llu", name, whole(count));
  out += text(", lost and made anew: %llu connections\n", whole(found.reconnects));
  if (found.codes_missing > 0)
    out += text("codes that did not come: %llu\n", whole(found.codes_missing));
  out += asked.rate > 0 ? "latency from the intended start, us:\n" : "latency, us:\n";
  out += text("  %-12s %10s %10s %10s %10s %10s %10s  status\n", "", "answers", "p50", "p90", "p99",
              "p99.9", "max");
  std::size_t kinds = 0;
  for (std::size_t i = 0; i < load::operation_count; ++i)
    if (something(found.operations[i])) {
      ++kinds;
      out += operation_text(std::string(to_string(static_cast<load::operation>(i))).c_str(),
                            found.operations[i]);
    }
  if (kinds != 1)
    out += operation_text("all", all);
  if (found.handshakes.count() > 0)
    out += text("%llu handshakes, p50 %.0f us, p99 %.0f us\n", whole(found.handshakes.count()),
                microseconds(found.handshakes.percentile(50)),
                microseconds(found.handshakes.percentile(99)));
  if (seen.callers > 1)
    out += text("%zu of %zu callers had a connection\n", seen.callers_used, seen.callers);
  out += not_done_text(found);
  out += misbehaviour_text(seen);
  if (seen.callers > 0)
    out += text("client CPU %.1f us a request\n", per_answer(found.client_cpu, all));
  if (seen.server_cpu >= 0)
    out += text("server CPU %.1f us a request\n", per_answer(seen.server_cpu, all));
  return out;
}

}  // namespace glados::app
