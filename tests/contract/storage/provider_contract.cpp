#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "domain/quota.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

namespace {

access_token some_token(std::uint8_t fill, instant now, std::chrono::microseconds life = 10min) {
  access_token token;
  token.hash = bytes<bytes32>(fill);
  token.thumbprint = bytes<bytes32>(0xee);
  token.scopes = {"lookup", "map"};
  token.issued_at = now;
  token.expires_at = now + life;
  return token;
}

template <class Store>
result<access_token> load_token(Store& store, const std::string& provider, std::uint8_t fill) {
  return ask<access_token>(store, [&](auto done) {
    store.providers().load_token(provider, bytes<bytes32>(fill), done);
  });
}

template <class Store>
result<bool> put(Store& store, const access_token& token, std::size_t limit = 1000) {
  return ask<bool>(store,
                   [&](auto done) { store.providers().put_token("alpha", token, limit, done); });
}

using state = call_state::kind;

template <class Store>
call_state begin_call(Store& store, const call_reservation& call) {
  return *ask<call_state>(store, [&](auto done) { store.providers().begin_call(call, done); });
}

template <class Store>
void end_call(Store& store, const call_reservation& call, bool kept) {
  ask<bool>(store, [&](auto done) { store.providers().end_call(call, kept, done); });
}

call_reservation some_call(std::uint8_t key = 1, std::uint8_t fingerprint = 2) {
  return {"alpha", bytes<bytes16>(key), bytes<bytes16>(fingerprint), 1023};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_token_is_found_until_it_ends, store_type, both_stores) {
  store_type store;
  const instant now = cluster_time(store);
  const access_token token = some_token(1, now, 500ms);
  BOOST_TEST(bool(put(store, token)));
  const auto found = load_token(store, "alpha", 1);
  BOOST_TEST((found->hash == token.hash && found->thumbprint == token.thumbprint));
  BOOST_TEST((found->scopes == token.scopes && found->issued_at == token.issued_at));
  BOOST_TEST((found->expires_at == token.expires_at));
  BOOST_TEST((load_token(store, "beta", 1).error() == errc::not_found));
  store.advance(550ms);
  BOOST_TEST((load_token(store, "alpha", 1).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_provider_has_so_many_live_tokens, store_type, both_stores) {
  store_type store;
  const instant now = cluster_time(store);
  std::vector<pending<result<bool>>> open;
  for (std::uint8_t i = 0; i < 50; ++i)
    open.push_back(begin<bool>([&](auto done) {
      store.providers().put_token("alpha", some_token(i, now, i < 3 ? 1500ms : 600s), 20, done);
    }));
  store.run();
  std::size_t put_down = 0;
  for (auto& answer : open) {
    const auto verdict = finish(answer);
    put_down += verdict ? 1 : 0;
    BOOST_TEST((verdict || verdict.error() == errc::rate_limited));
  }
  BOOST_TEST(put_down == 20u);
  // Ended and revoked ones make room.
  store.advance(1'600ms);
  ask<bool>(store,
            [&](auto done) { store.providers().revoke_token("alpha", bytes<bytes32>(10), done); });
  for (std::uint8_t i = 100; i < 104; ++i) BOOST_TEST(bool(put(store, some_token(i, now), 20)));
  BOOST_TEST((put(store, some_token(104, now), 20).error() == errc::rate_limited));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(revoked_tokens_are_gone, store_type, both_stores) {
  store_type store;
  const instant now = cluster_time(store);
  for (std::uint8_t i = 1; i < 5; ++i) put(store, some_token(i, now));
  ask<bool>(store,
            [&](auto done) { store.providers().put_token("beta", some_token(1, now), 9, done); });
  const auto revoke = [&](std::uint8_t fill) {
    return bool(ask<bool>(store, [&](auto done) {
      store.providers().revoke_token("alpha", bytes<bytes32>(fill), done);
    }));
  };
  BOOST_TEST(revoke(1));
  BOOST_TEST(revoke(1));
  BOOST_TEST((load_token(store, "alpha", 1).error() == errc::not_found));
  BOOST_TEST(bool(load_token(store, "alpha", 2)));
  ask<bool>(store, [&](auto done) { store.providers().revoke_all_tokens("alpha", done); });
  for (std::uint8_t i = 1; i < 5; ++i)
    BOOST_TEST((load_token(store, "alpha", i).error() == errc::not_found));
  BOOST_TEST(bool(load_token(store, "beta", 1)));
  BOOST_TEST(bool(put(store, some_token(9, now), 1)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(calls)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_call_is_begun_once, store_type, both_stores) {
  store_type store;
  std::vector<pending<result<call_state>>> open;
  for (int i = 0; i < 20; ++i)
    open.push_back(
        begin<call_state>([&](auto done) { store.providers().begin_call(some_call(), done); }));
  store.run();
  std::map<state, int> seen;
  for (auto& answer : open) ++seen[finish(answer)->what];
  BOOST_TEST((seen[state::proceed] == 1 && seen[state::in_progress] == 19));
  BOOST_TEST((begin_call(store, some_call(1, 3)).what == state::reused));
  BOOST_TEST((begin_call(store, some_call(2, 3)).what == state::proceed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_call_is_replayed_from_its_shard, store_type, both_stores) {
  store_type store;
  begin_call(store, some_call());
  end_call(store, some_call(1, 9), true);  // another body: not this call
  BOOST_TEST((begin_call(store, some_call()).what == state::in_progress));
  end_call(store, some_call(), true);
  call_reservation again = some_call();
  again.shard = 7;
  const call_state replay = begin_call(store, again);
  BOOST_TEST((replay.what == state::replay && replay.shard == 1023));
  BOOST_TEST((begin_call(store, some_call(1, 3)).what == state::reused));
  end_call(store, some_call(), false);  // from a repeat that failed meanwhile
  BOOST_TEST((begin_call(store, again).what == state::replay));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_refused_call_frees_its_key, store_type, both_stores) {
  store_type store;
  begin_call(store, some_call());
  end_call(store, some_call(), false);
  BOOST_TEST((begin_call(store, some_call(1, 3)).what == state::proceed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_call_that_died_is_looked_up_by_one, store_type, both_stores) {
  store_type store;
  call_reservation call = some_call();
  call.running_for = 1s;
  begin_call(store, call);
  BOOST_TEST((begin_call(store, call).what == state::in_progress));
  store.advance(1'050ms);
  const call_state look = begin_call(store, call);
  BOOST_TEST((look.what == state::look && look.shard == 1023));
  BOOST_TEST((begin_call(store, call).what == state::in_progress));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(users)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_change_counts_once, store_type, both_stores) {
  store_type store;
  const auto count = [&](shard_id shard, const std::string& id, proof_method how, int delta) {
    ask<bool>(store, [&](auto done) {
      store.providers().count_users(shard, id, {"alpha", how, delta}, done);
    });
  };
  const auto load = [&](const std::string& provider) {
    return *ask<user_counts>(store,
                             [&](auto done) { store.providers().load_users(provider, {}, done); });
  };
  BOOST_TEST(load("alpha").sms == 0);
  for (int again = 0; again < 3; ++again) {
    count(5, "1800000000000001-0", proof_method::sms, 1);
    count(5, "1800000000000001-1", proof_method::email, 1);
    count(5, "1800000000000001-10", proof_method::email, 1);
    count(6, "1700000000000001-0", proof_method::asserted, 5);
    count(5, "1800000000000002-0", proof_method::sms, 1);
    count(5, "1800000000000003-0", proof_method::sms, -1);
    count(5, "1800000000000003-1", proof_method::voice, 1);
  }
  const user_counts users = load("alpha");
  BOOST_TEST((users.sms == 1 && users.voice == 1 && users.email == 2 && users.asserted == 5));
  BOOST_TEST(load("beta").email == 0);
}

namespace {

constexpr std::uint64_t some_domain = 0x0102030405060708, listed_domain = 0xff000000000000ff;

/// Counts changes under ids that grow, and asks for the sums.
template <class Store>
struct counting {
  Store store;
  int entries = 0;

  void count(proof_method how, int delta, std::uint64_t domain = 0, bool due = false) {
    ask<bool>(store, [&](auto done) {
      store.providers().count_users(5, "1800000000000001-" + std::to_string(entries++),
                                    {"alpha", how, delta, domain, due}, done);
    });
  }
  user_counts load(const std::vector<std::uint64_t>& listed = {}) {
    return *ask<user_counts>(
        store, [&](auto done) { store.providers().load_users("alpha", listed, done); });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(twenty_users_of_a_mail_domain_count, store_type, both_stores) {
  counting<store_type> at;
  for (int i = 0; i < 20; ++i) at.count(proof_method::email, 1, some_domain);
  BOOST_TEST(at.load().counted_email == 20);
  at.count(proof_method::email, 3, some_domain);
  at.count(proof_method::email, 1, listed_domain);
  at.count(proof_method::email, 1, 0);  // a sub-address
  BOOST_TEST(at.load().email == 25);
  BOOST_TEST(at.load().counted_email == 21);
  BOOST_TEST(at.load({some_domain}).counted_email == 24);
  BOOST_TEST(at.load({listed_domain, 9}).counted_email == 21);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(at.load().counted_email == 21);
    at.count(proof_method::email, -1, some_domain);
  }
  BOOST_TEST(at.load().counted_email == 21);
  at.count(proof_method::email, -20, some_domain);
  at.count(proof_method::email, -1, listed_domain);
  at.count(proof_method::email, -1, 0);
  const auto none = at.load({some_domain});
  BOOST_TEST((none.email == 0 && none.counted_email == 0 && none.counted_email_due == 0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(proofs_that_are_due_count_apart, store_type, both_stores) {
  counting<store_type> at;
  at.count(proof_method::sms, 3);
  at.count(proof_method::voice, 1);
  at.count(proof_method::sms, -1);
  at.count(proof_method::sms, 1, 0, true);
  at.count(proof_method::email, 19, some_domain);
  at.count(proof_method::email, 5, some_domain, true);
  auto users = at.load();
  BOOST_TEST((users.sms == 3 && users.voice == 1 && users.phone_due == 1 && users.email == 24));
  BOOST_TEST((users.counted_email == 19 && users.counted_email_due == 1));
  at.count(proof_method::email, -5, some_domain);  // five of the fresh ones come of age
  at.count(proof_method::email, 5, some_domain, true);
  users = at.load();
  BOOST_TEST((users.email == 24 && users.counted_email == 14 && users.counted_email_due == 6));
  users = at.load({some_domain});
  BOOST_TEST((users.counted_email == 14 && users.counted_email_due == 10));
}

/// Whatever comes and goes, the counts are those of who is there.
BOOST_AUTO_TEST_CASE_TEMPLATE(counts_follow_the_users_present, store_type, both_stores) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  counting<store_type> at;
  std::map<std::uint64_t, mail_domain_users> present;
  std::int64_t all = 0;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t domain = 1 + random() % 3;
    const bool due = random() % 3 == 0;
    auto& users = due ? present[domain].due : present[domain].fresh;
    const int delta = users > 0 && random() % 5 < 2 ? -1 : 1;
    users += static_cast<std::uint64_t>(delta);
    all += delta;
    at.count(proof_method::email, delta, domain, due);
    if (i % 20 != 0)
      continue;
    mail_domain_users sum;
    for (const auto& [tag, there] : present) {
      const auto counted = counted_in_domain(there, tag == 2);
      sum.fresh += counted.fresh;
      sum.due += counted.due;
    }
    const auto got = at.load({2});
    BOOST_REQUIRE_MESSAGE(got.email == all, "seed " << seed);
    BOOST_REQUIRE_MESSAGE(got.counted_email == static_cast<std::int64_t>(sum.fresh),
                          "seed " << seed);
    BOOST_REQUIRE_MESSAGE(got.counted_email_due == static_cast<std::int64_t>(sum.due),
                          "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
