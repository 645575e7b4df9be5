// What actors need of the world, behind ports: stores, cluster time, the sender of codes, limits.
// Made once by app/ (or a test) before the first actor, and outlives the last.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/lease_guard.hpp"
#include "actors/messages.hpp"
#include "actors/notice_ports.hpp"
#include "domain/ids.hpp"
#include "domain/index_rotation.hpp"
#include "domain/signal.hpp"
#include "domain/usage.hpp"
#include "domain/verification.hpp"
#include "storage/directory_store.hpp"
#include "storage/event_store.hpp"
#include "storage/membership_store.hpp"
#include "storage/names_store.hpp"
#include "storage/provider_store.hpp"
#include "storage/registry_store.hpp"

namespace glados::actors {

/// Cluster time. Callable from any thread; never goes back.
class cluster_clock {
 public:
  virtual ~cluster_clock() = default;
  virtual instant now() const = 0;
};

/// Opens the sealed message of an order and hands it to the gateways. The only place beside the
/// HTTP workers where an address and a code exist in clear. `done(accepted, permanent)` is called
/// exactly once, on any thread, within delivery's own deadline.
class code_sender {
 public:
  virtual ~code_sender() = default;
  virtual void send(const send_code& order, std::function<void(bool, bool)> done) = 0;
};

/// Seals what the registry stores and hashes its audit chain; keys stay outside of actors/.
class registry_vault {
 public:
  virtual ~registry_vault() = default;
  virtual std::string seal(std::string_view plain, std::string_view name) const = 0;
  /// Empty when the seal does not fit.
  virtual std::string open(std::string_view sealed, std::string_view name) const = 0;
  virtual bytes32 sha256(std::string_view bytes) const = 0;
  /// A record's name under the newest index; see docs/architecture.md, identifiers.
  virtual sii_key newest_name(const sii_key& key) const { return key; }
  /// The tag under which users of this registrable mail domain are counted.
  virtual std::uint64_t mail_domain_tag(std::string_view domain) const = 0;
};

/// Names of records under the index keys, and the users that are sealed for them; the keys stay
/// outside of actors/. Callable from any thread.
class name_vault {
 public:
  virtual ~name_vault() = default;
  /// Number of the last index key.
  virtual std::uint8_t newest() const = 0;
  virtual index_checks checks() const = 0;
  /// Callers name records by so many layers from now on; never fewer than before.
  virtual void use(std::uint8_t layers) = 0;
  /// The name of that record in `layers`, which are no fewer than `key` has and no more than there
  /// are keys.
  virtual sii_key advance(const sii_key& key, std::uint8_t layers) const = 0;
  /// A user of `provider_id` sealed for `to` instead of `from`; unchanged if the seal does not fit.
  virtual std::string reseal(shard_id shard, const sii_key& from, const sii_key& to,
                             const std::string& provider_id, const std::string& user) const = 0;
};

/// Where sessions report patterns that they found (signal_desk.hpp). Callable from any thread;
/// never blocks. What cannot be kept, because storage is away, is lost: a pattern that goes on is
/// found again in the next window.
class finding_sink {
 public:
  virtual ~finding_sink() = default;
  virtual void report(const finding& what) = 0;
};

/// One step of a caller's command at storage.
struct store_step {
  shard_id shard;
  std::string_view name;  ///< a literal
  errc code;
  std::chrono::steady_clock::duration took;

