// One node's actors over the simulated store, in virtual time and in an order drawn from a seed.
// Nothing runs but by `run`, `advance` and the like, so a failing seed fails again.
#pragma once

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/shard_context.hpp"
#include "actors/system_config.hpp"
#include "storage/simulated_store.hpp"

namespace glados::testing {

using namespace std::chrono_literals;

/// The answers that one request got. A bounce (CAF's error: the actor ended) counts as one too.
template <class Answer>
struct outcome {
  int answers = 0;
  bool bounced = false;
  Answer last;
  errc code() const { return answers == 0 || bounced ? errc::internal : last.code; }
  bool is(errc wanted) const { return answers == 1 && !bounced && last.code == wanted; }
};

template <class Answer>
using asked = std::shared_ptr<outcome<Answer>>;

/// Gateways that do as they are told. Orders wait until the world steps them.
class scripted_sender final : public actors::code_sender {
 public:
  enum class fate { accept, refuse, refuse_for_good, silence };
  void send(const actors::send_code& order, std::function<void(bool, bool)> done) override;
  void step(std::size_t index);
  std::size_t pending() const { return waiting_.size(); }

  fate next = fate::accept;
  std::vector<actors::send_code> orders;  ///< all that ever came

 private:
  std::deque<std::function<void(bool, bool)>> waiting_;
};

class counting_observer final : public actors::actor_observer {
 public:
  void entities_changed(std::string_view kind, int delta) override {
    auto& count = live[std::string(kind)];
    count += delta;
    most = std::max(most, count);
    spawned += delta > 0;
  }
  void restarted(std::string_view actor) override { ++restarts[std::string(actor)]; }
  void stored(const actors::store_step& step, const trace_context& trace) override {
    steps.push_back({step, trace});
  }
  std::size_t failures() const {
    return static_cast<std::size_t>(std::count_if(
        steps.begin(), steps.end(), [](const auto& one) { return one.first.failed(); }));
  }
  std::map<std::string, int> live, restarts;
  std::vector<std::pair<actors::store_step, trace_context>> steps;
  int most = 0;
  int spawned = 0;
};

/// Names with layers that can be counted, and users whose seal shows for how many it is: one prime
/// a layer beyond the first.
class plain_names final : public actors::name_vault {
 public:
  std::uint8_t newest() const override { return newest_; }
  index_checks checks() const override { return index_checks(newest_, bytes16{1}); }
  void use(std::uint8_t layers) override { in_use = std::max(in_use, layers); }
  sii_key advance(const sii_key& key, std::uint8_t layers) const override;
  std::string reseal(shard_id shard, const sii_key& from, const sii_key& to,
                     const std::string& provider_id, const std::string& user) const override;

  std::uint8_t newest_ = 3;
  std::uint8_t in_use = 1;
};

/// The user as it is sealed under a name of so many layers; and as it was under one.
std::string sealed_in(const std::string& user, std::uint8_t layers);
std::string unsealed(const std::string& user);

/// Chances, in percent, that a store call goes wrong.
struct faults {
  unsigned refuse = 0;
  unsigned lose_answer = 0;
  unsigned late = 0;
};

class world {
 public:
  explicit world(std::uint64_t seed = 1, actors::actor_limits limits = {});
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  static constexpr shard_id shard = 7;
  static constexpr trace_context trace{0xa1, 0xb2, 0xc3};  ///< of every command

  // --- asking
  template <class Answer, class Message>
  asked<Answer> ask(Message message) {
    auto out = std::make_shared<outcome<Answer>>();
    send(caf::make_message(std::move(message)), [out](const caf::message& answer) {
      ++out->answers;
      if (answer.match_elements<Answer>())
        out->last = answer.get_as<Answer>(0);
      else
        out->bounced = true;
    });
    return out;
  }
  asked<actors::lookup_answer> lookup(int who, std::uint8_t layers = 1);
  /// The shard gives all its records other names.
  asked<actors::records_renamed> rename(std::uint8_t layers);
  asked<actors::verification_answer> open(const std::string& id, int who,
                                          const std::string& provider = "alpha",
                                          const std::string& user = "user-1",
                                          int idempotency_key = 0);
  asked<actors::verification_answer> check(const std::string& id, const std::string& code,
                                           const std::string& provider = "alpha",
                                           const std::string& user = "user-1");
  asked<actors::verification_answer> resend(const std::string& id);
  asked<actors::verification_answer> cancel(const std::string& id);
  asked<actors::verification_answer> get(const std::string& id,
                                         const std::string& provider = "alpha");
  asked<actors::mapping_answer> decide(int who, std::uint32_t salt, const std::string& provider,
                                       decision what, const std::string& change_id,
                                       const std::string& key = {});
  /// Opens a verification that puts `change` back, as the change `as`.
  asked<actors::verification_answer> restore(const std::string& id, int who,
                                             const std::string& provider, const std::string& user,
                                             const std::string& change, const std::string& as);
  asked<actors::change_answer> report(const std::string& id, const std::string& change,
                                      const std::string& provider,
                                      report_reason reason = report_reason::malicious);
  asked<actors::change_answer> get_change(const std::string& id, const std::string& provider);
  asked<actors::mapping_answer> get_mapping(int who, std::uint32_t salt,
                                            const std::string& provider);
  asked<actors::mapping_answer> find_mapping(int who, const std::string& provider);
  asked<actors::mapping_answer> remove_mapping(int who, std::uint32_t salt,
                                               const std::string& provider,
                                               std::vector<std::uint64_t> wanted = {});
  /// Opens, has the code sent and proves it; everything runs until it is quiet.
  mapping_view prove(const std::string& id, int who, const std::string& provider = "alpha",
                     const std::string& user = "user-1");

