// Clients that misbehave, deadlines, the end of a server, and whose answer is whose.
#include <sys/socket.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "fixture.hpp"

using namespace glados::http;
using namespace glados::http::test;

BOOST_AUTO_TEST_SUITE(endurance)

namespace {

const std::string request_of_x = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Keeps exchanges until the test answers them.
struct holder {
  std::mutex mutex;
  std::vector<exchange> held;

  server::handler handler() {
    return [this](exchange here, const request&) {
      std::lock_guard guard(mutex);
      held.push_back(here);
    };
  }
  std::size_t size() {
    std::lock_guard guard(mutex);
    return held.size();
  }
  exchange at(std::size_t index) {
    std::lock_guard guard(mutex);
    return held.at(index);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_costs_no_cpu) {
  auto options = quick_options();
  const std::string large(std::size_t{32} << 20U, 'x');
  options.threads = 1;
  const auto server = serve(options, [&](exchange here, const request& what) {
    here.answer(text_reply(what.path == "/x" ? large : "small"));
  });
  tls_client stuck(server->port());
  BOOST_REQUIRE(stuck.send(request_of_x));
  BOOST_REQUIRE(eventually([&] { return server->counters().bytes_out > 0; }));
  tls_client good(server->port());
  BOOST_TEST(good.get("/y").status == 200);
  const auto cpu = cpu_used();
  BOOST_TEST(!plain_socket(server->port()).closed_by_peer(1s));  // a second passes
  BOOST_TEST((cpu_used() - cpu < 100ms));
  BOOST_TEST(server->counters().connections == 2U);
}

BOOST_AUTO_TEST_CASE(a_stuck_write_ends_at_its_deadline) {
  auto options = quick_options();
  options.write_deadline = 200ms;
  options.slow_reader_bytes_per_second = std::size_t{1} << 30U;
  const std::string large(std::size_t{16} << 20U, 'x');
  const auto server =
      serve(options, [&](exchange here, const request&) { here.answer(text_reply(large)); });
  tls_client stuck(server->port());
  BOOST_REQUIRE(stuck.send(request_of_x));
  BOOST_TEST(eventually([&] { return server->counters().dropped_slow == 1; }));
  BOOST_TEST(eventually([&] { return server->counters().connections == 0; }));
}

BOOST_AUTO_TEST_CASE(a_slow_but_steady_reader_gets_everything) {
  const std::string large(std::size_t{8} << 20U, 'x');
  const auto server = serve(quick_options(),
                            [&](exchange here, const request&) { here.answer(text_reply(large)); });
  tls_client client(server->port());
  for (int i = 0; i < 2; ++i) {
    BOOST_REQUIRE(client.send(request_of_x));
    BOOST_TEST(client.receive().body.size() == large.size());
  }
}

BOOST_AUTO_TEST_CASE(resets_in_mid_response_leave_nothing_behind) {
  const auto* wanted = std::getenv("GLADOS_TEST_RESETS");
  const int resets = wanted ? std::atoi(wanted) : 500;
  const std::string large(std::size_t{4} << 20U, 'x');
  const auto server = serve(quick_options(), [&](exchange here, const request& what) {
    here.answer(text_reply(what.path == "/x" ? large : "small"));
  });
  BOOST_TEST(tls_client(server->port()).get("/y").status == 200);
  BOOST_REQUIRE(eventually([&] { return server->counters().connections == 0; }));
  const auto baseline = open_descriptors();
  session_ptr session;
  for (int i = 0; i < resets; ++i) {
    tls_client client(server->port(), {.resume = session});
    BOOST_REQUIRE(client.send(request_of_x));
    char byte = 0;
    BOOST_REQUIRE(::recv(client.number(), &byte, 1, 0) == 1);
    client.reset();
  }
  // A thread sanitizer makes the copies of 4 MiB slow, and the server is far behind by now.
  BOOST_TEST(eventually([&] { return server->counters().connections == 0; }, 60s));
  BOOST_TEST(eventually([&] { return open_descriptors() == baseline; }));
  BOOST_TEST(tls_client(server->port()).get("/y").status == 200);
}

BOOST_AUTO_TEST_CASE(slow_heads_and_bodies_and_idleness_end) {
  auto options = quick_options();
  options.header_deadline = options.body_deadline = options.idle_deadline = 300ms;
  const auto server = serve(options);
  const std::string head = "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
  for (const auto& start : {std::string(), std::string("GET /x HT"), head, head + "hel"}) {
    tls_client client(server->port());
    BOOST_REQUIRE(client.connected());
    if (!start.empty())
      client.send(start);
    BOOST_TEST(client.ended(), start);
  }
  BOOST_TEST(eventually([&] { return server->counters().dropped_slow == 4; }));
}

BOOST_AUTO_TEST_CASE(a_request_without_answer_is_answered_at_its_deadline) {
  auto options = quick_options();
  options.request_deadline = 100ms;
  holder kept;
  const auto server = serve(options, kept.handler());
  tls_client client(server->port());
  client.send(request_of_x);
  BOOST_TEST(client.receive().status == 503);
  std::promise<bool> late;
  const auto first = kept.at(0);
  first.home()->post([&] { late.set_value(first.answer(text_reply("late"))); });
  BOOST_TEST(!late.get_future().get());
  BOOST_TEST(server->counters().late == 1U);
  client.send(request_of_x);
  BOOST_REQUIRE(eventually([&] { return kept.size() == 2; }));
  kept.at(1).post_answer(text_reply("second"));
  BOOST_TEST(client.receive().body == "second");
}

BOOST_AUTO_TEST_CASE(drain_finishes_what_is_in_flight) {
  holder kept;
  auto server = serve(quick_options(), kept.handler());
  const auto port = server->port();
  tls_client busy(port);
  tls_client idle(port);
  busy.send(request_of_x);
  BOOST_REQUIRE(eventually([&] { return kept.size() == 1; }));
  auto drained = std::async(std::launch::async, [&] { return server->drain(10s); });
  BOOST_TEST(idle.ended());
  BOOST_TEST(!tls_client(port).connected());
  BOOST_TEST((drained.wait_for(0s) == std::future_status::timeout));
  kept.at(0).post_answer(text_reply("done"));
  const auto answer = busy.receive();
  BOOST_TEST(answer.body == "done");
  BOOST_TEST(answer.says("Connection: close\r\n"));
  BOOST_TEST(busy.ended());
  busy.reset();
  BOOST_TEST(drained.get());
}

BOOST_AUTO_TEST_CASE(drain_gives_up_at_its_deadline) {
  holder kept;
  auto server = serve(quick_options(), kept.handler());
  tls_client busy(server->port());
  busy.send(request_of_x);
  BOOST_REQUIRE(eventually([&] { return kept.size() == 1; }));
  BOOST_TEST(!server->drain(100ms));
  BOOST_TEST(busy.receive().status == 0);
}

BOOST_AUTO_TEST_CASE(every_answer_reaches_the_request_it_belongs_to) {
  struct job {
    exchange here;
    std::string token;
  };
  std::mutex mutex;
  std::deque<job> jobs;
  const auto server = serve(quick_options(), [&](exchange here, const request& what) {
    std::lock_guard guard(mutex);
    jobs.push_back({here, std::string(what.path)});
  });
  // Answers come late, from another thread, the newest first, so that many find their client gone.
  std::jthread answering([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::unique_lock guard(mutex);
      if (jobs.empty()) {
        guard.unlock();
        std::this_thread::yield();
        continue;
      }
      auto next = std::move(jobs.back());
      jobs.pop_back();
      guard.unlock();
      next.here.post_answer(text_reply(next.token));
    }
  });
  std::atomic<int> wrong{0};
  std::atomic<int> right{0};
  const auto churn = [&](int lane) {
    session_ptr session;
    for (int i = 0; i < 150; ++i) {
      tls_client client(server->port(), {.resume = session});
      const auto token = numbered(numbered("/", lane) + ".", i) + ".";
      if (i % 3 == 0) {  // leaves before the answer
        client.send("GET " + token + " HTTP/1.1\r\nHost: x\r\n\r\n");
        client.reset();
        continue;
      }
      for (int more = 0; more < 2; ++more) {
        const auto own = numbered(token, more);
        (client.get(own).body == own ? right : wrong)++;
      }
      session = client.session();
    }
  };
  {
    std::vector<std::jthread> lanes;
    for (int lane = 0; lane < 4; ++lane) lanes.emplace_back(churn, lane);
  }
  BOOST_TEST(wrong == 0);
  BOOST_TEST(right == 4 * 100 * 2);
  answering.request_stop();
  answering.join();
}

BOOST_AUTO_TEST_CASE(tasks_and_timers_run_on_their_worker_in_order) {
  const auto server = serve();
  auto& home = server->worker_at(0);
  std::vector<int> order;
  std::promise<void> done;
  for (int i = 0; i < 1000; ++i)
    home.post([&, i] { order.push_back(worker::current() == &home ? i : -1); });
  home.post([&] {
    const auto begin = std::chrono::steady_clock::now();
    const auto unwanted = home.after(20ms, [&] { order.push_back(-2); });
    home.after(40ms, [&, begin] {
      order.push_back(std::chrono::steady_clock::now() - begin >= 40ms ? 1001 : -3);
      done.set_value();
    });
    home.after(10ms, [&, unwanted] {
      order.push_back(1000);
      home.cancel(unwanted);
    });
  });
  done.get_future().wait();
  std::vector<int> wanted;
  for (int i = 0; i <= 1001; ++i) wanted.push_back(i);
  BOOST_TEST(order == wanted);
}

BOOST_AUTO_TEST_SUITE_END()