  /// Storage itself did not do as it should; what a rule refuses is none of it.
  bool failed() const { return code == errc::storage_unavailable || code == errc::outcome_unknown; }
};

/// Counts for metrics; every call is cheap and safe from any thread. The default counts nothing.
class actor_observer {
 public:
  virtual ~actor_observer() = default;
  virtual void entities_changed(std::string_view /*kind*/, int /*delta*/) {}
  virtual void shard_loaded(bool /*found*/) {}
  virtual void mailbox_age(std::chrono::microseconds) {}
  virtual void code_sent(channel, bool /*accepted*/, bool /*permanent*/) {}
  virtual void mapping_made(proof_method) {}
  virtual void pattern_found(signal_kind) {}
  virtual void restarted(std::string_view /*actor*/) {}
  /// Storage was asked for units of a lookup budget: so many came, so many went back.
  virtual void lookups_leased(std::uint64_t /*granted*/, std::uint64_t /*returned*/) {}
  virtual void lookups_refused(std::uint64_t /*times*/) {}
  virtual void swept(std::size_t /*visited*/, std::size_t /*changed*/) {}
  virtual void renamed(std::size_t /*records*/) {}
  /// What storage made of a "load" or "commit" for a caller's command, and for how long it was
  /// waited for.
  virtual void stored(const store_step&, const trace_context&) {}
};

struct actor_limits {
  std::size_t max_entities = 100'000;             ///< live mapping and verification actors a node
  std::chrono::seconds idle_after{600};           ///< then an entity is passivated
  std::size_t miss_cache = 1'000'000;             ///< identifiers known to be absent, a node
  std::size_t queue_per_entity = 64;              ///< commands waiting behind one in flight
  std::size_t queue_per_load = 256;               ///< commands waiting for one load
  std::chrono::milliseconds delivery_wait{3000};  ///< how long an open waits for a gateway
  std::uint32_t sweep_rate = 2000;                ///< records a second that the sweeper visits
  std::chrono::seconds sweep_interval{3600};      ///< from the start of a pass to the next
};

struct session_limits {
  std::size_t tokens_per_client = 1000;
  std::uint64_t sends_base = 1000;
  std::uint64_t region_base = 200;
  std::uint64_t breaker_min = 200;
  std::uint32_t breaker_percent = 5;
  std::uint64_t guesses_per_day = 50;
  std::uint64_t quota_base = 100;
  double quota_per_user = 1.0;
  std::chrono::seconds credential_settle{3600};
  bool two_person = true;
  std::vector<std::string> exempt;  ///< sandbox: providers without breaker and region budget
  price_table prices;               ///< for spend caps
  signal_rules signals;
};

/// How pump, registrar and sweeper, who do not know each other, ask for something. Callable from
/// any thread; never blocks.
class registry_errands {
 public:
  virtual ~registry_errands() = default;
  /// The provider's strikes have changed. Pump -> registrar.
  virtual void review(const std::string& provider_id) = 0;
  /// A provider has ended: its mappings are to be found. Registrar -> sweeper.
  virtual void sweep_soon() = 0;
};

struct abuse_limits {
  ladder rules;
  std::size_t reports_kept = 100'000;
};

struct node_context {
  storage::directory_store& directory;
  storage::membership_store& membership;
  storage::provider_store& providers;
  storage::registry_store& registry;
  storage::event_store& events;
  const cluster_clock& clock;
  code_sender& sender;
  const registry_vault& vault;
  actor_observer& observer;
  actor_limits limits;
  session_limits sessions;
  verification_policy policy;
  std::string node;
  std::string run;                       ///< this run of the program: random, never the same again
  std::atomic<std::size_t> entities{0};  ///< live mapping and verification actors on this node
  notice_bell* bell = nullptr;           ///< null: nobody waits for notices on this node
  notice_poster* poster = nullptr;       ///< null: no webhooks
  abuse_limits abuse{};
  registry_errands* errands = nullptr;  ///< null: nobody reviews
  /// Whether the provider has ended for good, and its mappings go; empty: none has.
  std::function<bool(const std::string& provider_id)> terminated{};
  finding_sink* findings = nullptr;    ///< null: nobody keeps signals
  const lease_guard* lease = nullptr;  ///< null: held for ever
  /// In which epoch this node serves the shard; 0: it does not. Empty: all, in epoch 1.
  std::function<std::uint64_t(shard_id)> owned_epoch;
  name_vault* names = nullptr;             ///< null: names have one layer for ever
  storage::names_store* naming = nullptr;  ///< null: the same
};

}  // namespace glados::actors
