#include "app/load_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "app/load_scenario.hpp"

namespace glados::app {
namespace {

using load::purpose;

struct raw_options {
  std::vector<std::string> urls;
  std::string outbox, body_file, range, prove, mix, thinking, typing, arrivals, misbehave;
  scenario_words scenario;
  load::outbox_options reader;
  double unknown = 0, zipf = 0;
  bool sequential = false;
};

std::string read_body(const std::string& path) {
  constexpr std::size_t largest = 1024 * 1024;
  std::ifstream file(path, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(file), {});
  if (!file || out.size() > largest)
    throw std::runtime_error(path + ": cannot be read");
  return out;
}

[[noreturn]] void refuse(const char* option, const std::string& why) {
  throw CLI::ValidationError(option, why);
}

/// https://HOST[:PORT], an IPv6 address in brackets, nothing behind it.
load::place split_url(const std::string& url, const char* option) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme))
    refuse(option, "must begin with https://");
  auto rest = url.substr(scheme.size());
  if (rest.ends_with('/'))
    rest.pop_back();
  load::place out;
  const bool bracket = rest.starts_with('[');
  const auto host_end = bracket ? rest.find(']') : rest.find(':');
  out.host = rest.substr(bracket ? 1 : 0, host_end - (bracket ? 1 : 0));
  const auto colon = rest.find(':', bracket ? host_end : 0);
  out.port = colon == std::string::npos ? "443" : rest.substr(colon + 1);
  const bool digits =
      !out.port.empty() && out.port.size() <= 5 &&
      std::all_of(out.port.begin(), out.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (out.host.empty() || !digits || out.host.find('/') != std::string::npos ||
      (bracket && host_end == std::string::npos))
    refuse(option, "must be https://HOST[:PORT]");
  return out;
}

/// Text that becomes part of the request's head.
void need_plain(const std::string& value, const char* option) {
  if (value.empty() ||
      std::any_of(value.begin(), value.end(), [](char c) { return c <= ' ' || c >= 0x7F; }))
    refuse(option, "must be visible ASCII without blanks");
}

void add_service(CLI::App& to, load::options& into, raw_options& raw) {
  auto* group = to.add_option_group("Service");
  group
      ->add_option("--url", raw.urls,
                   "https://HOST[:PORT]; several, by commas: each connection goes to the next one")
      ->delimiter(',');
  group->add_option("--ca", into.authority, "authorities of the server's certificate (PEM)");
  group->add_option("--pids", into.pids, "server processes whose CPU time is taken")
      ->delimiter(',');
}

void add_direct(CLI::App& to, load_line& into) {
  auto* group = to.add_option_group("Without HTTP");
  auto* direct = group->add_flag(
      "--direct", into.direct,
      "instead of --url: starts a node without listeners in this process, over a Redis of its own; "
      "registers the known numbers of --tel-range and looks them up at its actors");
  group->add_option("--config", into.config, "its TOML file")->needs(direct);
  group->add_option("--set", into.settings, "key=value, wins over file and environment")
      ->needs(direct);
}

void add_callers(CLI::App& to, load::options& into) {
  auto* group = to.add_option_group("Callers");
  auto* many = group->add_option(
      "--callers", into.callers,
      "folder with one folder for each provider: cert.pem, key.pem, and client.json or token. "
      "Connections take them in turn");
  auto* cert =
      group->add_option("--cert", into.certificate, "one client certificate (PEM)")->excludes(many);
  group->add_option("--key", into.key, "its key (PEM)")->needs(cert);
  auto* token = group->add_option("--bearer-file", into.token_file, "file with the access token")
                    ->excludes(many);
  group
      ->add_option("--client", into.client_file,
                   "client.json with client_id and client_secret: gets the token itself, and the "
                   "next before it ends")
      ->excludes(many)
      ->excludes(token);
}

