#include "load/sign_in.hpp"

#include <chrono>
#include <stdexcept>

#include "load/connection.hpp"
#include "load/json_text.hpp"
#include "load/request_text.hpp"

namespace glados::load {
namespace {

constexpr std::size_t at_once = 32;
constexpr std::uint64_t look_again = second_ns / 20;

/// One connection for one caller.
class visit final : public wakeable {
 public:
  visit(caller& who, const target& at, SSL_CTX* context, poller& waits)
      : who_(who), text_(token_request(at, who)), link_(context, waits, *this) {
    failed_ = !link_.open(at, who.shows, steady_ns());
  }

  void on_ready() override {
    using event = connection::event;
    const auto got = link_.on_ready();
    if (got == event::ready)
      failed_ = !link_.send(text_, steady_ns(), true);
    else if (got == event::answered)
      take();
    else if (got != event::none)
      failed_ = true;
  }

  bool done() const { return done_; }
  std::string why(std::uint64_t now, std::uint64_t patience) const {
    if (status_ != 0)
      return "its token was refused with " + std::to_string(status_);
    if (failed_)
      return "no connection for its token";
    return now - link_.since() > patience ? "no answer to its token request" : "";
  }
  const std::string& name() const { return who_.name; }
  std::uint64_t lifetime() const { return lifetime_; }

 private:
  void take() {
    auto token = json_member(link_.reader().body(), "access_token");
    lifetime_ = json_number(link_.reader().body(), "expires_in");
    done_ = link_.reader().status() == 200 && !token.empty();
    if (done_)
      who_.token(std::move(token));
    else
      status_ = link_.reader().status();
  }

  caller& who_;
  std::string text_;
  connection link_;
  bool done_ = false, failed_ = false;
  int status_ = 0;
  std::uint64_t lifetime_ = 0;
};

}  // namespace

std::uint64_t sign_in(caller_list& callers, const std::vector<target>& targets, SSL_CTX* context,
                      double timeout, const std::atomic<bool>& interrupted) {
  const auto patience = static_cast<std::uint64_t>(timeout * 1e9);
  poller waits;
  std::vector<std::unique_ptr<visit>> open;
  std::size_t next = 0;
  std::uint64_t lifetime = 0;
  while (next < callers.size() || !open.empty()) {
    for (; next < callers.size() && open.size() < at_once; ++next)
      if (!callers[next]->client_id.empty())
        open.push_back(std::make_unique<visit>(*callers[next], targets[next % targets.size()],
                                               context, waits));
    waits.wait(look_again);
    if (interrupted)
      throw std::runtime_error("interrupted");
    const auto now = steady_ns();
    for (auto at = open.begin(); at != open.end();) {
      if (const auto why = (*at)->why(now, patience); !why.empty())
        throw std::runtime_error((*at)->name() + ": " + why);
      if ((*at)->done()) {
        lifetime = lifetime == 0 ? (*at)->lifetime() : std::min(lifetime, (*at)->lifetime());
        at = open.erase(at);
      } else {
        ++at;
      }
    }
  }
  return lifetime;
}

token_renewal::token_renewal(caller_list& callers, const std::vector<target>& targets,
                             SSL_CTX* context, double timeout, std::uint64_t lifetime) {
  if (lifetime == 0)
    return;
  thread_ = std::thread([this, &callers, &targets, context, timeout, lifetime] {
    const auto span = std::chrono::milliseconds(std::max<std::uint64_t>(lifetime * 500, 1'000));
    std::unique_lock guard(lock_);
    while (!wake_.wait_for(guard, span, [this] { return ended_.load(); })) {
      try {
        sign_in(callers, targets, context, timeout, ended_);
      } catch (const std::exception&) {
        // The old tokens are good for as long again; the next turn tries anew.
      }
    }
  });
}

token_renewal::~token_renewal() {
  ended_ = true;  // ends a signing in that is under way
  { const std::lock_guard guard(lock_); }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

}  // namespace glados::load
