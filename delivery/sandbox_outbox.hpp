// Where messages go in the sandbox: into memory instead of to people.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/curl_loop.hpp"
#include "delivery/message.hpp"

namespace glados::delivery {

struct sandbox_message {
  std::string sii;  ///< canonical: "tel:+…" or "mailto:…"
  std::string provider_id;
  channel ch = channel::sms;
  std::string text;
  std::string code;
  std::chrono::system_clock::time_point at{};
};

/// Accepts every message and keeps the newest `capacity` of them, in memory only, codes in clear:
/// the production profile refuses to start with it. Its view is of this node. Owned by the
/// application; usable from any thread. The loop only lends its thread for the reports.
class sandbox_outbox final : public sender {
 public:
  using clock = std::function<std::chrono::system_clock::time_point()>;

  explicit sandbox_outbox(curl_loop& loop, std::size_t capacity = 10'000,
                          clock now = &std::chrono::system_clock::now);
  ~sandbox_outbox() override;
  void send(outgoing message, std::chrono::milliseconds deadline,
            std::function<void(send_result)> done) override;

  /// All that is kept for one canonical SII, newest last.
  std::vector<sandbox_message> find(std::string_view sii) const;

 private:
  curl_loop& loop_;
  const std::size_t capacity_;
  const clock now_;
  mutable std::mutex lock_;
  std::deque<sandbox_message> kept_;
};

}  // namespace glados::delivery
