// Another process with a gate that answers everything by rote, reached over real TLS; and values to
// fill messages with.
#pragma once

#include <sys/types.h>

#include <caf/actor_system.hpp>
#include <caf/binary_serializer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "cluster/caf_link.hpp"

namespace glados::cluster::test {

/// Gives every member of a message a value of its own, in the order of its `inspect`.
class filler {
 public:
  template <class... Ts>
  bool operator()(Ts&... xs) {
    (fill(xs), ...);
    return true;
  }

 private:
  template <class T>
  void fill(T& x) {
    if constexpr (std::is_same_v<T, bool>)
      x = true;
    else if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(1);
    else if constexpr (std::is_arithmetic_v<T>)
      x = static_cast<T>(++next_);
    else
      inspect(*this, x);
  }
  void fill(std::string& x) { x = "text-" + std::to_string(++next_); }
  template <class Rep, class Period>
  void fill(std::chrono::duration<Rep, Period>& x) {
    x = std::chrono::duration<Rep, Period>(++next_);
  }
  template <class T, std::size_t N>
  void fill(std::array<T, N>& x) {
    for (auto& one : x) fill(one);
  }
  template <class T>
  void fill(std::vector<T>& x) {
    x.resize(2);
    for (auto& one : x) fill(one);
  }
  void fill(caf::strong_actor_ptr&) {}

  int next_ = 0;
};

template <class T>
T filled() {
  T out;
  filler fill;
  inspect(fill, out);
  return out;
}

/// The bytes that would travel: two messages are the same if these are.
template <class T>
std::vector<char> bytes_of(caf::actor_system& system, T value) {
  std::vector<char> out;
  caf::binary_serializer sink(system, out);
  sink(value);
  return out;
}

/// Certificates of two authorities, made once.
class certificates {
 public:
  static const certificates& instance();
  ~certificates();
  /// What a node of authority "own" or "foreign" is started with.
  link_options of(const std::string& authority) const;

 private:
  certificates();
  std::string folder_;
};

/// A process with a node's actor system and a gate. Made before this process has any thread; ended
/// with its owner.
class other_side {
 public:
  explicit other_side(const std::string& authority = "own");
  ~other_side();
  other_side(const other_side&) = delete;
  other_side& operator=(const other_side&) = delete;

  const std::string& address() const { return address_; }
  void signal(int number) const;

 private:
  pid_t pid_ = -1;
  int to_ = -1;
  std::string address_;
};

/// This process as a node.
struct this_side {
  explicit this_side(const link_options& options);
  result<actors::gate_actor> connect(const std::string& address);

  node_config config;
  caf::actor_system system;
  caf_link link;
};

}  // namespace glados::cluster::test
