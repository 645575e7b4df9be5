// The bounded set in order of last use, also against a plain list as the model.
#include "domain/lru.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <list>
#include <random>
#include <string>
#include <vector>

#include "domain/ids.hpp"

namespace {

using glados::lru_set;

/// Throws every key into one bucket.
struct one_bucket {
  std::size_t operator()(int) const { return 0; }
};

/// Counts what a vector of keys would have to pay for: the copies alive.
struct tracked {
  static inline int alive = 0;
  int value = 0;
  bool real = false;
  tracked() = default;
  explicit tracked(int v) : value(v), real(true) { ++alive; }
  tracked(const tracked& o) : value(o.value), real(o.real) { alive += real; }
  tracked& operator=(const tracked& o) {
    alive += static_cast<int>(o.real) - static_cast<int>(real);
    value = o.value;
    real = o.real;
    return *this;
  }
  ~tracked() { alive -= real; }
  bool operator==(const tracked& o) const { return value == o.value; }
};

struct tracked_hash {
  std::size_t operator()(const tracked& t) const { return static_cast<std::size_t>(t.value); }
};

template <class Set>
std::vector<int> drained(Set set) {
  std::vector<int> out;
  while (auto key = set.evict_oldest()) out.push_back(*key);
  return out;
}

/// The model: newest at the back.
struct model {
  std::size_t capacity;
  std::list<int> keys;

