#include "load/code_desk.hpp"

#include "load/json_text.hpp"
#include "load/request_text.hpp"

namespace glados::load {
namespace {

constexpr std::size_t window_count = 4;
constexpr std::uint64_t again_after = second_ns / 20;  // a message is there within a second

}  // namespace

/// One connection with one question at a time.
class code_desk::window final : public wakeable {
 public:
  window(code_desk& of, SSL_CTX* context, poller& waits)
      : desk_(of), link_(context, waits, *this) {}

  bool free() const { return !busy_ && link_.at() != connection::state::connecting; }

  void take(question asked, std::uint64_t now) {
    asked_ = std::move(asked);
    busy_ = true;
    text_ = outbox_request(desk_.to_, asked_.number);
    if (link_.at() == connection::state::idle)
      send(now);
    else if (!link_.open(desk_.to_, desk_.as_, now))
      give_back({});
  }

  void on_ready() override {
    using event = connection::event;
    const auto got = link_.on_ready();
    if (got == event::ready && busy_)
      return send(steady_ns());
    if (got == event::answered) {
      auto code = newest_code(link_.reader().body(), asked_.provider);
      if (link_.reader().closes())
        link_.close();
      return give_back(std::move(code));
    }
    if ((got == event::failed || got == event::malformed) && busy_)
      give_back({});
  }

 private:
  void send(std::uint64_t now) {
    if (!link_.send(text_, now, true))
      give_back({});
  }
  void give_back(std::string code) {
    busy_ = false;
    desk_.settle(asked_, std::move(code), steady_ns());
  }

  code_desk& desk_;
  connection link_;
  question asked_;
  bool busy_ = false;
  std::string text_;
};

code_desk::code_desk(SSL_CTX* context, poller& waits, const target& to, const identity& as,
                     told then)
    : to_(to), as_(as), then_(std::move(then)) {
  for (std::size_t i = 0; i < window_count; ++i)
    windows_.push_back(std::make_unique<window>(*this, context, waits));
}

code_desk::~code_desk() = default;

void code_desk::ask(std::size_t who, std::uint64_t number, const std::string& provider,
                    std::uint64_t now) {
  open_.push_back({who, number, now + patience, now, provider});
}

void code_desk::settle(const question& asked, std::string code, std::uint64_t now) {
  if (!code.empty() || now >= asked.until)
    return then_(asked.who, std::move(code));
  auto again = asked;
  again.due = now + again_after;
  open_.push_back(again);
}

void code_desk::tick(std::uint64_t now) {
  for (auto& each : windows_) {
    if (open_.empty())
      return;
    if (!each->free())
      continue;
    std::size_t at = 0;
    while (at < open_.size() && open_[at].due > now) ++at;
    if (at == open_.size())
      return;
    const auto next = open_[at];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
    each->take(next, now);
  }
}

}  // namespace glados::load
