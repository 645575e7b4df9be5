// One class an invariant. Each is told of everything that happens and says what must not have; none
// of them looks at how the service does it. docs/testing.md shows how to write one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/call.hpp"
#include "storage/directory_store.hpp"
#include "storage/membership_store.hpp"

namespace glados::sim {

/// A commit that the store carried out (`result.code` is none, nothing was replayed) …
struct seen_commit {
  const storage::commit& step;
  const storage::commit_result& result;
  const shard_owner& owner;        ///< the shard's record at that moment
  const directory_record* before;  ///< the mapping record it replaced, if it has one
};

/// … and rows of a bulk job, as far as they were written.
struct seen_rows {
  const storage::rows_commit& step;
  std::vector<std::pair<directory_record, const storage::row_write*>> written;  ///< before, row
  std::uint64_t version = 0;
  const shard_owner& owner;
};

/// A shard went from one owner to another.
struct seen_claim {
  shard_id shard = 0;
  shard_owner before;
  std::string incarnation;
};

/// The promoted replica does not have what was written since `kept`.
struct seen_fail_over {
  std::uint64_t kept = 0;  ///< place in the order of what happened
};

/// What invariants may ask of a run. Made by the world.
class facts {
 public:
  virtual ~facts() = default;
  virtual std::uint64_t order() const = 0;  ///< place of what happens now
  virtual moment now() const = 0;
  /// Whether the node that this incarnation is of would still answer as it.
  virtual bool lease_held(const std::string& incarnation) const = 0;
  /// What the store holds; nothing waits for it.
  virtual directory_record stored(shard_id shard, const sii_key& key) const = 0;
  virtual std::vector<event> notices_of(const std::string& provider) const = 0;
  virtual std::vector<event> posted_to(const std::string& provider) const = 0;
  virtual std::uint64_t lookup_budget() const = 0;
  virtual instant store_clock() const = 0;
  virtual instant store_clock_at_start() const = 0;
  virtual shard_id shard_of(unsigned who) const = 0;
  virtual sii_key key_of(unsigned who) const = 0;
  /// Since when this node has had the store without a fault; `never` while it has not.
  virtual moment well_since(unsigned node) const = 0;
};

class invariant {
 public:
  using reporter = std::function<void(std::string_view name, const std::string& how)>;

  virtual ~invariant() = default;
  virtual std::string_view name() const = 0;
  virtual void committed(const seen_commit&) {}
  virtual void rows_written(const seen_rows&) {}
  virtual void claimed(const seen_claim&) {}
  virtual void failed_over(const seen_fail_over&) {}
  /// `units` of its lookup budget were spent by a provider, or came back.
  virtual void spent(unsigned /*provider*/, std::int64_t /*units*/) {}
  virtual void asked(const call&) {}
  /// Also of a call whose caller waits no longer.
  virtual void answered(const call&) {}
  /// Everything healed and is quiet.
  virtual void ended() {}

  void begin(const facts& of, reporter tell) {
    facts_ = &of;
    tell_ = std::move(tell);
  }

 protected:
  const facts& run() const { return *facts_; }
  void must(bool holds, const std::string& how) {
    if (!holds)
      tell_(name(), how);
  }

 private:
  const facts* facts_ = nullptr;
  reporter tell_;
};

/// All of them; docs/testing.md has the list with what each says.
std::vector<std::unique_ptr<invariant>> make_invariants();

std::unique_ptr<invariant> make_versions();
std::unique_ptr<invariant> make_preference();
std::unique_ptr<invariant> make_proof();
std::unique_ptr<invariant> make_ownership();
std::unique_ptr<invariant> make_reads();
std::unique_ptr<invariant> make_durability();
std::unique_ptr<invariant> make_responses();
std::unique_ptr<invariant> make_attempts();
std::unique_ptr<invariant> make_notices();
std::unique_ptr<invariant> make_budget();
std::unique_ptr<invariant> make_tokens();

}  // namespace glados::sim
