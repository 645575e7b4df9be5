// Where a gateway is asked to send.
#include <boost/test/unit_test.hpp>

#include "delivery/gateway_call.hpp"

using glados::delivery::address_of;

BOOST_AUTO_TEST_CASE(a_path_in_the_settings_is_kept_and_a_missing_one_added) {
  BOOST_TEST(address_of("http://127.0.0.1:13013", "/send") == "http://127.0.0.1:13013/send");
  BOOST_TEST(address_of("http://127.0.0.1:13013/", "/send") == "http://127.0.0.1:13013/send");
  BOOST_TEST(address_of("https://a.example/x/y", "/send") == "https://a.example/x/y");
  BOOST_TEST(address_of("a.example", "/send") == "a.example/send");
}
