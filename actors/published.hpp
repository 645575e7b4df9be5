// A value that many threads read all the time and somebody replaces now and then: the table of
// shards, the directory of providers. Owned by its directory; safe from any thread.
//
// A thread that reads often keeps a `view` of its own: it looks at one number that changes with the
// value, and takes neither the lock nor a reference that other threads count in the same cache
// line.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace glados::actors {

template <class T>
class published {
 public:
  using pointer = std::shared_ptr<const T>;

  explicit published(pointer first = {}) : value_(std::move(first)) {}

  pointer read() const {
    std::lock_guard guard(lock_);
    return value_;
  }
  void publish(pointer next) {
    {
      std::lock_guard guard(lock_);
      value_.swap(next);
    }
    turn_.fetch_add(1, std::memory_order_release);
  }

  /// Used by one thread; must not outlive what it looks at. Holds the value that it saw last until
  /// it is used again.
  class view {
   public:
    explicit view(const published& of) : of_(of) {}

    /// Valid until the next call.
    const T* get() {
      const auto turn = of_.turn_.load(std::memory_order_acquire);
      if (turn != seen_) {
        value_ = of_.read();
        seen_ = turn;
      }
      return value_.get();
    }

   private:
    const published& of_;
    std::uint64_t seen_ = 0;
    pointer value_;
  };

 private:
  mutable std::mutex lock_;
  pointer value_;
  std::atomic<std::uint64_t> turn_{1};
};

}  // namespace glados::actors
