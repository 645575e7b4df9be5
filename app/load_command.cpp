#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "app/load.hpp"
#include "app/load_run.hpp"

namespace glados::app {
namespace {

struct raw_options {
  std::vector<std::string> urls;
  std::string range, token_file, body_file;
  double unknown = 0, zipf = 0;
  bool sequential = false;
};

std::string read_file(const std::string& path, const char* option) {
  std::ifstream file(path, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(file), {});
  if (!file || out.size() > 1024 * 1024)
    throw std::runtime_error(std::string(option) + " cannot be read");
  return out;
}

/// https://HOST[:PORT], an IPv6 address in brackets, nothing behind it.
load_place split_url(const std::string& url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme))
    throw CLI::ValidationError("--url", "must begin with https://");
  auto rest = url.substr(scheme.size());
  if (rest.ends_with('/'))
    rest.pop_back();
  load_place into;
  const bool bracket = rest.starts_with('[');
  const auto host_end = bracket ? rest.find(']') : rest.find(':');
  into.host = rest.substr(bracket ? 1 : 0, host_end - (bracket ? 1 : 0));
  const auto colon = rest.find(':', bracket ? host_end : 0);
  into.port = colon == std::string::npos ? "443" : rest.substr(colon + 1);
  const bool digits =
      !into.port.empty() &&
      std::all_of(into.port.begin(), into.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (into.host.empty() || !digits || into.host.find('/') != std::string::npos ||
      (bracket && host_end == std::string::npos))
    throw CLI::ValidationError("--url", "must be https://HOST[:PORT]");
  return into;
}

/// Text that becomes part of the request's head.
void need_plain(const std::string& value, const char* option) {
  if (std::any_of(value.begin(), value.end(), [](char c) { return c <= ' ' || c >= 0x7F; }))
    throw CLI::ValidationError(option, "must be visible ASCII without blanks");
}

void add_target(CLI::App& to, load_options& into, raw_options& raw) {
  to.add_option("--url", raw.urls,
                "https://HOST[:PORT]; several, by commas: each connection goes to the next one")
      ->required()
      ->delimiter(',');
  to.add_option("--ca", into.authority, "authorities of the server's certificate (PEM)")
      ->required();
  auto* cert = to.add_option("--cert", into.certificate, "client certificate (PEM)");
  to.add_option("--key", into.key, "its key (PEM)")->needs(cert);
  to.add_option("--bearer-file", raw.token_file, "file with the access token");
  to.add_option("--path", into.path, "request target")->capture_default_str();
  to.add_option("--method", into.method)->capture_default_str();
  auto* body = to.add_option("--body-file", raw.body_file, "the same JSON body for every request");
  auto* range =
      to.add_option("--tel-range", raw.range,
                    "BASE..COUNT: bodies that ask for phone numbers BASE (digits without "
                    "+) to BASE+COUNT-1; the COUNT numbers behind them are the unknown ones");
  range->excludes(body);
  to.add_option("--unknown-share", raw.unknown, "share of requests for unknown numbers")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(range);
  auto* zipf = to.add_option("--zipf", raw.zipf, "exponent of the numbers' popularity; 0: uniform")
                   ->check(CLI::Range(0.0, 10.0))
                   ->needs(range);
  to.add_flag("--sequential", raw.sequential,
              "every number in turn, unknown ones too if --unknown-share is above 0")
      ->needs(range)
      ->excludes(zipf);
}

void add_load(CLI::App& to, load_options& into) {
  to.add_option("--connections", into.connections)->check(CLI::Range(1, 100'000));
  to.add_option("--threads", into.threads)->check(CLI::Range(1, 256));
  to.add_option("--rate", into.rate,
                "requests a second by a fixed schedule; latency counts from the intended start. "
                "0: closed loop, each connection sends as soon as it has its answer")
      ->check(CLI::Range(0.0, 1e7));
  auto* duration = to.add_option("--duration", into.duration, "seconds, 10 unless given")
                       ->check(CLI::Range(0.01, 86'400.0));
  to.add_option("--requests", into.requests, "so many instead of a duration")->excludes(duration);
  to.add_option("--warm-up", into.warm_up, "seconds of load before the counted ones")
      ->check(CLI::Range(0.0, 3'600.0));
  to.add_option("--timeout", into.timeout, "seconds for one answer, 10 unless given")
      ->check(CLI::Range(0.1, 600.0));
  to.add_option("--seed", into.seed, "the same seed asks for the same numbers");
  to.add_option("--pids", into.pids, "server processes whose CPU time is taken")->delimiter(',');
  to.add_flag("--json", into.json, "one JSON object instead of text");
}

void complete(load_options& into, const raw_options& raw) {
  for (const auto& url : raw.urls) into.places.push_back(split_url(url));
  need_plain(into.path, "--path");
  need_plain(into.method, "--method");
  if (into.certificate.empty() != into.key.empty())
    throw CLI::ValidationError("--cert", "needs --key");
  if (into.threads > into.connections)
    throw CLI::ValidationError("--threads", "more than connections");
  if (into.places.size() > into.connections)
    throw CLI::ValidationError("--url", "more than connections");
  if (!raw.token_file.empty()) {
    into.token = read_file(raw.token_file, "--bearer-file");
    into.token.erase(into.token.find_last_not_of("\r\n \t") + 1);
    need_plain(into.token, "--bearer-file");
  }
  if (!raw.body_file.empty())
    into.body = read_file(raw.body_file, "--body-file");
  if (raw.range.empty())
    return;
  into.numbers = parse_key_space(raw.range);
  if (!into.numbers)
    throw CLI::ValidationError("--tel-range",
                               "must be BASE..COUNT, at most 15 digits and 10,000,000");
  into.numbers->unknown_share = raw.unknown;
  into.numbers->zipf = raw.zipf;
  into.numbers->sequential = raw.sequential;
}

}  // namespace

int run_load(int argc, char** argv) {
  CLI::App app{
      "Load on an HTTPS interface: closed loop or fixed rate, client certificate, "
      "keep-alive.",
      "glados load"};
  load_options options;
  raw_options raw;
  add_target(app, options, raw);
  add_load(app, options);
  try {
    app.parse(argc, argv);
    complete(options, raw);
    const auto outcome = perform_load(options);
    std::fputs(render(options, outcome).c_str(), stdout);
    return outcome.result.answered > 0 ? 0 : 1;
  } catch (const CLI::ParseError& why) {
    return app.exit(why) == 0 ? 0 : 2;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "glados load: %s\n", why.what());
    return 1;
  }
}

}  // namespace glados::app
