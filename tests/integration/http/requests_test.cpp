// Requests on good connections: persistence, order, bodies, refusals.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fixture.hpp"

using namespace glados::http;
using namespace glados::http::test;

BOOST_AUTO_TEST_SUITE(requests)

namespace {

const std::string host = "Host: localhost\r\n";

void echo(exchange here, const request& what) {
  here.answer(text_reply(std::string(what.method) + " " + std::string(what.path) + " " +
                         std::string(what.body)));
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_hundred_requests_on_one_connection) {
  const auto server = serve();
  tls_client client(server->port());
  for (int i = 0; i < 100; ++i) {
    const auto path = numbered("/", i);
    const auto answer = client.get(path);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == path);
    BOOST_TEST(!answer.says("Connection:"));
  }
  BOOST_TEST(server->counters().accepted == 1U);
}

BOOST_AUTO_TEST_CASE(http_1_0_lives_on_when_it_asks) {
  const auto server = serve();
  tls_client client(server->port());
  for (int i = 0; i < 2; ++i) {
    client.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = client.receive();
    BOOST_TEST(answer.says("Connection: keep-alive\r\n"));
    BOOST_TEST(answer.says("Content-Length: 4\r\n"));
  }
  client.send("GET /old HTTP/1.0\r\n\r\n");
  BOOST_TEST(client.receive().says("Connection: close\r\n"));
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(close_is_honoured) {
  const auto server = serve();
  tls_client client(server->port());
  client.send("GET /x HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  BOOST_TEST(client.receive().says("Connection: close\r\n"));
  BOOST_TEST(client.ended());
  BOOST_TEST(eventually([&] { return server->counters().connections == 0; }));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  std::mutex mutex;
  std::vector<exchange> held;
  const auto server = serve(quick_options(), [&](exchange here, const request& what) {
    if (what.path == "/3")  // at once; the others later, from another thread
      return echo(here, what);
    std::lock_guard guard(mutex);
    held.push_back(here);
  });
  tls_client client(server->port());
  std::string all;
  for (const auto* path : {"/1", "/2", "/3", "/3"})
    all += std::string("GET ") + path + " HTTP/1.1\r\n" + host + "\r\n";
  client.send(all);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_REQUIRE(eventually([&] {
      std::lock_guard guard(mutex);
      return held.size() == i + 1;
    }));
    std::lock_guard guard(mutex);
    held[i].post_answer(text_reply(numbered("late ", static_cast<int>(i) + 1)));
  }
  BOOST_TEST(client.receive().body == "late 1");
  BOOST_TEST(client.receive().body == "late 2");
  BOOST_TEST(client.receive().body == "GET /3 ");
  BOOST_TEST(client.receive().body == "GET /3 ");
}

BOOST_AUTO_TEST_CASE(bodies_arrive_whole_however_they_are_sent) {
  const auto server = serve(quick_options(), echo);
  tls_client client(server->port());
  const auto head = "POST /b HTTP/1.1\r\n" + host;
  client.send(head + "Content-Length: 5\r\n\r\nhello");
  BOOST_TEST(client.receive().body == "POST /b hello");
  for (const char byte : head + "Content-Length: 5\r\n\r\nhello") client.send(std::string(1, byte));
  BOOST_TEST(client.receive().body == "POST /b hello");
  client.send(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nl");
  client.send("lo\r\n0\r\n\r\nGET /next HTTP/1.1\r\n" + host + "\r\n");
  BOOST_TEST(client.receive().body == "POST /b hello");
  BOOST_TEST(client.receive().body == "GET /next ");
  const std::string large(64 * 1024, 'a');
  client.send(head + "Content-Length: 65536\r\n\r\n" + large);
  BOOST_TEST(client.receive().body == "POST /b " + large);
}

BOOST_AUTO_TEST_CASE(expect_continue_is_answered) {
  const auto server = serve(quick_options(), echo);
  tls_client client(server->port());
  const auto head = "POST /b HTTP/1.1\r\n" + host + "Expect: 100-continue\r\n";
  client.send(head + "Content-Length: 2\r\n\r\n");
  BOOST_TEST(client.receive().status == 100);
  client.send("ok");
  BOOST_TEST(client.receive().body == "POST /b ok");
  client.send(head + "Content-Length: 99999999\r\n\r\n");
  BOOST_TEST(client.receive().status == 413);
}

BOOST_AUTO_TEST_CASE(head_and_no_content_have_no_body) {
  const auto server = serve(quick_options(), [](exchange here, const request& what) {
    here.answer(text_reply("12345", what.path == "/none" ? 204 : 200));
  });
  tls_client client(server->port());
  client.send("HEAD /x HTTP/1.1\r\n" + host + "\r\nGET /none HTTP/1.1\r\n" + host +
              "Connection: close\r\n\r\n");
  const auto all = client.receive_all();
  BOOST_TEST(count_of(all, "Content-Length: 5\r\n") == 1U);
  BOOST_TEST(count_of(all, "12345") == 0U);
  BOOST_TEST(count_of(all, "HTTP/1.1 204 No Content\r\n") == 1U);
}

BOOST_AUTO_TEST_CASE(an_upload_over_the_limit_gets_one_413_and_a_close) {
  const auto server = serve(quick_options(), echo);
  const std::string part(16 * 1024, 'x');
  for (const auto* kind : {"Content-Length: 1000000", "Transfer-Encoding: chunked"}) {
    tls_client client(server->port());
    client.send("POST /b HTTP/1.1\r\n" + host + kind + "\r\n\r\n");
    const bool chunked = kind[0] == 'T';
    for (int i = 0; i < 60; ++i)
      if (!client.send(chunked ? "4000\r\n" + part + "\r\n" : part))
        break;
    const auto all = client.receive_all();
    BOOST_TEST(count_of(all, "HTTP/1.1 ") == 1U, kind);
    BOOST_TEST(count_of(all, "HTTP/1.1 413 ") == 1U, kind);
    BOOST_TEST(count_of(all, "Connection: close\r\n") == 1U, kind);
  }
  BOOST_TEST(server->counters().requests == 0U);
  BOOST_TEST(eventually([&] { return server->counters().connections == 0; }));
}

BOOST_AUTO_TEST_CASE(one_route_may_take_more) {
  auto options = quick_options();
  options.permit_body = [](const request& head, const exchange&) {
    return body_permit{body_permit::verdict::read,
                       head.path == "/large" ? std::size_t{1} << 20U : std::size_t{10}};
  };
  const auto server = serve(options, [](exchange here, const request& what) {
    here.answer(text_reply(std::to_string(what.body.size())));
  });
  const std::string body(1 << 20, 'x');
  tls_client client(server->port());
  client.send("PUT /large HTTP/1.1\r\n" + host + "Content-Length: 1048576\r\n\r\n" + body);
  BOOST_TEST(client.receive().body == "1048576");
  client.send("PUT /small HTTP/1.1\r\n" + host + "Content-Length: 11\r\n\r\n12345678901");
  BOOST_TEST(client.receive().status == 413);
}

BOOST_AUTO_TEST_CASE(a_head_may_wait_for_its_verdict) {
  auto options = quick_options();
  std::atomic<int> judged{0};
  options.permit_body = [&](const request& head, const exchange& here) {
    if (++judged % 2 == 1) {
      here.home()->after(std::chrono::milliseconds(5), [here] { here.judge_again(); });
      return body_permit{body_permit::verdict::wait};
    }
    head.client->permit = std::make_shared<int>(judged);
    if (head.path == "/full")
      return body_permit{body_permit::verdict::refuse, 0, glados::errc::overloaded, "no room"};
    return body_permit{body_permit::verdict::read, std::size_t{1} << 20U};
  };
  const auto server = serve(options, [](exchange here, const request& what) {
    const bool permitted = std::exchange(what.client->permit, nullptr) != nullptr;
    here.answer(text_reply(std::to_string(what.body.size()) + (permitted ? " permitted" : "")));
  });
  const std::string body(1 << 20, 'x');
  tls_client client(server->port());
  for (int round = 0; round < 2; ++round) {
    client.send("PUT /large HTTP/1.1\r\n" + host + "Content-Length: 1048576\r\n\r\n" + body);
    BOOST_TEST(client.receive().body == "1048576 permitted");
  }
  client.send("PUT /full HTTP/1.1\r\n" + host + "Content-Length: 1048576\r\n\r\n" + body);
  const auto all = client.receive_all();
  BOOST_TEST(count_of(all, "HTTP/1.1 503 ") == 1U);
  BOOST_TEST(count_of(all, "Connection: close\r\n") == 1U);
  BOOST_TEST(judged == 6);
}

BOOST_AUTO_TEST_CASE(ambiguous_framing_is_refused_and_closed) {
  const auto server = serve(quick_options(), echo);
  const std::vector<std::string> oddities{"Content-Length: 3\r\nContent-Length: 3",
                                          "Content-Length: 3\r\nContent-Length: 4",
                                          "Content-Length: +3",
                                          "Content-Length: 3x",
                                          "Content-Length: -3",
                                          "Content-Length: 3, 3",
                                          "Content-Length : 3",
                                          "Transfer-Encoding: chunked\r\nContent-Length: 3",
                                          "Transfer-Encoding: gzip",
                                          "Transfer-Encoding: chunked, chunked",
                                          "Transfer-Encoding: xchunked",
                                          "Transfer-Encoding : chunked",
                                          "Transfer-Encoding:\x0b"
                                          "chunked",
                                          "X: a\r\n folded: b",
                                          "Host: other",
                                          "X: a\rb"};
  for (const auto& oddity : oddities) {
    tls_client client(server->port());
    client.send("POST /b HTTP/1.1\r\n" + host + oddity + "\r\n\r\nabcGET /smuggled HTTP/1.1\r\n" +
                host + "\r\n");
    const auto all = client.receive_all();
    BOOST_TEST(count_of(all, "HTTP/1.1 ") == 1U, oddity);
    BOOST_TEST(count_of(all, "HTTP/1.1 400 ") + count_of(all, "HTTP/1.1 501 ") == 1U, oddity);
    BOOST_TEST(count_of(all, "Connection: close\r\n") == 1U, oddity);
  }
  BOOST_TEST(server->counters().requests == 0U);
  BOOST_TEST(server->counters().refused == oddities.size());
}

BOOST_AUTO_TEST_CASE(an_unknown_method_reaches_the_handler) {
  const auto server = serve(quick_options(), echo);
  tls_client client(server->port());
  client.send("BREW /pot HTTP/1.1\r\n" + host + "\r\n");
  BOOST_TEST(client.receive().body == "BREW /pot ");
}

BOOST_AUTO_TEST_CASE(an_exception_is_a_500_and_nothing_more) {
  const auto server = serve(quick_options(), [](exchange here, const request& what) {
    if (what.path == "/bad")
      throw std::runtime_error("a secret");
    echo(here, what);
  });
  tls_client client(server->port());
  const auto answer = client.get("/bad");
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.body.find("secret") == answer.body.npos);
  BOOST_TEST(client.get("/good").status == 200);
  BOOST_TEST(server->counters().exceptions == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
