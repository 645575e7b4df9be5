#include "http/framing.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace glados;
using namespace glados::http;

BOOST_AUTO_TEST_SUITE(framing_suite)

namespace {

constexpr std::size_t head_limit = 16 * 1024;

/// Scans and parses as a connection does; the error is `none` if the head was taken.
errc judge(const std::string& given, request_head& head) {
  static std::string text;  // the views of the head point into it
  text = given;
  head_scanner scanner;
  const auto size = scanner.scan(text, head_limit);
  if (scanner.refused())
    return scanner.refused().code;
  BOOST_TEST_REQUIRE(size > 0U, "the head never ends: " << text);
  return parse_head(std::string_view(text).substr(0, size), head).code;
}

errc judge(const std::string& text) {
  request_head head;
  return judge(text, head);
}

std::string with(const std::string& headers) {
  return "POST /v1/lookup HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

chunked_reader::status feed(const std::string& text, std::string& body, std::size_t step,
                            errc* why = nullptr) {
  chunked_reader reader;
  auto status = chunked_reader::status::more;
  for (std::size_t at = 0; at < text.size() && status == chunked_reader::status::more; at += step) {
    auto part = std::string_view(text).substr(at, step);
    status = reader.feed(part, body, 64);
  }
  if (why)
    *why = reader.why().code;
  return status;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_a_plain_request) {
  request_head head;
  const std::string text =
      "POST /v1/lookup?x=1&y HTTP/1.1\r\nHost: localhost:8443\r\nAuthorization:Bearer t\r\n"
      "Content-Length: 12\r\nX-Empty:\r\nConnection: Keep-Alive \r\n\r\n";
  BOOST_TEST((judge(text, head) == errc::none));
  BOOST_TEST(head.method == "POST");
  BOOST_TEST(head.path == "/v1/lookup");
  BOOST_TEST(head.query == "x=1&y");
  BOOST_TEST(head.content_length == 12U);
  BOOST_TEST(head.keep_alive);
  BOOST_TEST(head.size == text.size());
  request view;
  view.headers = head.headers();
  BOOST_TEST(view.header("authorization") == "Bearer t");
  BOOST_TEST(view.count("x-empty") == 1U);
  BOOST_TEST(view.count("absent") == 0U);
}

BOOST_AUTO_TEST_CASE(persistence_follows_version_and_connection) {
  request_head head;
  judge(with(""), head);
  BOOST_TEST(head.keep_alive);
  judge(with("Connection: foo, Close\r\n"), head);
  BOOST_TEST(!head.keep_alive);
  judge("GET / HTTP/1.0\r\n\r\n", head);
  BOOST_TEST(!head.keep_alive);
  judge("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", head);
  BOOST_TEST(head.keep_alive);
  judge("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", head);
  BOOST_TEST(!head.keep_alive);
}

BOOST_AUTO_TEST_CASE(refuses_what_two_parsers_could_read_in_two_ways) {
  const std::vector<std::string> headers{
      "Content-Length: 1\r\nContent-Length: 1\r\n",
      "Content-Length: 1\r\nContent-Length: 2\r\n",
      "Content-Length: +1\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 1,1\r\n",
      "Content-Length: 1 1\r\n",
      "Content-Length: 0x1\r\n",
      "Content-Length: 1a\r\n",
      "Content-Length:\r\n",
      "Content-Length: 9999999999999999999\r\n",
      "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Content-Length : 1\r\n",
      " Content-Length: 1\r\n",
      "X: a\r\n b\r\n",
      "X: a\r\n\tb\r\n",
      ": a\r\n",
      "X y: a\r\n",
      "Xy\r\n",
      "X(: a\r\n",
      "X: a\rb\r\n",
      std::string("X: a\0b\r\n", 8),
      "X: \x7f\r\n",
      "Host: other\r\n",
      "X: a\nY: b\r\n",
      "X\xc3\xa4: a\r\n"};
  for (const auto& one : headers) BOOST_TEST((judge(with(one)) == errc::malformed_request), one);
  for (const auto* coding : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked",
                             "chunked;a=b", "\"chunked\"", ""})
    BOOST_TEST((judge(with(std::string("Transfer-Encoding: ") + coding + "\r\n")) ==
                errc::not_implemented),
               coding);
}

BOOST_AUTO_TEST_CASE(refuses_bad_request_lines) {
  for (const auto* line :
       {"GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/2.0", "GET / HTTP/1.2",
        "GET / http/1.1", "GET /a b HTTP/1.1", " GET / HTTP/1.1", "G(T / HTTP/1.1",
        "GET x HTTP/1.1", "GET * HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1",
        "GET /a#b HTTP/1.1", "GET\t/ HTTP/1.1", "", "CONNECT a:1 HTTP/1.1"})
    BOOST_TEST((judge(std::string(line) + "\r\nHost: x\r\n\r\n") == errc::malformed_request), line);
  BOOST_TEST((judge("GET / HTTP/1.1\r\n\r\n") == errc::malformed_request), "no Host");
  BOOST_TEST((judge("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == errc::malformed_request));
  BOOST_TEST((judge("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n") == errc::malformed_request));
}

BOOST_AUTO_TEST_CASE(takes_odd_but_legal_requests) {
  request_head head;
  BOOST_TEST((judge("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", head) == errc::none));
  BOOST_TEST(head.path == "/");
  BOOST_TEST((judge("GET https://h:1/p?q HTTP/1.1\r\nHost: x\r\n\r\n", head) == errc::none));
  BOOST_TEST(head.path == "/p");
  BOOST_TEST((judge("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", head) == errc::none));
  BOOST_TEST((judge("FOO /p HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", head) == errc::none));
  BOOST_TEST(
      (judge(with("Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n"), head) == errc::none));
  BOOST_TEST(head.chunked);
  BOOST_TEST(head.expects_continue);
}

BOOST_AUTO_TEST_CASE(a_head_that_comes_byte_by_byte_is_the_same_head) {
  const auto text = with("Content-Length: 3\r\n") + "abc";
  head_scanner scanner;
  std::size_t size = 0;
  std::size_t given = 0;
  while (size == 0 && given < text.size())
    size = scanner.scan(std::string_view(text).substr(0, ++given), head_limit);
  BOOST_TEST(size == text.size() - 3);
  BOOST_TEST(given == size);
}

BOOST_AUTO_TEST_CASE(the_head_limit_holds_at_its_edge) {
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  const std::string end = "\r\n\r\n";
  const auto filled = start + std::string(head_limit - start.size() - end.size(), 'a') + end;
  BOOST_TEST((judge(filled) == errc::none));
  BOOST_TEST((judge(start + "a" + filled.substr(start.size())) == errc::malformed_request));
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 1; i < request_head::max_fields; ++i) many += "X: y\r\n";
  BOOST_TEST((judge(many + "\r\n") == errc::none));
  BOOST_TEST((judge(many + "X: y\r\n\r\n") == errc::malformed_request));
}

BOOST_AUTO_TEST_CASE(chunks_come_together_however_they_are_cut) {
  const std::string text = "5;ext=\"v\"\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    std::string body;
    BOOST_TEST((feed(text, body, step) == chunked_reader::status::complete), step);
    BOOST_TEST(body == "hello 0123456789");
  }
}

BOOST_AUTO_TEST_CASE(bad_chunks_are_refused) {
  for (const auto* text :
       {"x\r\n", "\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\na", "1\r\nab\r\n",
        "1\r\na\n", "123456789\r\n", "0\r\nbad trailer\r\n\r\n", "0\r\n: x\r\n", "1;\x01\r\n"}) {
    for (std::size_t step : {std::size_t{1}, std::size_t{64}}) {
      std::string body;
      errc why{};
      BOOST_TEST((feed(text, body, step, &why) == chunked_reader::status::refused), text);
      BOOST_TEST((why == errc::malformed_request), text);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_chunked_body_over_the_limit_is_too_large) {
  std::string body;
  errc why{};
  BOOST_TEST((feed("40\r\n" + std::string(64, 'a') + "\r\n0\r\n\r\n", body, 7, &why) ==
              chunked_reader::status::complete));
  body.clear();
  BOOST_TEST((feed("40\r\n" + std::string(64, 'a') + "\r\n1\r\n", body, 7, &why) ==
              chunked_reader::status::refused));
  BOOST_TEST((why == errc::payload_too_large));
}

BOOST_AUTO_TEST_SUITE_END()
