// The providers of a run and their users at work: workload/model says who does what about whom, in
// the order of its one stream of chance. Every call and its answer is told to the invariants.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "domain/provider.hpp"
#include "sim/call.hpp"
#include "workload/model.hpp"

namespace glados::sim {

class life;
class world;
using call_ptr = std::shared_ptr<call>;

/// How a run's calls were answered.
struct call_counts {
  std::uint64_t made = 0, answered = 0, failed = 0, abandoned = 0, refused_connections = 0;
  std::uint64_t lookups_admitted = 0, lookups_refused = 0;
  std::map<std::string, std::uint64_t> by_answer;  ///< "lookup 404"
};

/// Owned by the world.
class providers {
 public:
  explicit providers(world& in);

  const std::vector<provider>& records() const { return records_; }
  void start();
  void stop() { going_ = false; }
  /// A user holds a code in hand.
  void code_arrived(const std::string& verification_id);
  /// Everything healed: every identifier is looked up, and verified anew.
  void begin_probe();
  /// What the probe has not got yet; empty: all is well.
  std::string missing() const;
  std::size_t waiting() const { return open_calls_; }
  const call_counts& counts() const { return counts_; }

 private:
  struct user_session {
    std::string id;
    unsigned provider = 0, who = 0;
    std::string user;
    bool probe = false, checked = false;
    int wrong_first = 0;
  };
  struct claim {
    unsigned provider = 0, who = 0;
    std::uint32_t salt = 0;
  };
  using done = std::function<void(const call_ptr&)>;

  void set_webhook(unsigned provider);
  void next_call();
  void act();
  unsigned any_node();
  std::string id_of(unsigned provider) const { return records_[provider].id; }

  call_ptr make(deed what, unsigned provider, unsigned who);
  /// Brings the call to its node; `work` runs in that process. Not made if there is none.
  void enter(const call_ptr& made, std::function<void(life&)> work, done then = {});
  void finish(const call_ptr& made, errc code);

  // calls.cpp
  void look_up(unsigned who, bool probe = false);
  void settle_lookup(life& of, const call_ptr& made, std::uint16_t era,
                     const actors::lookup_answer& got);
  void open(unsigned provider, unsigned who, bool probe, const restore_order& restores = {},
            const std::string& user = {});
  void repeat();
  void send_opening(life& of, const call_ptr& made, const actors::open_verification& asked);
  void check(user_session& of, bool right);
  void guess();
  void decide();
  void remove();
  void restore();
  void report();
  void register_rows();
  void token();
  void issue_token();
  void checked(const call_ptr& made);

  world& world_;
  workload::model model_;
  std::vector<provider> records_;
  std::map<std::string, user_session> sessions_;
  std::vector<std::string> session_names_;
  std::vector<claim> claims_;
  std::map<sii_key, unsigned> claimed_;  ///< identifiers that somebody wanted to have
  std::vector<actors::open_verification> unknown_;
  std::vector<std::pair<unsigned, std::uint64_t>> tokens_;  ///< provider, number
  std::map<std::uint64_t, done> then_;
  call_counts counts_;
  std::uint64_t calls_ = 0, names_ = 0;
  std::size_t open_calls_ = 0;
  bool going_ = false;
  std::map<unsigned, bool> looked_up_, verified_;  ///< by the probe
};

}  // namespace glados::sim
