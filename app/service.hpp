// One node as a whole: makes every part in order, and ends them in the opposite order.
//
//   keys, templates, data folder's lock -> Redis -> actor system -> registrar, sessions ->
//   member agent (identity, clock, shards) -> listeners
//
// Owned by `serve`; its members are called from the main thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace glados::app {

class service {
 public:
  /// Throws std::runtime_error with a sentence for the operator.
  explicit service(config::settings values);
  ~service();

  /// Starts everything but the providers' listener; returns at once.
  void start();
  /// Once, when it returned true: lets providers in, if the node can serve them by now or
  /// `unprepared`. Whoever came before that would only be refused.
  bool open(bool unprepared);
  bool ready() const;  ///< it is open, and can serve
  /// Set when the node must not go on (another incarnation of it took over); the reason.
  std::string fatal() const;

  /// SIGHUP.
  void reload(const config::settings& fresh);

  /// readyz fails, requests in flight finish, listeners close, shards are released. True if all of
  /// it was done in time.
  bool drain();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace glados::app
