// Handshakes: nobody can hold up the others, caps and deadlines hold, who may enter may enter.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "fixture.hpp"

using namespace glados::http;
using namespace glados::http::test;

BOOST_AUTO_TEST_SUITE(handshakes)

BOOST_AUTO_TEST_CASE(stalled_clients_do_not_delay_a_good_one) {
  const auto server = serve();
  std::vector<std::unique_ptr<plain_socket>> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(std::make_unique<plain_socket>(server->port()));
  std::vector<std::unique_ptr<plain_socket>> dripping;
  for (int i = 0; i < 20; ++i) dripping.push_back(std::make_unique<plain_socket>(server->port()));
  std::atomic<int> drips{0};
  const std::jthread drip([&](const std::stop_token& stop) {
    // The start of a record that never ends, one byte at a time.
    const char hello[] = {0x16, 0x03, 0x01, 0x3f, 0x00, 0x01, 0x00, 0x3e, 0x00, 0x03, 0x03};
    for (std::size_t at = 0; !stop.stop_requested(); ++at, ++drips)
      for (const auto& one : dripping)
        if (!one->put(at < sizeof hello ? hello[at] : 'x'))
          return;
  });
  BOOST_REQUIRE(
      eventually([&] { return drips > 20 && server->counters().handshakes_in_flight == 70; }));
  const auto begin = std::chrono::steady_clock::now();
  tls_client good(server->port());
  BOOST_TEST(good.get("/good").status == 200);
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(
      (took < 1s),
      "took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  BOOST_TEST(server->counters().handshakes_in_flight == 70U);
}

BOOST_AUTO_TEST_CASE(an_unfinished_handshake_ends_at_its_deadline) {
  auto options = quick_options();
  options.handshake_deadline = 200ms;
  const auto server = serve(options);
  const plain_socket silent(server->port());
  BOOST_TEST(silent.closed_by_peer(5s));
  BOOST_TEST(eventually([&] { return server->counters().handshakes_timed_out == 1; }));
}

BOOST_AUTO_TEST_CASE(one_address_holds_so_many_unfinished_ones) {
  auto options = quick_options();
  options.max_handshakes_per_address = 3;
  const auto server = serve(options);
  std::vector<std::unique_ptr<plain_socket>> silent;
  for (int i = 0; i < 3; ++i) silent.push_back(std::make_unique<plain_socket>(server->port()));
  const plain_socket fourth(server->port());
  BOOST_TEST(fourth.closed_by_peer(5s));
  BOOST_TEST(!silent.front()->closed_by_peer(0ms));
  silent.pop_back();
  BOOST_REQUIRE(eventually([&] { return server->counters().handshakes_in_flight == 2; }));
  tls_client good(server->port());
  BOOST_TEST(good.get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(over_the_total_the_oldest_unfinished_gives_way) {
  auto options = quick_options();
  options.max_handshakes = 2;
  const auto server = serve(options);
  const plain_socket first(server->port());
  BOOST_REQUIRE(eventually([&] { return server->counters().handshakes_in_flight == 1; }));
  const plain_socket second(server->port());
  BOOST_REQUIRE(eventually([&] { return server->counters().handshakes_in_flight == 2; }));
  tls_client good(server->port());
  BOOST_TEST(good.get("/").status == 200);
  BOOST_TEST(first.closed_by_peer(5s));
  BOOST_TEST(!second.closed_by_peer(0ms));
}

BOOST_AUTO_TEST_CASE(connections_have_a_cap) {
  auto options = quick_options();
  options.max_connections = 2;
  const auto server = serve(options);
  tls_client one(server->port());
  tls_client two(server->port());
  BOOST_TEST(two.get("/").status == 200);
  const tls_client three(server->port());
  BOOST_TEST(!three.connected());
  BOOST_TEST(server->counters().refused_total == 1U);
  BOOST_TEST(one.get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(only_known_certificates_enter) {
  std::atomic<bool> pin{true};
  const auto pinned = print_of("pinned");
  const auto server = serve(
      quick_options(),
      [](exchange here, const request& what) {
        here.answer(text_reply(what.client->common_name +
                               (what.client->chain_verified ? " chain" : " pin")));
      },
      [&](const thumbprint& print) { return pin && print == pinned; });
  BOOST_TEST(tls_client(server->port()).get("/").body == "client chain");
  BOOST_TEST(tls_client(server->port(), {.certificate = "pinned"}).get("/").body == "pinned pin");
  BOOST_TEST(tls_client(server->port(), {.certificate = "stranger"}).get("/").status == 0);
  BOOST_TEST(tls_client(server->port(), {.certificate = ""}).get("/").status == 0);

  tls_client last(server->port(), {.certificate = "pinned"});
  BOOST_TEST(last.get("/").status == 200);
  pin = false;  // a resumed session is asked again
  tls_client late(server->port(), {.certificate = "pinned", .resume = last.session()});
  BOOST_TEST(late.get("/").status == 0);
}

BOOST_AUTO_TEST_CASE(without_pins_a_self_signed_certificate_stays_out) {
  const auto server = serve();
  BOOST_TEST(tls_client(server->port(), {.certificate = "pinned"}).get("/").status == 0);
  BOOST_TEST(eventually([&] { return server->counters().handshakes_failed == 1; }));
}

BOOST_AUTO_TEST_CASE(sessions_resume_with_client_certificates) {
  const auto server = serve(quick_options(), [](exchange here, const request& what) {
    here.answer(text_reply(what.client->common_name));
  });
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_client first(server->port(), {.version = version});
    BOOST_TEST(first.get("/").body == "client");
    BOOST_REQUIRE(first.session());
    tls_client second(server->port(), {.version = version, .resume = first.session()});
    BOOST_TEST(second.get("/").body == "client");
    BOOST_TEST(second.resumed(), "version " << version);
  }
  BOOST_TEST(server->counters().handshakes_resumed == 2U);
}

BOOST_AUTO_TEST_CASE(reload_keeps_connections_and_ends_old_tickets) {
  const auto& folder = certificate_folder::instance();
  const auto server = serve();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_client before(server->port(), {.version = version});
    BOOST_TEST(before.get("/1").status == 200);
    auto files = folder.server_files();
    files.certificate = folder.file("renewed.pem");
    files.key = folder.file("renewed.key");
    BOOST_TEST(server->reload(files));
    BOOST_TEST(before.get("/2").status == 200);
    tls_client after(server->port(), {.version = version, .resume = before.session()});
    BOOST_TEST(after.get("/3").status == 200);
    BOOST_TEST(!after.resumed());
  }
}

BOOST_AUTO_TEST_CASE(a_failed_reload_changes_nothing) {
  const auto server = serve();
  auto files = certificate_folder::instance().server_files();
  files.key = certificate_folder::instance().file("client.key");
  std::string why;
  BOOST_TEST(!server->reload(files, &why));
  BOOST_TEST(why.find("private key") != why.npos);
  BOOST_TEST(server->reload());
  BOOST_TEST(tls_client(server->port()).get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_revoked_certificate_is_out_after_reload) {
  const auto server = serve();
  tls_client before(server->port(), {.certificate = "revoked"});
  BOOST_TEST(before.get("/").status == 200);
  auto files = certificate_folder::instance().server_files();
  files.crl = certificate_folder::instance().file("full.crl");
  BOOST_REQUIRE(server->reload(files));
  tls_client again(server->port(), {.certificate = "revoked", .resume = before.session()});
  BOOST_TEST(again.get("/").status == 0);
  BOOST_TEST(tls_client(server->port()).get("/").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
