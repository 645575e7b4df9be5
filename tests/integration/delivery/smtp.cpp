// Our client against a real SMTP server, in every way of speaking TLS and of logging in.
#include "delivery/smtp.hpp"

#include <boost/test/unit_test.hpp>

#include "process.hpp"

using namespace glados;
using namespace glados::delivery;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A certificate for 127.0.0.1, signed by itself.
struct certificate {
  certificate() {
    process openssl{
        {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=relay.test", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"},
        dir.path()};
    BOOST_REQUIRE(openssl.succeeded());
  }
  std::string cert() const { return (dir.path() / "cert.pem").string(); }
  std::string key() const { return (dir.path() / "key.pem").string(); }
  temp_dir dir;
};

smtp_settings settings(const toy_gateway& relay, mail_tls tls) {
  smtp_settings s;
  s.name = "relay";
  s.host = "127.0.0.1";
  s.port = relay.port;
  s.tls = tls;
  s.from_address = "noreply@glados.example";
  s.from_name = "Glädos";
  s.ehlo = "node.glados.example";
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(integration_smtp)

BOOST_AUTO_TEST_CASE(a_mail_arrives_as_it_was_meant) {
  toy_gateway relay{{"smtp"}};
  curl_loop loop;
  smtp_sender via{loop, settings(relay, mail_tls::off)};
  const auto seen = ask(
      via, mail("alice@example.org", "Código de confirmação", "Olá\n.\n..dots = ção 123456 \n"));
  BOOST_TEST((seen.what == outcome::accepted));
  BOOST_TEST(seen.gateway_name == "relay");
  const std::string got = relay.next();
  for (auto part :
       {R"("mail_from": "noreply@glados.example")", R"("recipients": ["alice@example.org"])",
        R"("Subject": "Código de confirmação")", R"("From": "Glädos <noreply@glados.example>")",
        R"("To": "alice@example.org")", R"("Message-ID": "<5e4d@glados.example>")",
        R"("Auto-Submitted": "auto-generated")", R"("text": "Olá\n.\n..dots = ção 123456 \n")",
        R"("tls": false)"})
    BOOST_TEST(holds(got, part), part << " in " << got);

  // The second goes over the same connection.
  BOOST_TEST((ask(via, mail("bob@example.org", "s", "Привет 42")).what == outcome::accepted));
  BOOST_TEST(holds(relay.next(), R"("text": "Привет 42")"));
}

BOOST_AUTO_TEST_CASE(replies_are_classified) {
  toy_gateway relay{{"smtp"}};
  curl_loop loop;
  smtp_sender via{loop, settings(relay, mail_tls::off)};
  const auto unknown = ask(via, mail("unknown@example.org", "s", "t"));
  BOOST_TEST((unknown.what == outcome::permanent));
  BOOST_TEST(unknown.about_recipient);
  const auto blocked = ask(via, mail("blocked@example.org", "s", "t"));
  BOOST_TEST((blocked.what == outcome::permanent));
  BOOST_TEST(!blocked.about_recipient);
  BOOST_TEST((ask(via, mail("busy@example.org", "s", "t")).what == outcome::temporary));
}

BOOST_AUTO_TEST_CASE(nothing_gets_into_the_envelope_or_the_headers) {
  toy_gateway relay{{"smtp"}};
  curl_loop loop;
  smtp_sender via{loop, settings(relay, mail_tls::off)};
  const auto address = ask(via, mail("a@b.example>\r\nRCPT TO:<eve@b.example", "s", "t"));
  BOOST_TEST((address.what == outcome::permanent));
  BOOST_TEST(address.tries == 0);
  const auto subject = ask(via, mail("a@b.example", "s\r\nBcc: eve@b.example", "t"));
  BOOST_TEST((subject.what == outcome::permanent));
  BOOST_TEST(subject.tries == 0);
}

BOOST_AUTO_TEST_CASE(a_local_part_beyond_ascii_needs_a_relay_that_knows_it) {
  toy_gateway relay{{"smtp"}};
  curl_loop loop;
  auto s = settings(relay, mail_tls::off);
  smtp_sender careful{loop, s};
  BOOST_TEST((ask(careful, mail("jürgen@example.org", "s", "t")).what == outcome::permanent));
  s.smtputf8 = true;
  smtp_sender able{loop, s};
  BOOST_TEST((ask(able, mail("jürgen@example.org", "s", "t")).what == outcome::accepted));
  BOOST_TEST(holds(relay.next(), R"("recipients": ["jürgen@example.org"])"));
}

BOOST_AUTO_TEST_CASE(starttls_and_every_login) {
  certificate pair;
  toy_gateway relay{{"smtp", "--cert", pair.cert(), "--key", pair.key(), "--user", "glados",
                     "--password", "pässword"}};
  curl_loop loop;
  auto s = settings(relay, mail_tls::required);
  s.ca_file = pair.cert();
  s.username = "glados";
  s.password = "pässword";
  using login = std::pair<mail_login, std::string>;
  for (const auto& [how, name] :
       {login{mail_login::plain, "PLAIN"}, login{mail_login::login, "LOGIN"}}) {
    s.login = how;
    curl_loop fresh;  // a kept connection is logged in already
    smtp_sender via{fresh, s};
    BOOST_TEST((ask(via, mail("alice@example.org", "s", "t")).what == outcome::accepted), name);
    BOOST_TEST(holds(relay.next(), "\"mechanism\": \"" + name + "\""));
    const std::string got = relay.next();
    BOOST_TEST(holds(got, R"("tls": true)"));
    BOOST_TEST(holds(got, R"("login": "glados")"));
  }
  s.password = "guess";
  smtp_sender stranger{loop, s};
  const auto refused = ask(stranger, mail("alice@example.org", "s", "t"));
  BOOST_TEST((refused.what == outcome::permanent));
  BOOST_TEST(!refused.about_recipient);
}

BOOST_AUTO_TEST_CASE(an_unknown_certificate_gets_no_mail) {
  certificate pair;
  certificate other;
  toy_gateway relay{{"smtp", "--cert", pair.cert(), "--key", pair.key()}};
  curl_loop loop;
  auto s = settings(relay, mail_tls::required);
  s.ca_file = other.cert();
  smtp_sender wary{loop, s};
  BOOST_TEST((ask(wary, mail("alice@example.org", "s", "t")).what == outcome::temporary));
  s.ca_file = pair.cert();
  smtp_sender via{loop, s};
  BOOST_TEST((ask(via, mail("bob@example.org", "s", "t")).what == outcome::accepted));
  BOOST_TEST(holds(relay.next(), "bob@example.org"));  // the first one it ever took
}

BOOST_AUTO_TEST_CASE(tls_from_the_first_byte) {
  certificate pair;
  toy_gateway relay{{"smtp", "--implicit", "--cert", pair.cert(), "--key", pair.key()}};
  curl_loop loop;
  auto s = settings(relay, mail_tls::implicit);
  s.ca_file = pair.cert();
  smtp_sender via{loop, s};
  BOOST_TEST((ask(via, mail("alice@example.org", "s", "t")).what == outcome::accepted));
  BOOST_TEST(holds(relay.next(), R"("tls": true)"));
}

BOOST_AUTO_TEST_CASE(a_relay_without_starttls_gets_only_what_may_go_in_clear) {
  toy_gateway relay{{"smtp", "--user", "glados", "--password", "secret"}};
  curl_loop loop;
  auto s = settings(relay, mail_tls::required);
  s.username = "glados";
  s.password = "secret";
  smtp_sender strict{loop, s};
  BOOST_TEST((ask(strict, mail("a@example.org", "s", "t")).what == outcome::temporary));
  s.tls = mail_tls::optional;  // with a password that is as strict
  smtp_sender tempted{loop, s};
  BOOST_TEST((ask(tempted, mail("b@example.org", "s", "t")).what == outcome::temporary));
  s.tls = mail_tls::off;
  smtp_sender clear{loop, s};
  BOOST_TEST((ask(clear, mail("c@example.org", "s", "t")).what == outcome::accepted));
  BOOST_TEST(holds(relay.next(), "mechanism"));
  BOOST_TEST(holds(relay.next(), "c@example.org"));

  toy_gateway open{{"smtp"}};
  smtp_sender opportunist{loop, settings(open, mail_tls::optional)};
  BOOST_TEST((ask(opportunist, mail("d@example.org", "s", "t")).what == outcome::accepted));
}

BOOST_AUTO_TEST_CASE(a_relay_that_never_says_goodbye_does_not_hold_the_others_up) {
  toy_gateway silent{{"silent-quit"}};
  toy_gateway relay{{"smtp"}};
  curl_loop loop;
  smtp_sender first{loop, settings(silent, mail_tls::off)};
  smtp_sender second{loop, settings(relay, mail_tls::off)};
  const auto begin = std::chrono::steady_clock::now();
  // Also on a connection that a mail went over before.
  BOOST_TEST((ask(first, mail("known@example.org", "s", "t")).what == outcome::accepted));
  BOOST_TEST((ask(first, mail("x@example.org", "s", "t")).what == outcome::permanent));
  BOOST_TEST((ask(first, mail("x@example.org", "s", "t")).what == outcome::permanent));
  BOOST_TEST((ask(second, mail("y@example.org", "s", "t")).what == outcome::accepted));
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds{3}));
}

BOOST_AUTO_TEST_SUITE_END()