  bool has(int key) const { return std::find(keys.begin(), keys.end(), key) != keys.end(); }
  bool touch(int key) {
    if (!has(key))
      return false;
    keys.remove(key);
    keys.push_back(key);
    return true;
  }
  std::optional<int> evict() {
    if (keys.empty())
      return std::nullopt;
    const int out = keys.front();
    keys.pop_front();
    return out;
  }
  std::pair<bool, std::optional<int>> insert(int key) {
    if (touch(key))
      return {false, std::nullopt};
    std::optional<int> gone;
    if (keys.size() == capacity)
      gone = evict();
    keys.push_back(key);
    return {true, gone};
  }
};

template <class Set>
void step(Set& set, model& plain, std::mt19937& rng) {
  const int key = static_cast<int>(rng() % (2 * plain.capacity));
  switch (rng() % 8) {
    case 0:
      BOOST_TEST(set.erase(key) == plain.has(key));
      plain.keys.remove(key);
      break;
    case 1:
      BOOST_TEST((set.evict_oldest() == plain.evict()));
      break;
    case 2:
    case 3:
      BOOST_TEST(set.touch(key) == plain.touch(key));
      break;
    default: {
      const auto got = set.insert(key);
      const auto want = plain.insert(key);
      BOOST_TEST(got.fresh == want.first);
      BOOST_TEST((got.evicted == want.second));
    }
  }
  BOOST_TEST(set.size() == plain.keys.size());
  BOOST_TEST(set.contains(key) == plain.has(key));
  BOOST_TEST((set.oldest() ? *set.oldest() : -1) == (plain.keys.empty() ? -1 : plain.keys.front()));
}

template <class Set>
void compare_with_model() {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 rng(seed);
      const std::size_t capacity = 1 + rng() % 40;
      Set set(capacity);
      model plain{capacity, {}};
      for (int i = 0; i < 400; ++i) step(set, plain, rng);
      BOOST_TEST((drained(set) == std::vector<int>(plain.keys.begin(), plain.keys.end())));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lru)

BOOST_AUTO_TEST_CASE(an_empty_set_has_nothing) {
  lru_set<int> set(3);
  BOOST_TEST(set.empty());
  BOOST_TEST(set.size() == 0u);
  BOOST_TEST(set.capacity() == 3u);
  BOOST_TEST(!set.contains(0));
  BOOST_TEST(!set.touch(0));
  BOOST_TEST(!set.erase(0));
  BOOST_TEST(set.oldest() == nullptr);
  BOOST_TEST(!set.evict_oldest().has_value());
}

BOOST_AUTO_TEST_CASE(a_full_set_drops_the_one_unused_for_longest) {
  lru_set<std::string> set(2);
  BOOST_TEST(set.insert("a").fresh);
  BOOST_TEST(set.insert("b").fresh);
  BOOST_TEST(set.touch("a"));
  const auto third = set.insert("c");
  BOOST_TEST(third.fresh);
  BOOST_REQUIRE(third.evicted.has_value());
  BOOST_TEST(*third.evicted == "b");
  BOOST_TEST(!set.contains("b"));
  const auto again = set.insert("a");  // a second insert is a touch
  BOOST_TEST(!again.fresh);
  BOOST_TEST(!again.evicted.has_value());
  BOOST_TEST(*set.oldest() == "c");
}

BOOST_AUTO_TEST_CASE(looking_does_not_touch) {
  lru_set<int> set(2);
  set.insert(1);
  set.insert(2);
  BOOST_TEST(set.contains(1));
  BOOST_TEST(*set.oldest() == 1);
}

BOOST_AUTO_TEST_CASE(its_own_oldest_may_be_passed_back) {
  lru_set<std::string> set(3);
  for (const auto* key : {"a", "b", "c"}) set.insert(key);
  BOOST_TEST(set.touch(*set.oldest()));
  BOOST_TEST(*set.oldest() == "b");
  BOOST_TEST(set.erase(*set.oldest()));
  BOOST_TEST(*set.oldest() == "c");
  BOOST_TEST(set.size() == 2u);
}

BOOST_AUTO_TEST_CASE(capacities_zero_and_one_work) {
  lru_set<int> zero(0);
  const auto none = zero.insert(4);
  BOOST_TEST(none.fresh);
  BOOST_TEST((none.evicted == std::optional<int>(4)));
  BOOST_TEST(zero.empty());
  BOOST_TEST(!zero.contains(4));
  lru_set<int> one(1);
  BOOST_TEST(!one.insert(4).evicted.has_value());
  BOOST_TEST((one.insert(5).evicted == std::optional<int>(4)));
  BOOST_TEST(one.erase(5));
  BOOST_TEST(one.insert(6).fresh);
  BOOST_TEST(*one.oldest() == 6);
}

BOOST_AUTO_TEST_CASE(a_copy_is_independent_and_clear_keeps_the_capacity) {
  lru_set<int> set(3);
  for (int i = 0; i < 3; ++i) set.insert(i);
  auto copy = set;
  copy.erase(1);
  BOOST_TEST((drained(set) == std::vector<int>{0, 1, 2}));
  BOOST_TEST((drained(copy) == std::vector<int>{0, 2}));
  set.clear();
  BOOST_TEST(set.empty());
  BOOST_TEST(set.capacity() == 3u);
  BOOST_TEST(set.insert(1).fresh);
}

BOOST_AUTO_TEST_CASE(removed_keys_do_not_stay_in_memory) {
  BOOST_REQUIRE(tracked::alive == 0);
  lru_set<tracked, tracked_hash> set(50);
  for (int i = 0; i < 200; ++i) {
    set.insert(tracked(i));
    BOOST_TEST(tracked::alive == static_cast<int>(set.size()));
  }
  for (int i = 150; i < 200; i += 2) set.erase(tracked(i));
  BOOST_TEST(set.size() == 25u);
  BOOST_TEST(tracked::alive == 25);
  set.clear();
  BOOST_TEST(tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(it_behaves_as_the_model) { compare_with_model<lru_set<int>>(); }

BOOST_AUTO_TEST_CASE(it_behaves_as_the_model_when_all_keys_collide) {
  compare_with_model<lru_set<int, one_bucket>>();
}

BOOST_AUTO_TEST_CASE(it_takes_sii_keys) {
  lru_set<glados::sii_key> set(100);
  for (int i = 0; i < 300; ++i) {
    glados::sii_key key;
    key.value[0] = static_cast<std::uint8_t>(i);
    key.value[9] = static_cast<std::uint8_t>(i >> 8);  // beyond what the hash reads
    BOOST_TEST(set.insert(key).fresh);
  }
  BOOST_TEST(set.size() == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
