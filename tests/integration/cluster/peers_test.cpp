// The link between two processes: every message comes through as it was sent; a peer that dies or
// freezes is noticed; an address that swallows packets holds up nobody; strangers are refused.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <future>
#include <thread>

#include "other_side.hpp"

namespace glados::cluster::test {
namespace {

using namespace actors;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// Two processes and the gate of the other one.
struct pair {
  pair() {
    BOOST_REQUIRE_NE(there.address(), "none");
    auto got = here.connect(there.address());
    BOOST_REQUIRE(bool(got));
    gate = *got;
  }

  template <class Message, class Answer>
  void comes_through() {
    caf::scoped_actor self{here.system};
    bool same = false;
    self->request(gate, 5s, filled<Message>())
        .receive(
            [&](const Answer& got) {
              same = bytes_of(here.system, got) == bytes_of(here.system, filled<Answer>());
            },
            [&](const caf::error& why) { BOOST_ERROR(here.system.render(why)); });
    BOOST_TEST(same, typeid(Message).name());
  }

  /// How long after `what` the connection counts as broken.
  std::chrono::milliseconds until_down(const std::function<void()>& what) {
    caf::scoped_actor self{here.system};
    self->monitor(gate);
    what();
    const auto began = steady::now();
    bool down = false;
    self->receive([&](const caf::down_msg&) { down = true; }, caf::after(10s) >> [] {});
    BOOST_TEST(down);
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - began);
  }

