#include "admin/program.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <istream>
#include <ostream>

#include "admin/commands.hpp"
#include "admin/help.hpp"
#include "admin/https.hpp"
#include "admin/pki.hpp"
#include "admin/probe.hpp"
#include "admin/profile.hpp"

namespace glados::admin {
namespace {

int code(outcome how) { return static_cast<int>(how); }

int ended(const program_row& program, const command_line& line, const stop& why, console& io) {
  if (why.how == outcome::done)
    return code(why.how);
  if (line.has("json") && !why.detail.empty())
    io.err << why.detail << "\n";
  else if (const std::string text = why.what(); !text.empty())
    io.err << program.name << ": " << text << "\n";
  return code(why.how);
}

/// The profile of --url and its files, or of the file of profiles.
profile profile_of(const command_line& line) {
  std::vector<std::string> faults;
  std::optional<profile> chosen;
  if (const auto url = line.option("url")) {
    chosen = profile{"of --url", *url, line.option("ca").value_or(""),
                     line.option("cert").value_or(""), line.option("key").value_or("")};
    if (!url_fault(*url).empty())
      faults.push_back("--url " + url_fault(*url));
  } else {
    const auto path = profile_path(line);
    const auto file = read_profiles(path, faults);
    if (faults.empty())
      chosen = choose(file, line.option("profile").value_or(""), faults);
  }
  if (chosen && faults.empty())
    check_files(*chosen, std::chrono::seconds(std::time(nullptr)), faults);
  std::string all;
  for (const auto& fault : faults) all.append(all.empty() ? "" : "\n  ").append(fault);
  if (!chosen || !faults.empty())
    throw stop(outcome::bad_line, all);
  return *chosen;
}

}  // namespace

std::string profile_path(const command_line& line) {
  if (const auto given = line.option("profile-file"))
    return *given;
  return default_profile_file(std::getenv("XDG_CONFIG_HOME"), std::getenv("HOME"));
}

int run(const program_row& program, std::span<const std::string_view> words, console& io,
        const std::function<std::unique_ptr<transport>(const command_line&)>& connect) {
  const auto typed = parse(program, words);
  if (typed.help) {
    io.out << help_text(program, typed.topic);
    return code(words.empty() ? outcome::bad_line : outcome::done);
  }
  if (!typed.fault.empty()) {
    io.err << program.name << ": " << plain(typed.fault) << "\n"
           << "see " << program.name << (typed.topic.empty() ? "" : " " + plain(typed.topic))
           << " --help\n";
    return code(outcome::bad_line);
  }
  try {
    session one(typed.line, io, [&] { return connect(typed.line); });
    typed.line.command->run(one);
    io.out.flush();
    return code(io.out ? outcome::done : outcome::bad_line);
  } catch (const stop& why) {
    return ended(program, typed.line, why, io);
  }
}

int run_admin(std::span<const std::string_view> words, console& io) {
  return run(admin_program(), words, io,
             [](const command_line& line) { return connect_to(profile_of(line)); });
}

int run_pki(std::span<const std::string_view> words, console& io) {
  return run(pki_program(), words, io,
             [](const command_line&) { return std::unique_ptr<transport>(); });
}

int run_probe(std::span<const std::string_view> words, console& io) {
  return run(probe_program(), words, io,
             [](const command_line&) { return std::unique_ptr<transport>(); });
}

}  // namespace glados::admin
