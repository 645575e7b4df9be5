// Real processes for the delivery tests, and the small things every one of those tests needs.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "delivery/message.hpp"

namespace glados::delivery {

inline constexpr std::chrono::seconds patience{20};  ///< for anything that should simply happen

/// A directory that goes away with its owner.
class temp_dir {
 public:
  temp_dir();
  ~temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A child process with its output on a pipe. Ended by its pid, at the latest when the test process
/// dies.
class process {
 public:
  process(const std::vector<std::string>& argv, const std::filesystem::path& directory);
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  /// Reads until the output since the last success holds `needle`; returns the rest of that line
  /// (the line itself is consumed). None if the process ends or the time is over first.
  std::optional<std::string> read_past(const std::string& needle,
                                       std::chrono::milliseconds within = patience);
  /// Waits for the end. True if it exited with 0.
  bool succeeded();

 private:
  bool read_some(std::chrono::steady_clock::time_point until);
  bool ended_within(std::chrono::milliseconds time) const;

  pid_t pid_ = -1;
  int output_ = -1;
  std::string seen_;
};

/// One gateway of gateways.py and its port.
struct toy_gateway {
  explicit toy_gateway(std::vector<std::string> arguments);
  /// The next line about something it took.
  std::string next() { return run.read_past("{").value_or("nothing came"); }

  process run;
  std::uint16_t port;
};

/// Ports nobody listens on right now.
std::vector<std::uint16_t> free_ports(std::size_t count);

std::string http_url(std::uint16_t port);
outgoing sms(std::string address, std::string text);
outgoing mail(std::string address, std::string subject, std::string text);

/// Sends and waits for the one report.
send_result ask(sender& via, outgoing message,
                std::chrono::milliseconds deadline = std::chrono::seconds{10});

}  // namespace glados::delivery
