// What a provider's server remembers of what it did and was told, to act upon later.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "load/errand.hpp"
#include "workload/model.hpp"

namespace glados::load {

/// Of one caller, by one thread of a run. Holds the newest thousand of each kind. Pure.
class provider_book {
 public:
  /// Identifier 0 is the number `first`, and there are `count` of them. `has_secret`: the provider
  /// can sign in.
  provider_book(std::uint64_t first, std::uint64_t count, bool has_secret)
      : first_(first), count_(count), has_secret_(has_secret) {}

  /// What the provider does next. Nothing when there is nothing that it could be about.
  std::optional<order> next(workload::action what, workload::model& by);

  /// After each answer to an errand of the provider.
  void note(const errand& doing);
  /// After a call that got no answer.
  void note_lost(const errand& doing);
  /// The page of notices that an errand has in hand, and which of all that were told it is about.
  std::optional<notice> choose(const errand& doing, std::string_view page, workload::model& by);

 private:
  struct claim {
    std::string mapping;
    bool undecided = false;
  };
  struct session {
    std::string verification;
    std::uint64_t number = 0;
    unsigned user = 0;
  };
  struct told {
    notice what;
    bool restorable = false, reported = false;
  };

  order about(purpose what, workload::model& by) const;
  std::optional<order> decide(workload::model& by);
  std::optional<order> remove(workload::model& by);
  std::optional<order> guess(workload::model& by);
  std::optional<order> repeat(workload::model& by);
  std::optional<order> token(workload::model& by);
  void proven(const finding& what);
  void read(std::string_view page);

  std::uint64_t first_, count_;
  bool has_secret_;
  std::deque<claim> claims_;
  std::deque<session> sessions_;
  std::deque<order> unknown_;
  std::deque<std::string> tokens_;
  std::deque<told> notices_;
  std::string cursor_;  ///< behind the last notice
};

/// The purpose that an action begins with, and so its first call.
purpose purpose_of(workload::action what);

}  // namespace glados::load
