// Hundreds of seeds: random commands by two providers on a few identifiers, in a random order of
// actors, store and gateways, with store faults, dying entities and dying nodes. Whatever happens,
// the invariants of docs/architecture.md hold.
#include <boost/test/unit_test.hpp>
#include <set>

#include "seeds.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using state = verification_state;

namespace {

constexpr int identifiers = 3;
constexpr int verifications = 6;

std::string id_of(int number) { return "v" + std::to_string(number); }
std::string provider_of(int number) { return number % 2 == 0 ? "alpha" : "beta"; }
std::string user_of(int number) { return "user-" + std::to_string(number % 3); }

/// A run of one seed, and what must hold at every moment and at its end.
class run_of {
 public:
  explicit run_of(std::uint64_t seed, bool deaths) : w_(seed, limits()), deaths_(deaths) {
    w_.node.policy.wait_scale = 0.001;
    w_.wrong = {4, 4, 4};
  }

  void play() {
    for (int turn = 0; turn < 120; ++turn) {
      command();
      const auto steps = w_.random() % 12;
      for (std::uint64_t i = 0; i < steps; ++i) w_.step();
      if (w_.random() % 8 == 0)
        w_.advance(std::chrono::milliseconds(w_.random() % 400));
      look();
    }
    w_.wrong = {};
    w_.sender.next = scripted_sender::fate::accept;
    w_.settle();
    w_.advance(std::chrono::minutes(1));  // what lies in the outbox is looked at again
    w_.advance(std::chrono::minutes(1));
    w_.settle();
    look();
    finish();
  }

  std::string broken;  ///< the first invariant that did not hold
  int accepted = 0;    ///< codes
  int unknown = 0;     ///< checks whose outcome the caller was not told

 private:
  static actors::actor_limits limits() {
    actors::actor_limits out;
    out.max_entities = 5;
    out.queue_per_entity = 8;
    out.queue_per_load = 8;
    out.idle_after = std::chrono::seconds(60);
    return out;
  }

  void must(bool holds, const std::string& what) {
    if (!holds && broken.empty())
      broken = what;
  }

  void command() {
    const auto number = static_cast<int>(w_.random() % verifications);
    const auto id = id_of(number);
    switch (w_.random() % 14) {
      case 0:
      case 1:
        if (opened_.insert(number).second)
          answers_.push_back(
              w_.open(id, number % identifiers, provider_of(number), user_of(number)));
        break;
      case 2:
      case 3:
      case 4:
        check(number, "123456");
        break;
      case 5:
      case 6:
        check(number, "000000");
        break;
      case 7:
        answers_.push_back(w_.resend(id));
        break;
      case 8:
        if (w_.random() % 4 == 0)
          answers_.push_back(w_.cancel(id));
        break;
      case 9:
        answers_.push_back(w_.get(id, provider_of(number)));
        break;
      case 10:
        w_.sender.next = static_cast<scripted_sender::fate>(w_.random() % 3);
        break;
      case 11:
        if (deaths_)
          die();
        break;
      default:
        lookups_.push_back(w_.lookup(number % identifiers));
    }
  }

  void die() {
    if (w_.random() % 3 == 0)
      w_.crash();
    else
      w_.kill_entity();
  }

  void check(int number, const std::string& code) {
    checks_[number].push_back(w_.check(id_of(number), code, provider_of(number), user_of(number)));
  }

  void look() {
    for (int who = 0; who < identifiers; ++who) {
      const auto now = w_.stored_mapping(who);
      must(now.version >= versions_[who], "the version of a mapping went back");
      versions_[who] = now.version;
      int preferred = 0;
      for (const auto& claim : now.mappings) preferred += claim.preferred ? 1 : 0;
      must(preferred <= 1, "two preferred mappings");
      must(now.mappings.empty() || preferred == 1, "mappings, and none is preferred");
    }
    for (int number = 0; number < verifications; ++number)
      if (const auto now = w_.stored_verification(id_of(number))) {
        must(now->version >= proof_versions_[number], "the version of a verification went back");
        proof_versions_[number] = now->version;
        must(now->checks_used >= checks_used_[number], "a spent attempt came back");
        checks_used_[number] = now->checks_used;
        must(now->checks_used <= 5, "more than five attempts");
      }
    for (const auto& one : lookups_) must(one->answers <= 1, "a lookup was answered twice");
  }

  void finish() {
    for (const auto& one : lookups_) must(deaths_ || one->answers == 1, "a lookup got no answer");
    for (const auto& one : answers_) must(deaths_ || one->answers == 1, "a command got no answer");
    for (int number = 0; number < verifications; ++number) finish_checks(number);
    for (int who = 0; who < identifiers; ++who) finish_identifier(who);
    must(w_.outbox().empty(), "something stayed in the outbox");
  }

  void finish_checks(int number) {
    int compared = 0;
    int right = 0;
    for (const auto& one : checks_[number]) {
      must(deaths_ || one->answers == 1, "a check got no answer");
      compared += one->last.compared ? 1 : 0;
      right += one->is(errc::none) ? 1 : 0;
      unknown += one->is(errc::outcome_unknown) ? 1 : 0;
    }
    must(compared <= 5, "compared more than five times");
    accepted += right;
    must(right <= 1, "a code was accepted twice");
    const auto now = w_.stored_verification(id_of(number));
    must(right == 0 || (now && now->state == state::verified),
         "an acknowledged proof is not stored");
    must(!now || now->state == state::pending || now->message.empty(), "a message outlived all");
  }

  /// No mapping without a proven code, and memory agrees with the store.
  void finish_identifier(int who) {
    const auto stored = w_.stored_mapping(who);
    for (const auto& claim : stored.mappings) {
      bool proven = false;
      for (int number = 0; number < verifications; ++number) {
        const auto proof = w_.stored_verification(id_of(number));
        proven = proven || (proof && proof->state == state::verified && proof->key == stored.key &&
                            proof->provider_id == claim.provider_id && proof->user == claim.user);
      }
      must(proven, "a mapping without a proof");
    }
    const auto seen = w_.lookup(who);
    w_.run();
    const auto* preferred = preferred_of(stored);
    must(seen->is(preferred ? errc::none : errc::not_found), "a lookup differs from the store");
    must(!preferred || seen->last.user == preferred->user, "a lookup shows another user");
  }

  world w_;
  bool deaths_;
  std::set<int> opened_;
  std::vector<asked<actors::verification_answer>> answers_;
  std::map<int, std::vector<asked<actors::verification_answer>>> checks_;
  std::vector<asked<actors::lookup_answer>> lookups_;
  std::map<int, std::uint64_t> versions_, proof_versions_;
  std::map<int, int> checks_used_;
};

void try_seeds(bool deaths) {
  const auto [first, last] = seeds(300);
  int accepted = 0;
  int unknown = 0;
  for (auto seed = first; seed < last; ++seed) {
    run_of one(seed, deaths);
    one.play();
    BOOST_TEST(one.broken == "", "seed " << seed << ": " << one.broken);
    accepted += one.accepted;
    unknown += one.unknown;
  }
  if (last - first >= 100) {  // else the commands test nothing
    BOOST_TEST(accepted > static_cast<int>(last - first));
    BOOST_TEST(unknown > static_cast<int>(last - first) / 4);
  }
  BOOST_TEST_MESSAGE("seeds " << first << " to " << last - 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(the_invariants_hold_with_store_faults) { try_seeds(false); }

BOOST_AUTO_TEST_CASE(the_invariants_hold_when_entities_and_nodes_die) { try_seeds(true); }

BOOST_AUTO_TEST_SUITE_END()
