// Keeps a node's lease on its provider's lookups: fills it before it is empty, hands out units to
// requests that came too late for that, gives back what is not used. A part of the session actor;
// all members run in its turn. One question to storage at a time, so nothing overtakes.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/session_view.hpp"

namespace glados::actors {

/// A lease without lookups is given back after so long.
inline constexpr std::chrono::seconds lease_idle{10};
/// How long a worker believes that there is nothing left: other nodes may give back.
inline constexpr std::chrono::milliseconds lease_empty{100};

class session_lease {
 public:
  /// `quiet` is called after each answer of storage.
  void begin(session_actor::pointer self, node_context& node, std::shared_ptr<session_view> view,
             std::function<void()> quiet);

  /// The budget may have changed with users, standing or the provider's record. Before the first
  /// time nothing is leased: a budget without its users is far too small, and storage would believe
  /// it.
  void terms_read(std::uint64_t product);
  /// They could not be read; who waits for the first time is told so.
  void terms_unread(errc why);
  /// Units for a request that waits.
  caf::result<charge_answer> charge(const charge_lookup& asked);
  /// Leases or gives back if there is need.
  void tend();
  /// Calls `then` when storage has been asked once more.
  void refresh(std::function<void(errc)> then);
  /// Every so often: idle leases, renewals, counts.
  void sweep();
  /// Gives everything back; no more leases.
  void close();

  bool busy() const { return asking_; }
  instant last_used() const { return last_used_; }

 private:
  struct waiting_charge {
    std::uint64_t units = 0;
    caf::typed_response_promise<charge_answer> promise;
    bool asked_again = false;  ///< nobody knows what became of the first question for it
  };
  /// A question to storage under way.
  struct asked_for {
    lease_request what;
    std::size_t waiting = 0;   ///< how many charges it is for
    std::uint64_t loose = 0;   ///< units taken out of the lease for them
    local_lease::era era = 0;  ///< when it was asked
  };

  local_lease& lease() const { return view_->lookups(); }
  budget_terms terms() const;
  void note_use();
  void put_aside(std::uint64_t units);
  asked_for next_question();
  void ask(const asked_for& next);
  void granted(const asked_for& asked, const lease_grant& got);
  void failed(const asked_for& asked, errc why);
  std::uint64_t left_after(const asked_for& asked, std::uint64_t units) const;
  void serve(const asked_for& asked, std::uint64_t units);
  void answered(errc code);
  void report_refusals();

  session_actor::pointer self_ = nullptr;
  node_context* node_ = nullptr;
  std::shared_ptr<session_view> view_;
  std::function<void()> quiet_;
  budget_terms told_;               ///< what storage heard last
  std::uint64_t lease_budget_ = 0;  ///< under which the units of this era were granted
  std::uint64_t aside_ = 0;         ///< taken out of the lease, to be given back
  std::uint64_t aside_budget_ = 0;  ///< the largest under which any of these were granted
  std::vector<waiting_charge> waiting_;
  std::vector<std::function<void(errc)>> refreshing_;
  std::uint64_t seen_ = 0;
  instant last_used_, renewed_at_;
  bool known_ = false;  ///< the terms were read
  bool asking_ = false;
  bool again_ = false;    ///< something came up meanwhile
  bool holding_ = false;  ///< storage counts this node among the holders
  bool closed_ = false;
};

}  // namespace glados::actors