void add_errands(CLI::App& to, load::options& into, raw_options& raw) {
  auto* group = to.add_option_group("What they do");
  auto* mix = group->add_option(
      "--mix", raw.mix,
      "weights, e.g. lookup=95,verify=5: lookup and find (of --tel-range), verify "
      "(of --prove), quota, request. Without it lookups if there is a --tel-range, "
      "else the same request again and again");
  auto* path = group->add_option("--path", into.path, "target of that request");
  path->capture_default_str();
  group->add_option("--method", into.method, "its method")->capture_default_str();
  group->add_option("--body-file", raw.body_file, "its JSON body");
  auto* range = group->add_option(
      "--tel-range", raw.range,
      "BASE..COUNT: phone numbers BASE (digits without +) to BASE+COUNT-1, which the directory "
      "knows; the COUNT numbers behind them are the unknown ones");
  auto* unknown =
      group->add_option("--unknown-share", raw.unknown, "share of lookups for unknown numbers")
          ->check(CLI::Range(0.0, 1.0))
          ->needs(range);
  auto* zipf = group->add_option("--zipf", raw.zipf, "exponent of popularity; 0: uniform")
                   ->check(CLI::Range(0.0, 10.0))
                   ->needs(range);
  auto* sequential =
      group
          ->add_flag("--sequential", raw.sequential,
                     "every number in turn, unknown ones too if --unknown-share is above 0")
          ->needs(range)
          ->excludes(zipf);
  auto* scenario = group->add_option(
      "--scenario", raw.scenario.file,
      "TOML file as `glados sim` takes it, in place of a mix: [workload] and [time] say who does "
      "what, about which numbers, how often and for how long. --tel-range BASE[..COUNT], --rate, "
      "--duration and --workload win over it");
  for (auto* other : {mix, path, unknown, zipf, sequential}) scenario->excludes(other);
  group
      ->add_option("--workload", raw.scenario.changes,
                   "KEY=N or KEY=N..M, several by commas: as if the scenario's [workload] said so")
      ->delimiter(',')
      ->needs(scenario);
  group->add_option("--prove", raw.prove,
                    "BASE..COUNT: numbers that users prove, each once before one comes again");
  auto* outbox = group->add_option("--outbox", raw.outbox,
                                   "https://HOST[:PORT] of a sandbox's admin listener, where "
                                   "users find their codes");
  group->add_option("--outbox-cert", raw.reader.certificate, "an operator's certificate for it")
      ->needs(outbox);
  group->add_option("--outbox-key", raw.reader.key, "its key")->needs(outbox);
  group->add_option("--think", raw.thinking,
                    "closed loop: seconds between an answer and the next errand; MEAN "
                    "(exponential) or A..B (uniform)");
  group->add_option("--typing", raw.typing, "seconds from a code's arrival to its check; the same");
  group->add_option("--seed", into.seed, "the same seed asks for the same numbers");
}

