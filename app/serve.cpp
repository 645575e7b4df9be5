#include "app/serve.hpp"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <iostream>
#include <string>

#include "app/service.hpp"
#include "app/service_manager.hpp"
#include "http/server.hpp"
#include "telemetry/log.hpp"

namespace glados::app {
namespace {

using telemetry::field;
using telemetry::level;

/// A core file would hold keys, codes and identifiers, and its name could hold arguments.
void forbid_core_files() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

level level_of(const std::string& name) {
  if (name == "debug")
    return level::debug;
  if (name == "warn")
    return level::warn;
  return name == "error" ? level::error : level::info;
}

/// Signals are taken by the main thread alone; set before any other thread starts.
sigset_t take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

/// The next signal, or 0 after a while without one.
int next_signal(const sigset_t& set, long patience_ms) {
  const timespec patience{0, patience_ms * 1'000'000};
  const int got = sigtimedwait(&set, nullptr, &patience);
  return got > 0 ? got : 0;
}

/// How long a node that cannot serve yet (it has no Redis) lets providers wait before it tells them
/// so.
constexpr std::chrono::seconds opening_wait{5};

int run(service& node, const sigset_t& signals, const std::string& manager,
        const std::function<config::loaded()>& again) {
  bool opened = false, announced = false;
  const auto open_by = std::chrono::steady_clock::now() + opening_wait;
  for (;;) {
    const int signal = next_signal(signals, opened ? 200 : 20);
    if (!opened && node.open(std::chrono::steady_clock::now() >= open_by)) {
      opened = true;
      tell_manager(manager, node.ready() ? "READY=1\nSTATUS=serving"
                                         : "READY=1\nSTATUS=waiting for Redis or the cluster");
    }
    if (!announced && node.ready()) {
      announced = true;
      tell_manager(manager, "STATUS=serving");
      telemetry::log_event(level::info, "node.ready");
    }
    if (const auto why = node.fatal(); !why.empty()) {
      std::cerr << "glados: " << why << "\n";
      telemetry::log_event(level::error, "node.stopped");
      node.drain();
      return 1;
    }
    if (signal == SIGHUP) {
      telemetry::reopen_log();
      if (auto fresh = again())
        node.reload(fresh.values);
      else
        telemetry::log_event(level::error, "config.refused",
                             {field("faults", fresh.faults.size())});
    } else if (signal != 0) {
      tell_manager(manager, "STOPPING=1\nSTATUS=handing its shards over");
      telemetry::log_event(level::info, "node.draining");
      const bool clean = node.drain();
      telemetry::log_event(level::info, "node.ended", {field("clean", clean)});
      return 0;
    }
  }
}

}  // namespace

int serve(config::settings values, std::function<config::loaded()> again) {
  forbid_core_files();
  const auto signals = take_signals();
  const auto manager = take_notify_socket();
  http::prepare_process();
  if (!telemetry::open_log(values.log.path, level_of(values.log.level))) {
    std::cerr << "glados: log.path: cannot be opened\n";
    return 1;
  }
  int status = 1;
  try {
    telemetry::log_event(level::info, "node.starting", {field("profile", values.profile)});
    service node(std::move(values));
    node.start();
    status = run(node, signals, manager, again);
  } catch (const std::exception& why) {
    std::cerr << "glados: " << why.what() << "\n";
    telemetry::log_event(level::error, "node.failed");
  }
  telemetry::close_log();
  return status;
}

}  // namespace glados::app