  other_side there;  // first: it is made before this process has threads
  this_side here{certificates::instance().of("own")};
  gate_actor gate;
};

/// Listens and never accepts; its queue is full, so that what connects to it hears nothing.
struct black_hole {
  black_hole() {
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    BOOST_REQUIRE_EQUAL(::bind(fd, reinterpret_cast<sockaddr*>(&at), size), 0);
    BOOST_REQUIRE_EQUAL(::listen(fd, 0), 0);
    BOOST_REQUIRE_EQUAL(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
    address = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    for (auto& one : filling) {
      one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      (void)::connect(one, reinterpret_cast<sockaddr*>(&at), size);
    }
  }
  ~black_hole() {
    for (const int one : filling) ::close(one);
    ::close(fd);
  }
  int fd = -1;
  std::array<int, 4> filling{};
  std::string address;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) { return t.tv_sec + t.tv_usec / 1e6; };
  return of(used.ru_utime) + of(used.ru_stime);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peers)

BOOST_AUTO_TEST_CASE(every_question_and_answer_comes_through) {
  pair p;
  p.comes_through<lookup_mapping, lookup_answer>();
  p.comes_through<decide_mapping, mapping_answer>();
  p.comes_through<get_mapping, mapping_answer>();
  p.comes_through<find_mapping, mapping_answer>();
  p.comes_through<remove_mapping, mapping_answer>();
  p.comes_through<open_verification, verification_answer>();
  p.comes_through<check_code, verification_answer>();
  p.comes_through<plan_resend, verification_answer>();
  p.comes_through<resend_code, verification_answer>();
  p.comes_through<cancel_verification, verification_answer>();
  p.comes_through<get_verification, verification_answer>();
  p.comes_through<get_change, change_answer>();
  p.comes_through<file_report, change_answer>();
  p.comes_through<register_rows, register_answer>();
  p.comes_through<retract_rows, retract_answer>();
  p.comes_through<find_sandbox_messages, sandbox_notes>();
}

BOOST_AUTO_TEST_CASE(many_lookups_at_once_come_through) {
  pair p;
  caf::scoped_actor self{p.here.system};
  self->send(p.gate, filled<lookup_batch>());
  bool same = false;
  self->receive(
      [&](const lookup_results& got) {
        same = bytes_of(p.here.system, got) == bytes_of(p.here.system, filled<lookup_results>());
      },
      caf::after(5s) >> [] { BOOST_ERROR("nothing came"); });
  BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(news_come_through_and_a_gate_travels) {
  pair p;
  caf::scoped_actor self{p.here.system};
  self->send(p.gate, peer_hello{"node-1.x", caf::actor_cast<caf::strong_actor_ptr>(self)});
  int seen = 0;
  auto& system = p.here.system;
  for (int i = 0; i < 4; ++i)
    self->receive([&](const peer_hello& got) { seen += got.incarnation == "node-1.x was here"; },
                  [&](const shard_moved& got) {
                    seen += bytes_of(system, got) == bytes_of(system, filled<shard_moved>());
                  },
                  [&](const shard_released& got) {
                    seen += bytes_of(system, got) == bytes_of(system, filled<shard_released>());
                  },
                  [&](const provider_rung& got) {
                    seen += bytes_of(system, got) == bytes_of(system, filled<provider_rung>());
                  },
                  caf::after(5s) >> [] { BOOST_ERROR("nothing came"); });
  BOOST_TEST(seen == 4);
}

BOOST_AUTO_TEST_CASE(a_killed_peer_is_noticed_at_once_and_a_frozen_one_soon) {
  {
    pair p;
    const auto took = p.until_down([&] { p.there.signal(SIGKILL); });
    BOOST_TEST_MESSAGE("killed: noticed after " << took.count() << " ms");
    BOOST_TEST(took.count() < 500);
  }
  pair p;
  const auto took = p.until_down([&] { p.there.signal(SIGSTOP); });
  BOOST_TEST_MESSAGE("frozen: noticed after " << took.count() << " ms");
  BOOST_TEST(took.count() < 2'500);
}

BOOST_AUTO_TEST_CASE(an_address_that_swallows_packets_holds_up_nobody) {
  other_side there;
  black_hole hole;
  this_side here(certificates::instance().of("own"));
  std::vector<std::future<errc>> lost;
  for (int i = 0; i < 4; ++i) {
    auto told = std::make_shared<std::promise<errc>>();
    lost.push_back(told->get_future());
    here.link.connect(hole.address,
                      [told](const result<gate_actor>& got) { told->set_value(got.error()); });
  }
  const auto began = steady::now();
  BOOST_TEST(bool(here.connect(there.address())));
  BOOST_TEST((steady::now() - began < 900ms));
  for (auto& one : lost) BOOST_TEST((one.get() == errc::storage_unavailable));
  BOOST_TEST((steady::now() - began < 4s));
}

BOOST_AUTO_TEST_CASE(strangers_are_refused) {
  other_side there("foreign");
  this_side here(certificates::instance().of("own"));
  BOOST_TEST((here.connect(there.address()).error() == errc::storage_unavailable));
  for (const auto* address : {"127.0.0.1:1", "127.0.0.1", ":1", "127.0.0.1:x", ""})
    BOOST_TEST((here.connect(address).error() == errc::storage_unavailable), address);
}

BOOST_AUTO_TEST_CASE(the_link_neither_spins_nor_stalls) {
  pair p;
  const auto before = cpu_seconds();
  std::this_thread::sleep_for(2s);
  const auto idle = cpu_seconds() - before;
  BOOST_TEST_MESSAGE("idle: " << idle / 2 * 100 << " % of a core");
  BOOST_TEST(idle < 0.2);
  // Many in flight: the slowest answer tells of a stall.
  constexpr int each = 20'000;
  auto slowest = std::make_shared<std::promise<std::chrono::milliseconds>>();
  p.here.system.spawn([gate = p.gate, slowest](caf::event_based_actor* self) {
    struct run {
      int left = each, open = 0;
      steady::duration worst{0};
    };
    auto now = std::make_shared<run>();
    auto issue = std::make_shared<std::function<void()>>();
    *issue = [=, own = std::weak_ptr(issue)] {
      const auto again = own.lock();  // who waits for an answer holds it
      while (now->left > 0 && now->open < 64) {
        --now->left;
        ++now->open;
        const auto sent = steady::now();
        self->request(gate, 10s, filled<lookup_mapping>())
            .then(
                [=](const lookup_answer&) {
                  --now->open;
                  now->worst = std::max(now->worst, steady::now() - sent);
                  if (now->left > 0 || now->open > 0)
                    return (*again)();
                  slowest->set_value(
                      std::chrono::duration_cast<std::chrono::milliseconds>(now->worst));
                },
                [=](const caf::error&) { now->worst = 10s; });
      }
    };
    (*issue)();
  });
  const auto began = steady::now();
  auto got = slowest->get_future();
  BOOST_REQUIRE((got.wait_for(60s) == std::future_status::ready));
  const auto worst = got.get();
  const auto took = std::chrono::duration<double>(steady::now() - began).count();
  BOOST_TEST_MESSAGE(each / took << " questions/s, the slowest after " << worst.count() << " ms");
  BOOST_TEST(worst.count() < 2'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::cluster::test
