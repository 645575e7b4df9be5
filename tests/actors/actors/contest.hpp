// One identifier that two to four providers contest, from one seed: claims, checks, decisions,
// restores, reports, deletions, ends of windows, passivation, store faults, dying entities and
// nodes, in a random order. After every single step the stored record is compared with the one
// before; whatever happens, the invariants of docs/architecture.md hold.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "world.hpp"

namespace glados::testing {

class contest {
 public:
  /// With `rotates` its shard is renamed now and then, up to the last index key.
  contest(std::uint64_t seed, bool deaths, bool rotates = false);
  ~contest() { w_.after_step = nullptr; }
  contest(const contest&) = delete;
  contest& operator=(const contest&) = delete;

  void play();

  std::string broken;  ///< the first invariant that did not hold
  /// The last commands and changes before it broke, one a line.
  std::string trace() const;

  int decisions = 0;  ///< acknowledged
  int removals = 0;   ///< acknowledged
  int notices = 0;
  int unknown = 0;   ///< calls whose outcome the caller was not told
  int restores = 0;  ///< acknowledged
  int strikes = 0;
  int conflicts = 0;  ///< decisions over what had changed
  int late = 0;       ///< decisions after the window
  int rotations = 0;  ///< that ended

 private:
  struct checking {
    std::string provider;
    asked<actors::verification_answer> answer;
  };
  struct claimed {
    std::string provider;
    std::uint32_t salt = 0;
  };
  struct deciding {
    claimed over;
    decision what = decision::keep;
    std::string change;
    asked<actors::mapping_answer> answer;
    bool known = false;  ///< a repeat of one that was acknowledged before
  };
  struct loss {
    std::string change, provider, user;
  };
  struct restoring {
    loss of;
    std::string id, as;  ///< verification, change
    asked<actors::verification_answer> answer;
    bool counted = false;
  };
  struct reporting {
    std::string id, change, provider;
    report_reason reason = report_reason::malicious;
    asked<actors::change_answer> answer;
  };
  struct removing {
    claimed what;
    asked<actors::mapping_answer> answer;
    bool counted = false;
  };

  static actors::actor_limits limits();
  void must(bool holds, const std::string& what);
  void note(const std::string& line);

  void command();
  void open();
  void check();
  void decide();
  void repeat();
  void remove();
  void restore();
  void check_restore();
  void report();
  void read();
  void die();
  void rotate();

  void look();
  void look_at(const directory_record& now);
  void compare(const directory_record& now, const std::vector<event>& told);
  std::vector<event> new_notices();
  void harvest();
  void finish();
  void finish_calls();
  void finish_streams();
  void finish_record();
  void finish_strikes();

  world w_;
  const bool deaths_, rotates_;
  int providers_ = 2;
  std::deque<std::string> trace_;

  std::vector<std::string> opened_;  ///< provider of each verification
  std::vector<checking> checks_;
  std::vector<claimed> claims_;
  std::set<std::pair<std::string, std::uint32_t>> known_;
  std::vector<deciding> decisions_;
  std::vector<removing> removals_;
  std::vector<loss> losses_;
  std::vector<restoring> restores_;
  std::vector<reporting> reports_;
  std::vector<asked<actors::mapping_answer>> reads_;
  std::vector<asked<actors::lookup_answer>> lookups_;
  std::vector<asked<actors::records_renamed>> renamings_;

  directory_record last_;
  std::uint64_t highest_ = 0;
  std::set<std::string> outbox_seen_;
  std::set<std::string> changes_made_;
  std::set<std::uint32_t> may_go_;  ///< salts that somebody asked to remove
  std::set<std::uint32_t> gone_;    ///< salts whose removal was acknowledged
  std::map<std::string, std::vector<event>> expected_;
  std::map<std::uint32_t, std::uint64_t> sequences_;
};

}  // namespace glados::testing
