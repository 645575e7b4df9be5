#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "crypto/digest.hpp"

namespace glados::crypto {

namespace {

class openssl_random final : public random_source {
 public:
  void fill(std::span<std::uint8_t> out) override {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
      throw std::runtime_error("the random generator failed");
  }
};

}  // namespace

random_source& system_random() {
  static openssl_random source;
  return source;
}

std::string random_token(random_source& random, std::size_t bytes) {
  std::string raw(bytes, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
  auto text = base64url(as_bytes(raw));
  cleanse(raw);
  return text;
}

std::uint32_t random_below(random_source& random, std::uint32_t bound) {
  // 2^32 mod bound values at the low end would make some results likelier than others
  const std::uint32_t unfair = (0U - bound) % bound;
  for (;;) {
    std::array<std::uint8_t, 4> raw;
    random.fill(raw);
    const std::uint32_t drawn = std::uint32_t{raw[0]} << 24 | std::uint32_t{raw[1]} << 16 |
                                std::uint32_t{raw[2]} << 8 | raw[3];
    if (drawn >= unfair)
      return drawn % bound;
  }
}

std::string random_code(random_source& random) {
  auto number = random_below(random, 1'000'000);
  std::string code(6, '0');
  for (std::size_t i = code.size(); i-- > 0; number /= 10)
    code[i] = static_cast<char>('0' + number % 10);
  return code;
}

}  // namespace glados::crypto
