// The two stores against each other: one random history, step by step on both, must give the same
// answers. What depends on the clocks (versions, seconds to wait) is left out of the comparison.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;

std::uint64_t chosen_seed() {
  const char* given = std::getenv("GLADOS_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "seed " << seed << " (GLADOS_SEED repeats it)\n";
  return seed;
}

std::string named(char kind, std::uint32_t number) {
  std::string out(1, kind);
  return out.append(std::to_string(number));
}

/// What a step draws; the same for both stores.
struct draws {
  explicit draws(std::mt19937_64& from) {
    for (std::uint32_t& value : values) value = static_cast<std::uint32_t>(from());
  }
  std::uint32_t below(std::size_t which, std::uint32_t bound) const {
    return values[which] % bound;
  }
  std::array<std::uint32_t, 12> values{};
};

/// One store and what its caller remembers of it.
template <class Store>
struct player {
  Store store;
  std::map<std::uint8_t, std::uint64_t> records;
  std::map<std::string, std::uint64_t> proofs;
  std::vector<fence> fences{fence{3, "n1.a", 0}};
  instant start;

  player() { start = cluster_time(store); }

  std::string claim(const draws& draw) {
    const std::string node = draw.below(1, 4) == 0 ? "n2" : "n1";
    auto seen = ask<std::vector<shard_owner>>(
        store, [&](auto done) { store.membership().load_owners({3}, done); });
    if (draw.below(2, 4) == 0)
      ++seen->at(0).epoch;  // somebody was faster
    const auto claims = ask<std::vector<shard_claim>>(store, [&](auto done) {
      store.membership().claim(node, node + ".a", {{3, seen->at(0)}}, done);
    });
    if (claims->empty())
      return "changed";
    fences.push_back({3, node + ".a", claims->at(0).epoch});
    return std::to_string(claims->at(0).epoch);
  }

  std::string raise(const draws& draw) {
    const auto epoch = ask<std::uint64_t>(
        store, [&](auto done) { store.membership().raise_epoch(by(draw), done); });
    if (epoch)
      fences.push_back({3, by(draw).incarnation, *epoch});
    return epoch ? std::to_string(*epoch) : std::string(to_string(epoch.error()));
  }

  std::string release(const draws& draw) {
    const auto released =
        ask<bool>(store, [&](auto done) { store.membership().release(by(draw), done); });
    return released ? "released" : std::string(to_string(released.error()));
  }

  /// Mostly the newest fence.
  const fence& by(const draws& draw) const {
    const std::size_t back = draw.below(2, 6) == 0 ? 1 : 0;
    return fences[fences.size() - 1 - std::min(back, fences.size() - 1)];
  }

  std::string commit_some(const draws& draw) {
    commit step{.by = by(draw)};
    const auto key = static_cast<std::uint8_t>(draw.below(3, 4));
    const std::string id = named('v', draw.below(4, 3));
    if (draw.below(5, 3) != 0) {
      step.mapping = some_record(key, draw.below(6, 8) == 0 ? 1 : records[key]);
      if (draw.below(7, 5) == 0)
        step.mapping->mappings.clear();
    }
    if (draw.below(5, 4) == 1) {
      step.proof = some_proof(id, start, 10min);
      step.proof->version = draw.below(6, 7) == 0 ? 1 : proofs[id];
      if (draw.below(7, 3) == 0)
        step.proof->state = verification_state::cancelled;
    }
    step.outbox.resize(draw.below(8, 3));
    if (draw.below(9, 3) == 0)
      step.answer = stored_answer{"alpha", bytes<bytes16>(draw.below(9, 60) / 3 % 20), "kept"};
    if (draw.below(10, 3) == 0)
      step.sessions = session_limit{{bytes<bytes16>(key)}, named('p', draw.below(11, 6)), 2, 5};
    step.sessions_returned = draw.below(10, 12) == 3;
    const commit_result done = ask_commit(store, step);
    if (done.version != 0 && step.mapping)
      records[key] = step.mapping->mappings.empty() ? 0 : done.version;
    if (done.version != 0 && step.proof)
      proofs[id] = done.version;
    return std::string(to_string(done.code)) + " " + std::to_string(int(done.code)) +
           (done.replayed ? " replayed " + done.replay : "") +
           (done.session_reserved ? " reserved" : "") + " " +
           std::to_string(done.outbox_ids.size());
  }

  std::string load_some(const draws& draw) {
    const auto key = static_cast<std::uint8_t>(draw.below(3, 4));
    const std::string id = named('v', draw.below(4, 3));
    const auto record = load_mapping(store, 3, key);
    const auto proof = load_proof(store, 3, id);
    BOOST_TEST(record->version == records[key]);
    BOOST_TEST(proof->version == proofs[id]);
    return std::to_string(record->mappings.size()) + std::string(to_string(proof.error())) +
           proof->message + std::to_string(load_outbox(store, 3).size());
  }

  std::string trim_some() {
    const auto entries = load_outbox(store, 3, "", 2);
    std::vector<std::string> ids;
    for (const outbox_entry& entry : entries) ids.push_back(entry.id);
    ask<bool>(store, [&](auto done) { store.directory().trim_outbox(3, ids, done); });
    return std::to_string(ids.size());
  }

  send_debit debit_of(const draws& draw) const {
    send_debit debit;
    debit.provider_id = named('p', draw.below(1, 5));
    debit.verification_id = named('v', draw.below(2, 4));
    debit.to = {draw.below(3, 2) == 0 ? "DE" : "FR", draw.below(4, 3)};
    // Each of the first three providers meets one limit only; the others meet all.
    const bool breaker = draw.below(1, 5) != 1 && draw.below(1, 5) != 2;
    const bool country = draw.below(1, 5) != 0 && draw.below(1, 5) != 2;
    const bool day = draw.below(1, 5) > 1;
    debit.daily_limit = day ? 20 : 1'000'000;
    debit.region_limit = country ? 8 : 0;
    debit.breaker_min = breaker && debit.to.prefix_tag != 2 ? 12 : 1'000'000;
    debit.breaker_percent = 40;
    return debit;
  }

  std::string send_some(const draws& draw) {
    const send_debit debit = debit_of(draw);
    if (draw.below(6, 6) == 0)
      ask<bool>(store, [&](auto done) {
        store.providers().count_confirmed(debit.provider_id, debit.to, done);
      });
    if (draw.below(7, 7) == 0)
      return std::to_string(
          *ask<bool>(store, [&](auto done) { store.providers().return_send(debit, done); }));
    return ask<refusal>(store, [&](auto done) { store.providers().debit_send(debit, done); })
        ->policy;
  }

  std::string guess_some(const draws& draw) {
    if (draw.below(1, 3) != 0)
      return ask<refusal>(store,
                          [&](auto done) { store.providers().reserve_guess("alpha", 5, done); })
          ->policy;
    const auto how = static_cast<provider_store::guess>(draw.below(2, 3));
    ask<bool>(store, [&](auto done) { store.providers().settle_guess("alpha", how, done); });
    return "settled";
  }

  std::string call_some(const draws& draw) {
    call_reservation call{"alpha", bytes<bytes16>(static_cast<std::uint8_t>(draw.below(1, 3))),
                          bytes<bytes16>(static_cast<std::uint8_t>(draw.below(2, 5) == 0)),
                          static_cast<shard_id>(draw.below(3, 9))};
    call.running_for = draw.below(4, 5) == 0 ? 0s : 1000s;
    if (draw.below(5, 2) == 0) {
      ask<bool>(store,
                [&](auto done) { store.providers().end_call(call, draw.below(6, 4) == 0, done); });
      return "ended";
    }
    const auto state =
        ask<call_state>(store, [&](auto done) { store.providers().begin_call(call, done); });
    return std::to_string(int(state->what)) + " " + std::to_string(state->shard);
  }

  std::string play(const draws& draw) {
    switch (draw.below(0, 16)) {
      case 0:
        return draw.below(1, 3) == 0 ? release(draw) : claim(draw);
      case 1:
        return raise(draw);
      case 2:
      case 3:
        return load_some(draw);
      case 4:
        return trim_some();
      case 5:
      case 6:
      case 7:
      case 8:
        return send_some(draw);
      case 9:
        return guess_some(draw);
      case 10:
        return call_some(draw);
      default:
        return commit_some(draw);
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(both_stores_answer_alike) {
  const std::uint64_t seed = chosen_seed();
  player<redis_under_test> real;
  player<simulated_under_test> model;
  model.store.store.set_time(real.start);
  model.start = real.start;
  std::mt19937_64 random(seed);
  std::map<std::string, int> seen;
  for (int i = 0; i < 6000; ++i) {
    const draws draw(random);
    const std::string expected = model.play(draw);
    const std::string given = real.play(draw);
    BOOST_REQUIRE_MESSAGE(given == expected, "seed " << seed << " step " << i << ": Redis says '"
                                                     << given << "', the model '" << expected
                                                     << "'");
    ++seen[expected.substr(0, expected.find(' '))];
  }
  for (const char* kind : {"none", "overloaded", "rate-limited", "breaker", "sends", "country"})
    BOOST_TEST(seen[kind] > 0, kind << " was never drawn, seed " << seed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
