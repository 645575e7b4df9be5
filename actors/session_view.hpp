// What HTTP workers read of providers without a hop: who owns a certificate, which tokens live,
// what is left of the lookup budget. Views are of this node.
//
// A session_view is owned by its provider's session actor, which alone changes it; workers hold
// shared pointers and read. All members are safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/local_lease.hpp"
#include "actors/published.hpp"
#include "actors/signal_watch.hpp"
#include "actors/usage_meter.hpp"
#include "domain/ids.hpp"
#include "domain/provider.hpp"
#include "storage/provider_store.hpp"

namespace glados::actors {

struct digest_hash {
  std::size_t operator()(const bytes32& d) const noexcept {
    std::size_t out = 0;
    std::memcpy(&out, d.data(), sizeof out);
    return out;
  }
};

class session_view {
 public:
  explicit session_view(provider who);

  /// The provider as last read from the registry; never null, never changed in place.
  std::shared_ptr<const provider> facts() const;
  void facts(provider who);

  /// The token with this hash if it lives at `now` and is bound to `thumbprint`, else null.
  std::shared_ptr<const storage::access_token> find_token(const bytes32& hash,
                                                          const bytes32& thumbprint,
                                                          instant now) const;
  void keep_token(const storage::access_token& token);
  void drop_token(const bytes32& hash);
  void drop_all_tokens();
  void drop_expired_tokens(instant now);

  /// Grows with every change of facts or tokens, after it: who read this number before these has
  /// seen nothing older while it is the same.
  std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

  /// The lookups that this node has leased.
  local_lease& lookups() { return lookups_; }
  /// The daily budget that users and standing make, unless an operator's override replaces it.
  std::uint64_t lookup_product() const { return product_.load(std::memory_order_relaxed); }
  void lookup_product(std::uint64_t units);
  usage_meter& meter() { return meter_; }
  signal_watch& watch() { return watch_; }
  /// Lookups that were answered: meters them and shows them to the detectors.
  void looked_up(std::span<const seen_lookup> some);

 private:
  void budget_changed(std::uint64_t next, bool fixed_anew);
  void changed() { changes_.fetch_add(1, std::memory_order_release); }

  mutable std::mutex facts_lock_;
  std::shared_ptr<const provider> facts_;
  mutable std::mutex tokens_lock_;
  std::unordered_map<bytes32, std::shared_ptr<const storage::access_token>, digest_hash> tokens_;
  std::atomic<std::uint64_t> changes_{0};
  std::atomic<std::uint64_t> product_{0};
  local_lease lookups_;
  usage_meter meter_;
  signal_watch watch_;
};

/// All providers of the directory, by id, certificate and client id. Owned by the registrar.
class session_directory {
  struct index;

 public:
  /// Display names, for a thread that asks often.
  class names {
   public:
    explicit names(const session_directory& of) : seen_(of.index_) {}
    /// As `display_name`; valid until the next call.
    std::string_view of(std::string_view provider_id);

   private:
    published<index>::view seen_;
  };

  std::shared_ptr<session_view> by_id(std::string_view provider_id) const;
  std::shared_ptr<session_view> by_certificate(const bytes32& thumbprint) const;
  std::shared_ptr<session_view> by_client_id(std::string_view client_id) const;
  /// True for a certificate of any provider, whichever state that is in: for pinned self-signed
  /// ones.
  bool pinned(const bytes32& thumbprint) const;
  /// The name that phones and other providers see; the id when unknown.
  std::string display_name(std::string_view provider_id) const;
  /// Every provider, in no order.
  std::vector<std::shared_ptr<session_view>> all() const;
  /// Adds or replaces the provider's facts and its index entries.
  void update(const provider& who);
  /// True once every provider of the registry was read.
  bool loaded() const { return loaded_.load(std::memory_order_acquire); }
  void loaded(bool now) { loaded_.store(now, std::memory_order_release); }

 private:
  std::atomic<bool> loaded_{false};
  std::mutex updating_;
  published<index> index_;
};

}  // namespace glados::actors
