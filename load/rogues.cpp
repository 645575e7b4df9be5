#include "load/rogues.hpp"

namespace glados::load {
namespace {

constexpr std::uint64_t tick = second_ns / 100;
/// A try that leads to nothing for so long is given up.
constexpr std::uint64_t longest_try = 120 * second_ns;
constexpr int small_buffer = 4096;
constexpr int long_answers = 32;
constexpr std::size_t sip = 64, junk_size = 512;

key_space each_once(const std::optional<key_space>& of) {
  auto out = of.value_or(key_space{0, 1, 0, 0, true});
  out.sequential = true;
  return out;
}

}  // namespace

/// One connection that misbehaves, rests, and misbehaves again.
class rogues::rogue : public wakeable {
 public:
  rogue(rogues& of, misbehaviour what, std::size_t number)
      : home_(of),
        what_(what),
        found_(of.found_[static_cast<std::size_t>(what)]),
        by_(*of.all_.callers[number % of.all_.callers.size()]),
        to_(of.all_.targets[number % of.all_.targets.size()]),
        text_(of.all_.asked, to_, by_) {}

  void look(std::uint64_t now) {
    if (resting_ && now >= until_) {
      resting_ = false;
      began_ = now;
      ++found_.tries;
      begin(now);
    } else if (!resting_ && now - began_ > longest_try) {
      leave();
      rest();
    } else if (!resting_) {
      go_on();
    }
  }

 protected:
  virtual void begin(std::uint64_t now) = 0;
  virtual void go_on() {}
  virtual void leave() = 0;

  void rest() {
    resting_ = true;
    until_ = steady_ns() + static_cast<std::uint64_t>(home_.all_.asked.misbehaving_pause * 1e9);
  }

  rogues& home_;
  const misbehaviour what_;
  misbehaviour_result& found_;
  const caller& by_;
  const target& to_;
  request_text text_;
  bool resting_ = true;

 private:
  std::uint64_t until_ = 0, began_ = 0;
};

/// Misbehaves below HTTP.
class rogues::rogue_link final : public rogue {
 public:
  rogue_link(rogues& of, misbehaviour what, std::size_t number)
      : rogue(of, what, number), link_(of.all_.context, of.poller_, *this) {}

  void on_ready() override {
    if (!link_.is_open())
      return;
    if (!acting_)
      return below_ ? throw_junk() : shake_hands();
    if (what_ == misbehaviour::slow_reader) {  // it asked for nothing: the connection is gone
      link_.close();
      return ends(tls_link::step::broken);
    }
    if (below_)
      return ends(link_.read_raw());
    read(16384);
  }

 private:
  void begin(std::uint64_t) override {
    acting_ = false;
    below_ = what_ == misbehaviour::junk && turn_++ % 2 == 0;
    reader_.reset();
    const int buffer = what_ == misbehaviour::slow_reader ? small_buffer : 0;
    if (!link_.open(to_, by_.shows, buffer))
      unreachable();
  }
  void leave() override { link_.close(); }
  void go_on() override {
    if (acting_ && what_ == misbehaviour::slow_reader)
      read(sip);
  }

  void unreachable() {
    ++found_.unreachable;
    rest();
  }

  void shake_hands() {
    const auto got = link_.shake_hands();
    if (got == tls_link::step::broken)
      return unreachable();
    if (got == tls_link::step::blocked)
      return;
    acting_ = true;
    sent_ = bytes();
    if (link_.write(sent_) == tls_link::step::broken)
      return ends(tls_link::step::broken);
    if (what_ == misbehaviour::reset) {
      link_.reset();
      rest();
    } else if (what_ == misbehaviour::slow_reader) {
      link_.wait_for(0);
    }
  }

  void throw_junk() {
    if (link_.connected() == tls_link::step::broken)
      return unreachable();
    acting_ = true;
    if (link_.write_raw(junk()) == tls_link::step::broken)
      ends(tls_link::step::broken);
  }

  std::string junk() {
    std::string out(junk_size, '\0');
    for (auto& c : out) c = static_cast<char>(home_.chance_.next());
    return out;
  }

