#include "crypto/seal.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/crypto/seeded_random.hpp"

using namespace glados::crypto;
using glados::crypto::test::seeded_random;

namespace {

sealer sealer_of(char fill) { return sealer(as_bytes(std::string(32, fill)).first<32>()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(seal)

BOOST_AUTO_TEST_CASE(opens_what_it_sealed) {
  const auto key = sealer_of('k');
  for (const std::size_t size : {0, 1, 15, 16, 17, 128, 5000}) {
    const std::string text(size, 't');
    const auto sealed = key.seal(text, "place", system_random());
    BOOST_TEST(sealed.size() == size + sealer::overhead);
    BOOST_TEST(key.open(sealed, "place").value() == text);
    BOOST_TEST(key.open(key.seal_deterministic(text, ""), "").value() == text);
  }
}

BOOST_AUTO_TEST_CASE(refuses_every_changed_byte_place_and_key) {
  const auto key = sealer_of('k');
  const auto sealed = key.seal("jdrosen2", "s1/record", system_random());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    BOOST_TEST(!key.open(changed, "s1/record"), "byte " << i);
    BOOST_TEST(!key.open(std::string_view(sealed).substr(0, i), "s1/record"), "cut at " << i);
  }
  BOOST_TEST(!key.open(sealed + "x", "s1/record"));
  BOOST_TEST(!key.open(sealed, "s2/record"));
  BOOST_TEST(!key.open(sealed, ""));
  BOOST_TEST(!sealer_of('l').open(sealed, "s1/record"));
  BOOST_TEST(key.open(sealed, "s1/record").has_value());  // a refusal leaves no trace
}

BOOST_AUTO_TEST_CASE(random_seals_differ_and_deterministic_ones_do_not) {
  const auto key = sealer_of('k');
  BOOST_TEST(key.seal("a", "p", system_random()) != key.seal("a", "p", system_random()));
  BOOST_TEST(key.seal_deterministic("a", "p") == key.seal_deterministic("a", "p"));
  BOOST_TEST(key.seal_deterministic("a", "p") == sealer_of('k').seal_deterministic("a", "p"));
  std::set<std::string> nonces;
  for (const auto* aad : {"", "p", "pq"})
    for (const auto* text : {"", "q", "pq", "a"})
      nonces.insert(key.seal_deterministic(text, aad).substr(0, 12));
  BOOST_TEST(nonces.size() == 12U);
  BOOST_TEST(key.seal_deterministic("abcdef", "p").find("abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(threads_share_sealers) {
  const auto one = sealer_of('1');
  const auto two = sealer_of('2');
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const auto text = std::to_string(t * 1000 + i);
        const auto& mine = (i + t) % 2 == 0 ? one : two;
        const auto& other = (i + t) % 2 == 0 ? two : one;
        const auto sealed = mine.seal_deterministic(text, "p");
        if (mine.open(sealed, "p") != text || other.open(sealed, "p"))
          ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(randomness)

namespace {

/// Hands out given bytes, then fails the test by throwing.
class scripted final : public random_source {
 public:
  explicit scripted(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = bytes_.at(used_++);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t used_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_would_be_biased_is_drawn_again) {
  // 2^32 mod 1,000,000 = 967,296 = 0x0ec280: that many low values are thrown away
  scripted draws({0x00, 0x0e, 0xc2, 0x7f, 0x00, 0x0e, 0xc2, 0x80});
  BOOST_TEST(random_below(draws, 1'000'000) == 967'296U);
  scripted zero({0, 0, 0, 0});
  BOOST_TEST(random_below(zero, 1U << 31) == 0U);
  scripted any({0xff, 0xff, 0xff, 0xff});
  BOOST_TEST(random_below(any, 1) == 0U);
}

BOOST_AUTO_TEST_CASE(codes_have_six_digits_and_use_them_all) {
  scripted small({0, 0x0f, 0x42, 0x47});  // 1,000,007
  BOOST_TEST(random_code(small) == "000007");
  seeded_random random(7);
  std::array<std::array<int, 10>, 6> seen{};
  for (int i = 0; i < 10'000; ++i) {
    const auto code = random_code(random);
    BOOST_REQUIRE(code.size() == 6U);
    for (std::size_t at = 0; at < code.size(); ++at)
      ++seen[at].at(static_cast<std::size_t>(code[at] - '0'));
  }
  for (const auto& place : seen)
    for (const int count : place) BOOST_TEST((count > 850 && count < 1150), count);
}

BOOST_AUTO_TEST_CASE(tokens_are_long_and_distinct) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(random_token(system_random(), 32));
  BOOST_TEST(tokens.size() == 1000U);
  BOOST_TEST(tokens.begin()->size() == 43U);
}

BOOST_AUTO_TEST_SUITE_END()