void add_load(CLI::App& to, load::options& into, raw_options& raw) {
  auto* group = to.add_option_group("How much");
  group->add_option("--connections", into.connections, "at once")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  group->add_option("--threads", into.threads, "that drive them")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  group
      ->add_option("--requests-each", into.requests_each,
                   "so many, then the connection is made anew; 0: it is kept. 1: the handshake is "
                   "part of every latency")
      ->check(CLI::Range(0, 1'000'000'000));
  group
      ->add_option("--rate", into.rate,
                   "errands a second, whether or not the service keeps up; latency counts "
                   "from the intended start. 0: closed loop, each connection sends as soon as "
                   "it has its answer")
      ->check(CLI::Range(0.0, 1e7));
  group->add_option("--arrivals", raw.arrivals, "even or poisson")
      ->check(CLI::IsMember({"even", "poisson"}));
  auto* duration = group->add_option("--duration", into.duration, "seconds")
                       ->check(CLI::Range(0.01, 86'400.0))
                       ->capture_default_str();
  group->add_option("--requests", into.requests, "so many instead of a duration")
      ->excludes(duration);
  group->add_option("--warm-up", into.warm_up, "seconds of load before the counted ones")
      ->check(CLI::Range(0.0, 3'600.0));
  group->add_option("--timeout", into.timeout, "seconds for one answer, and for a handshake")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
}

void add_rest(CLI::App& to, load_line& into, raw_options& raw) {
  auto* bad = to.add_option_group("Misbehaviour beside the load, counted apart");
  bad->add_option("--misbehave", raw.misbehave,
                  "connections by kind, e.g. junk=5,scrape=1: slow-reader, half-request, junk, "
                  "reset, guess (codes of numbers of --prove), scrape (--tel-range, one after "
                  "the other)");
  bad->add_option("--misbehave-pause", into.asked.misbehaving_pause,
                  "seconds between two tries of a connection")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  auto* told = to.add_option_group("What is told");
  told->add_flag("--json", into.json, "one JSON object instead of text");
  told->add_option("--html", into.html, "file for a page with plots");
  told->add_flag("--progress", into.lines,
                 "a line a second on stderr, also if that is no terminal");
}

std::optional<load::key_space> range_of(const std::string& text, const char* option) {
  if (text.empty())
    return {};
  auto out = load::parse_key_space(text);
  if (!out)
    refuse(option, "must be BASE..COUNT, at most 15 digits and 10,000,000");
  return out;
}

load::pause_law pause_of(const std::string& text, const char* option) {
  if (text.empty())
    return {};
  const auto out = load::parse_pause(text);
  if (!out)
    refuse(option, "must be MEAN or A..B, in seconds, at most 3600");
  return *out;
}

void complete_outbox(load::options& into, const raw_options& raw) {
  if (raw.outbox.empty())
    return;
  into.outbox = raw.reader;
  into.outbox->at = split_url(raw.outbox, "--outbox");
  if (raw.reader.certificate.empty() || raw.reader.key.empty())
    refuse("--outbox", "needs --outbox-cert and --outbox-key");
}

/// The scenario has the last word on the numbers.
void complete_scenario(load::options& into, const raw_options& raw, const CLI::App& app) {
  if (raw.scenario.file.empty())
    return;
  auto words = raw.scenario;
  const auto given = [&](const char* option) { return app.count(option) > 0; };
  words.range = raw.range;
  words.rate = given("--rate");
  words.duration = given("--duration") || given("--requests");
  words.connections = given("--connections");
  take_scenario(words, into);
}

void complete_errands(load::options& into, const raw_options& raw) {
  need_plain(into.path, "--path");
  need_plain(into.method, "--method");
  if (!raw.body_file.empty())
    into.body = read_body(raw.body_file);
  if (raw.scenario.file.empty() && (into.numbers = range_of(raw.range, "--tel-range"))) {
    into.numbers->unknown_share = raw.unknown;
    into.numbers->zipf = raw.zipf;
    into.numbers->sequential = raw.sequential;
    into.mix = load::purpose_mix(purpose::lookup);
  }
  into.provable = range_of(raw.prove, "--prove");
  if (!raw.mix.empty()) {
    const auto mix = load::purpose_mix::parse(raw.mix);
    if (!mix)
      refuse("--mix", "must be NAME=WEIGHT,... of lookup, find, verify, quota, request");
    into.mix = *mix;
  }
  into.thinking = pause_of(raw.thinking, "--think");
  into.typing = pause_of(raw.typing, "--typing");
  if ((into.mix.has(purpose::lookup) || into.mix.has(purpose::find)) && !into.numbers)
    refuse("--mix", "lookup and find need --tel-range");
  if (into.mix.has(purpose::verify) && (!into.provable || !into.outbox))
    refuse("--mix", "verify needs --prove and --outbox");
  if (!into.thinking.none() && into.rate > 0)
    refuse("--think", "is for a closed loop: with --rate the schedule says when");
}

void complete_misbehaviour(load::options& into, const raw_options& raw) {
  if (raw.misbehave.empty())
    return;
  const auto found = load::parse_misbehaviour(raw.misbehave);
  if (!found)
    refuse("--misbehave",
           "must be NAME=COUNT,... of slow-reader, half-request, junk, reset, "
           "guess, scrape; at most 10,000 each");
  into.misbehaving = *found;
  const auto asks = [&](load::misbehaviour what) {
    return into.misbehaving[static_cast<std::size_t>(what)] > 0;
  };
  if (asks(load::misbehaviour::guess) && !into.provable)
    refuse("--misbehave", "guess needs --prove");
  if (asks(load::misbehaviour::scrape) && !into.numbers)
    refuse("--misbehave", "scrape needs --tel-range");
}

/// Only what its actors are asked can be asked for.
void complete_direct(const load::options& into) {
  if (!into.numbers || into.traffic || into.mix.only() != purpose::lookup)
    refuse("--direct", "needs --tel-range, and looks up only");
  if (!into.places.empty() || !into.callers.empty() || !into.certificate.empty() ||
      !into.thinking.none() || into.requests_each > 0 || !into.pids.empty() ||
      into.misbehaving != load::options().misbehaving)
    refuse("--direct", "has no connections, callers, pauses or processes beside itself");
}

void complete(load_line& line, const raw_options& raw, const CLI::App& app) {
  auto& into = line.asked;
  complete_outbox(into, raw);
  complete_scenario(into, raw, app);
  if (!line.direct && (into.authority.empty() || raw.urls.empty()))
    refuse("--url", "and --ca are needed, or --direct");
  for (const auto& url : raw.urls) into.places.push_back(split_url(url, "--url"));
  if (into.certificate.empty() != into.key.empty())
    refuse("--cert", "needs --key");
  if (into.threads > into.connections)
    refuse("--threads", "more than connections");
  if (into.places.size() > into.connections)
    refuse("--url", "more than connections");
  if (!raw.arrivals.empty() && into.rate <= 0)
    refuse("--arrivals", "needs --rate");
  into.poisson = raw.arrivals == "poisson";
  complete_errands(into, raw);
  complete_misbehaviour(into, raw);
  if (line.direct)
    complete_direct(into);
}

}  // namespace

std::optional<load_line> read_load_line(int argc, char** argv, int& status) {
  CLI::App app{
      "Load on a GLADOS service over HTTPS with client certificates: closed or open loop, one "
      "provider or thousands, lookups, verifications and misbehaviour. See docs/testing.md.",
      "glados load"};
  load_line out;
  raw_options raw;
  add_service(app, out.asked, raw);
  add_direct(app, out);
  add_callers(app, out.asked);
  add_errands(app, out.asked, raw);
  add_load(app, out.asked, raw);
  add_rest(app, out, raw);
  try {
    app.parse(argc, argv);
    complete(out, raw, app);
    return out;
  } catch (const CLI::ParseError& why) {
    status = app.exit(why) == 0 ? 0 : 2;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "glados load: %s\n", why.what());
    status = 1;
  }
  return {};
}

}  // namespace glados::app
