#include "delivery/mime.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace glados::delivery;

namespace {

mail_parts sample() {
  return {.from_address = "noreply@glados.example",
          .from_name = "GLADOS",
          .to = "alice@example.org",
          .subject = "Your code",
          .text = "Your code is 123456\n",
          .message_id = "f00d",
          .date = 1'700'000'000};
}

bool has_line(const std::string& mail, const std::string& line) {
  return ("\r\n" + mail).find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_mime)

BOOST_AUTO_TEST_CASE(builds_a_whole_message) {
  BOOST_TEST(build_mail(sample()) ==
             "From: \"GLADOS\" <noreply@glados.example>\r\n"
             "To: <alice@example.org>\r\n"
             "Subject: Your code\r\n"
             "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
             "Message-ID: <f00d@glados.example>\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "\r\n"
             "Your code is 123456\r\n");
}

BOOST_AUTO_TEST_CASE(no_field_can_add_a_header) {
  const std::string evil = "x\r\nBcc: eve@example.org";
  const std::string evil_address = "a@example.org\r\nBcc: eve@example.org";
  for (int field = 0; field < 5; ++field) {
    mail_parts parts = sample();
    (field == 0   ? parts.from_name
     : field == 1 ? parts.subject
     : field == 2 ? parts.message_id
     : field == 3 ? parts.to
                  : parts.from_address) = field < 3 ? evil : evil_address;
    BOOST_TEST(build_mail(parts).empty(), "field " << field);
  }
  mail_parts bare = sample();
  bare.subject = "a\nb";
  BOOST_TEST(build_mail(bare).empty());
}

BOOST_AUTO_TEST_CASE(encodes_what_is_not_ascii) {
  mail_parts parts = sample();
  parts.from_name = "Grüße";
  parts.subject = "Código";
  parts.text = "Привет";
  const std::string mail = build_mail(parts);
  BOOST_TEST(has_line(mail, "From: =?UTF-8?B?R3LDvMOfZQ==?= <noreply@glados.example>"));
  BOOST_TEST(has_line(mail, "Subject: =?UTF-8?B?Q8OzZGlnbw==?="));
  BOOST_TEST(has_line(mail, "Content-Transfer-Encoding: base64"));
  BOOST_TEST(has_line(mail, "0J/RgNC40LLQtdGC"));
}

BOOST_AUTO_TEST_CASE(quotes_in_a_name_are_escaped) {
  mail_parts parts = sample();
  parts.from_name = "a\"b\\c";
  BOOST_TEST(has_line(build_mail(parts), "From: \"a\\\"b\\\\c\" <noreply@glados.example>"));
}

BOOST_AUTO_TEST_CASE(encoded_words_are_short_and_whole) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "ß€";
  std::istringstream lines{encode_header_text(text)};
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    BOOST_TEST(line.size() <= 76u);
    BOOST_TEST((count == 0) == (line[0] != ' '));
    BOOST_TEST(line.ends_with("?="));
    ++count;
  }
  BOOST_TEST(count == 7);  // 300 bytes, 45 a word, always a multiple of 5
  BOOST_TEST(encode_header_text("=?UTF-8?B?eA==?=") == "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
}

BOOST_AUTO_TEST_CASE(quoted_printable) {
  BOOST_TEST(encode_quoted_printable("a=b") == "a=3Db");
  BOOST_TEST(encode_quoted_printable("é") == "=C3=A9");
  BOOST_TEST(encode_quoted_printable("a \nb\t") == "a=20\r\nb=09");
  BOOST_TEST(encode_quoted_printable("a\rb\r\nc\nd") == "a\r\nb\r\nc\r\nd");
  std::istringstream lines{encode_quoted_printable(std::string(500, 'x') + "=éé")};
  std::string line;
  while (std::getline(lines, line)) BOOST_TEST(line.size() <= 77u);  // 76 and the '\r'
}

BOOST_AUTO_TEST_CASE(base64) {
  BOOST_TEST(encode_base64("") == "");
  BOOST_TEST(encode_base64("f") == "Zg==");
  BOOST_TEST(encode_base64("fo") == "Zm8=");
  BOOST_TEST(encode_base64("foobar") == "Zm9vYmFy");
}

BOOST_AUTO_TEST_CASE(dates) {
  BOOST_TEST(format_mail_date(0) == "Thu, 01 Jan 1970 00:00:00 +0000");
  BOOST_TEST(format_mail_date(951'782'399) == "Mon, 28 Feb 2000 23:59:59 +0000");
}

BOOST_AUTO_TEST_SUITE_END()