  // --- running
  void run();         ///< until nothing is left to do at this instant
  void run_actors();  ///< the same, but the store and the gateways hold still
  void advance(std::chrono::microseconds span);  ///< moves all clocks, then runs
  /// Moves on in steps until every request has been answered and repairs have had their time.
  void settle();
  bool step();  ///< one job, store call or gateway, drawn from the seed; false when there is none

  std::function<void()> after_step;  ///< called after each of them
  /// Sessions that openings ask for, per SII and day.
  std::uint32_t sessions_per_provider = 5, sessions_per_sii = 15;

  // --- breaking
  faults wrong;
  /// Faults of the next calls named so, in their order; before `wrong`.
  std::deque<std::pair<std::string, storage::simulated_store::fault>> planned;
  void kill(const caf::strong_actor_ptr& who);
  /// Ends, without warning, one of the entities that have answered so far; false if all are gone.
  bool kill_entity();
  void crash();  ///< the node dies and a new incarnation of it takes the shard over
  /// Makes this incarnation, or another, the owner of a shard at once.
  std::shared_ptr<actors::shard_tenure> own(shard_id which, const std::string& who = {});
  void step_store(std::string_view name);  ///< carries out the oldest such call, without a fault

  // --- looking
  int mapping_actors() const {
    return observer.live.count("mapping") ? observer.live.at("mapping") : 0;
  }
  int verification_actors() const {
    return observer.live.count("verification") ? observer.live.at("verification") : 0;
  }
  /// Under whichever name it has; empty under the first: there is none.
  directory_record stored_mapping(int who);
  /// Layers of the names in the shard, and how many records have names of so many.
  std::uint8_t stored_names();
  std::size_t records_named(std::uint8_t layers);
  std::optional<verification> stored_verification(const std::string& id);
  std::optional<change_record> stored_change(const std::string& id);
  std::vector<storage::outbox_entry> outbox();
  /// What the abuse desk has, and what a provider's standing is made of.
  std::vector<glados::report> stored_reports();
  standing_facts stored_standing(const std::string& provider);
  /// What a provider's stream holds by now, oldest first.
  std::vector<event> told(const std::string& provider);
  std::size_t unanswered() const { return open_requests_.size(); }

  storage::simulated_store store;
  scripted_sender sender;
  counting_observer observer;
  std::mt19937_64 random;

 private:
  struct store_clock final : actors::cluster_clock {
    explicit store_clock(const storage::simulated_store& at) : store(at) {}
    instant now() const override { return store.now(); }
    const storage::simulated_store& store;
  };
  struct no_vault final : actors::registry_vault {
    std::string seal(std::string_view plain, std::string_view) const override {
      return std::string(plain);
    }
    std::string open(std::string_view sealed, std::string_view) const override {
      return std::string(sealed);
    }
    bytes32 sha256(std::string_view) const override { return {}; }
    std::uint64_t mail_domain_tag(std::string_view domain) const override {
      return std::hash<std::string_view>{}(domain);
    }
  };

  actors::open_verification opening(const std::string& id, int who, const std::string& provider,
                                    const std::string& user) const;
  void send(caf::message what, std::function<void(const caf::message&)> then);
  void start_node();
  void step_store_at(std::size_t index);
  caf::scheduler::test_coordinator& scheduler();

  store_clock clock_{store};
  no_vault vault_;

 public:
  plain_names names;

 public:
  actors::node_context node;
  std::string incarnation;
  actors::shard_directory shards;
  actors::node_services services;
  actors::system_config config;
  caf::actor_system system;
  actors::shard_actor owner;

 private:
  friend class answer_port;
  caf::strong_actor_ptr port_;
  std::map<std::uint64_t, std::function<void(const caf::message&)>> open_requests_;
  std::map<caf::actor_id, caf::actor_addr> seen_;  ///< who answered; weak
  std::uint64_t next_request_ = 1;
  int incarnations_ = 0;
};

sii_key key_of(int who);
bytes16 tag_of(const std::string& text);

}  // namespace glados::testing
