// A reproducible source for tests: SHA-256 of a counter and a seed.
#pragma once

#include <string>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace glados::crypto::test {

class seeded_random final : public random_source {
 public:
  explicit seeded_random(unsigned seed) : seed_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) {
      if (used_ == block_.size()) {
        block_ = sha256(std::to_string(seed_) + "/" + std::to_string(counter_++));
        used_ = 0;
      }
      byte = block_[used_++];
    }
  }

 private:
  unsigned seed_;
  unsigned counter_ = 0;
  digest32 block_{};
  std::size_t used_ = sizeof(digest32);
};

}  // namespace glados::crypto::test