  std::string bytes() {
    if (what_ == misbehaviour::junk)
      return junk();
    if (what_ == misbehaviour::slow_reader) {
      const std::string one = "GET /openapi.json HTTP/1.1\r\nHost: " + to_.authority + "\r\n\r\n";
      std::string out;
      for (int i = 0; i < long_answers; ++i) out += one;
      return out;
    }
    auto out = text_.of(errand(purpose::lookup, 10'000'000'000));
    if (what_ == misbehaviour::half_request)
      out.resize(out.size() - 10);
    return out;
  }

  void read(std::size_t most) {
    std::string_view bytes;
    const auto got = link_.read(bytes, most);
    if (got != tls_link::step::done || what_ == misbehaviour::slow_reader)
      return ends(got);
    const auto now = reader_.feed(bytes);
    if (now == response_reader::progress::more)
      return;
    ++found_.by_status[now == response_reader::progress::done ? reader_.status() : 0];
    link_.close();
    rest();
  }

  void ends(tls_link::step got) {
    if (got != tls_link::step::broken)
      return;
    ++found_.ended;
    rest();
  }

  tls_link link_;
  bool acting_ = false, below_ = false;
  unsigned turn_ = 0;
  std::string sent_;
  response_reader reader_;
};

/// Sends requests as they should be, for what they should not be for.
class rogues::rogue_caller final : public rogue {
 public:
  rogue_caller(rogues& of, misbehaviour what, std::size_t number)
      : rogue(of, what, number), link_(of.all_.context, of.poller_, *this) {}

  void on_ready() override {
    using event = connection::event;
    const auto got = link_.on_ready();
    if (got == event::ready)
      return send();
    if (got == event::answered)
      return answered();
    if ((got == event::failed || got == event::malformed) && !resting_) {
      ++(link_.was() == connection::state::connecting ? found_.unreachable : found_.ended);
      rest();
    }
  }

 private:
  void begin(std::uint64_t now) override {
    doing_ = what_ == misbehaviour::scrape ? errand(purpose::lookup, home_.scraped_.next())
                                           : errand(purpose::guess, home_.guessed_.next());
    if (link_.at() == connection::state::idle)
      return send();
    if (link_.at() == connection::state::closed && !link_.open(to_, by_.shows, now)) {
      ++found_.unreachable;
      rest();
    }
  }
  void leave() override { link_.close(); }

  void send() {
    if (resting_ || link_.send(text_.of(doing_), steady_ns(), doing_.reads_body()))
      return;
    ++found_.ended;
    rest();
  }

  void answered() {
    const auto& reader = link_.reader();
    ++found_.by_status[reader.status()];
    const auto next = doing_.answered(reader.status(), reader.body());
    if (reader.closes())
      link_.close();
    if (next == errand::next::send && !reader.closes())
      return send();
    rest();
  }

  connection link_;
  errand doing_;
};

rogues::rogues(const common_parts& all)
    : all_(all),
      chance_(all.asked.seed, "misbehaviour"),
      scraped_(each_once(all.asked.numbers), all.asked.seed, 0, 1, nullptr),
      guessed_(each_once(all.asked.provable), all.asked.seed, 0, 1, nullptr) {
  for (std::size_t kind = 0; kind < misbehaviour_count; ++kind) {
    const auto what = static_cast<misbehaviour>(kind);
    const bool calls = what == misbehaviour::guess || what == misbehaviour::scrape;
    found_[kind].connections = all.asked.misbehaving[kind];
    for (unsigned i = 0; i < all.asked.misbehaving[kind]; ++i) {
      if (calls)
        members_.push_back(std::make_unique<rogue_caller>(*this, what, members_.size()));
      else
        members_.push_back(std::make_unique<rogue_link>(*this, what, members_.size()));
    }
  }
}

rogues::~rogues() = default;

void rogues::work() {
  auto next = steady_ns();
  while (!stopped_ && !all_.shown.interrupted) {
    const auto now = steady_ns();
    if (now >= next) {
      for (auto& each : members_) each->look(now);
      next = now + tick;
    }
    poller_.wait(tick);
  }
}

}  // namespace glados::load
