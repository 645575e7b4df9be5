// Our client against a real Kannel: bearerbox, smsbox, and the simulated SMSC that prints what a
// phone would get.
#include "delivery/kannel.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>

#include "process.hpp"

using namespace glados;
using namespace glados::delivery;

namespace {

/// Kannel wants its ports told, so another process may take one in between: start again then.
struct kannel {
  kannel() {
    for (int round = 0; round < 5 && !start(); ++round) {
    }
    BOOST_REQUIRE(phone != nullptr);
  }

  bool start() {
    phone.reset();
    smsbox.reset();
    bearerbox.reset();
    const auto ports = free_ports(4);
    send_port = ports[3];
    write_config(ports);
    const std::string config = (dir.path() / "kannel.conf").string();
    const auto launch = [&](std::vector<std::string> argv) {
      return std::make_unique<process>(argv, dir.path());
    };
    bearerbox = launch({"/usr/sbin/bearerbox", config});
    if (!bearerbox->read_past("Start-up done"))
      return false;
    smsbox = launch({"/usr/sbin/smsbox", config});
    if (!smsbox->read_past("Connected to bearerbox"))
      return false;
    auto fake = launch({"/usr/lib/kannel/test/fakesmsc", "-H", "127.0.0.1", "-r",
                        std::to_string(ports[2]), "-m", "0", "1 2 text none"});
    if (!bearerbox->read_past("Fakesmsc client connected"))
      return false;
    phone = std::move(fake);
    return true;
  }

  void write_config(const std::vector<std::uint16_t>& ports) const {
    std::ofstream out{dir.path() / "kannel.conf"};
    out << "group = core\nadmin-port = " << ports[0]
        << "\nadmin-interface = 127.0.0.1\nadmin-password = none\nsmsbox-port = " << ports[1]
        << "\nsmsbox-interface = 127.0.0.1\nbox-deny-ip = \"*.*.*.*\"\n"
           "box-allow-ip = \"127.0.0.1\"\n\n"
           "group = smsc\nsmsc = fake\nsmsc-id = fake\nhost = 127.0.0.1\n"
           "connect-allow-ip = \"127.0.0.1\"\ndenied-prefix = \"+999\"\nport = "
        << ports[2]
        << "\n\ngroup = smsbox\nbearerbox-host = 127.0.0.1\nbearerbox-port = " << ports[1]
        << "\nsendsms-port = " << ports[3]
        << "\nsendsms-interface = 127.0.0.1\nsendsms-chars = \"0123456789+\"\n\n"
           "group = sendsms-user\nusername = glados\npassword = s3cret & more\n"
           "max-messages = 5\nblack-list-regex = \"^[+]1415555\"\n\n";
  }

  kannel_settings settings() const {
    return {.name = "first",
            .url = http_url(send_port),
            .username = "glados",
            .password = "s3cret & more",
            .from = "GLADOS",
            .smsc = {},
            .ca_file = {}};
  }

  temp_dir dir;
  std::uint16_t send_port = 0;
  std::unique_ptr<process> bearerbox;
  std::unique_ptr<process> smsbox;
  std::unique_ptr<process> phone;
};

}  // namespace

BOOST_AUTO_TEST_CASE(kannel_delivers_to_a_phone) {
  kannel real;
  curl_loop loop;
  kannel_sender via{loop, real.settings()};

  const auto plain = ask(via, sms("+4915112345678", "Grüße & €5=? code 123456"));
  BOOST_TEST((plain.what == outcome::accepted));
  BOOST_TEST(plain.gateway_name == "first");
  BOOST_TEST(plain.tries == 1);
  BOOST_TEST(real.phone->read_past("Got message 1: ").value_or("") ==
             "<GLADOS +4915112345678 text Grüße & €5=? code 123456>");

  BOOST_TEST((ask(via, sms("+5511912345678", "ção 42")).what == outcome::accepted));
  BOOST_TEST(real.phone->read_past("Got message 2: ").value_or("") ==
             "<GLADOS +5511912345678 ucs-2 %00%E7%00%E3%00o%00+%004%002>");

  const auto not_routed = ask(via, sms("+9991112223", "x"));
  BOOST_TEST((not_routed.what == outcome::permanent));
  BOOST_TEST(!not_routed.about_recipient);

  const auto denied = ask(via, sms("+14155550123", "x"));
  BOOST_TEST((denied.what == outcome::permanent));
  BOOST_TEST(denied.about_recipient);

  auto wrong = real.settings();
  wrong.password = "guess";
  kannel_sender stranger{loop, wrong};
  const auto refused = ask(stranger, sms("+4915112345678", "x"));
  BOOST_TEST((refused.what == outcome::permanent));
  BOOST_TEST(!refused.about_recipient);

  const auto two = ask(via, sms("+4915112345678 +4915112345679", "x"));
  BOOST_TEST((two.what == outcome::permanent));
  BOOST_TEST(two.tries == 0);
}
