#include "delivery/message.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace glados;
using namespace glados::delivery;

BOOST_AUTO_TEST_SUITE(delivery_message)

BOOST_AUTO_TEST_CASE(prints_itself_redacted) {
  outgoing message{.ch = channel::sms,
                   .address = "+14155550123",
                   .subject = {},
                   .text = "123456",
                   .message_id = {}};
  std::ostringstream out;
  out << message;
  BOOST_TEST(out.str() == "[message]");
}

BOOST_AUTO_TEST_CASE(wipe_clears_the_spare_capacity_too) {
  std::string text(100, 'x');
  text.resize(3);
  const char* bytes = text.data();
  wipe(text);
  BOOST_TEST(text.empty());
  BOOST_TEST(text.capacity() >= 100u);
  for (std::size_t i = 0; i < 100; ++i)
    BOOST_TEST(bytes[i] == '\0');  // still the string's own memory
}

BOOST_AUTO_TEST_CASE(numbers) {
  BOOST_TEST(plausible_number("+14155550123"));
  BOOST_TEST(plausible_number("+123456789012345"));
  for (auto bad : {"", "+", "14155550123", "+04155550123", "+1415555012a", "+1 4155550123",
                   "+14155550123 +14155550124", "+1415555\r\n", "+1234567890123456", "+12345"})
    BOOST_TEST(!plausible_number(bad), bad);
}

BOOST_AUTO_TEST_CASE(mail_addresses) {
  BOOST_TEST(plausible_mail_address("a@b"));
  BOOST_TEST(plausible_mail_address("alice+tag@mail.example.org"));
  BOOST_TEST(plausible_mail_address("jürgen@example.org"));
  BOOST_TEST(plausible_mail_address(std::string(64, 'a') + "@example.org"));
  for (std::string bad : {std::string{}, std::string{"alice"}, std::string{"@b"}, std::string{"a@"},
                          std::string{"a@b@c"}, std::string{"a b@c"}, std::string{"a@b>"},
                          std::string{"a@b\r\nRCPT TO:<x@y>"}, std::string{"a@b,c"},
                          std::string(65, 'a') + "@example.org", "a@" + std::string(253, 'b')})
    BOOST_TEST(!plausible_mail_address(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_line_has_no_control_characters) {
  using namespace std::string_view_literals;
  BOOST_TEST(single_line("Grüße: 1"));
  for (auto bad : {"a\rb"sv, "a\nb"sv, "a\0b"sv, "a\tb"sv, "a\x7f"sv})
    BOOST_TEST(!single_line(bad));
}

BOOST_AUTO_TEST_SUITE_END()
