#include "delivery/sandbox_outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace glados::delivery {

sandbox_outbox::sandbox_outbox(curl_loop& loop, std::size_t capacity, clock now)
    : loop_(loop), capacity_(std::max<std::size_t>(1, capacity)), now_(std::move(now)) {}

sandbox_outbox::~sandbox_outbox() = default;

void sandbox_outbox::send(outgoing message, std::chrono::milliseconds,
                          std::function<void(send_result)> done) {
  sandbox_message entry;
  entry.sii = (message.ch == channel::email ? "mailto:" : "tel:") + message.address;
  entry.ch = message.ch;
  entry.text = message.text;
  if (message.note) {
    entry.provider_id = message.note->provider_id;
    entry.code = message.note->code;
  }
  {
    std::lock_guard guard{lock_};
    entry.at = now_();
    if (kept_.size() == capacity_)
      kept_.pop_front();
    kept_.push_back(std::move(entry));
  }
  loop_.post([done = std::move(done)] { done({outcome::accepted, "sandbox", 1, false}); });
}

std::vector<sandbox_message> sandbox_outbox::find(std::string_view sii) const {
  std::vector<sandbox_message> found;
  std::lock_guard guard{lock_};
  std::copy_if(kept_.begin(), kept_.end(), std::back_inserter(found),
               [&](const sandbox_message& entry) { return entry.sii == sii; });
  return found;
}

}  // namespace glados::delivery
