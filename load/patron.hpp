// A connection of a load worker and whoever uses it. For the worker alone.
#pragma once

#include "load/worker.hpp"

namespace glados::load {

/// A provider's server on behalf of its users.
class worker::patron final : public wakeable {
 public:
  enum class state : std::uint8_t {
    free,     ///< has nothing to do
    asking,   ///< a request is under way, or waits for its connection
    resting,  ///< until its timer
    reading,  ///< waits for the code of its verification
    lost,     ///< its connection broke; the next sweep makes it anew
  };

  patron(worker& of, std::size_t number, std::size_t global)
      : index(number),
        caller_at(global % of.all_.callers.size()),
        to(of.all_.targets[global % of.all_.targets.size()]),
        link(of.all_.context, of.poller_, *this),
        text(of.options_, to, *of.all_.callers[caller_at]),
        home_(of) {}

  void on_ready() override { home_.handle(*this); }

  const std::size_t index;
  std::size_t caller_at;
  const target& to;
  connection link;
  request_text text;
  errand doing;
  state at = state::free;
  bool opened = false;     ///< before
  bool queued = false;     ///< stands in `idle_`
  bool continues = false;  ///< after its rest the errand goes on
  std::uint64_t intended = 0;

 private:
  worker& home_;
};

}  // namespace glados::load
