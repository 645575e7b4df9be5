#include "config/load.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/config/scratch.hpp"

using namespace glados::config;
using namespace glados::config::test;
using namespace std::chrono_literals;

namespace {

struct fixture : scratch {
  loaded load_text(const std::string& toml, std::vector<const char*> environment = {},
                   std::vector<std::string> overrides = {}) {
    environment.push_back(nullptr);
    return load({file("test.toml", toml), environment.data(), std::move(overrides)});
  }
  loaded load_variables(std::vector<const char*> environment) {
    environment.push_back(nullptr);
    return load({"", environment.data(), {}});
  }
};

loaded load_overrides(std::vector<std::string> overrides) {
  return load({"", nullptr, std::move(overrides)});
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(loading, fixture)

BOOST_AUTO_TEST_CASE(nothing_given_is_the_defaults) {
  const auto got = load({});
  BOOST_TEST(bool(got), all_of(got.faults));
  BOOST_TEST(got.values.profile == "production");
  BOOST_TEST(got.values.http.provider_port == 8443);
  BOOST_TEST((got.values.http.idle_timeout == 5min));
  BOOST_TEST(got.values.http.max_body == 65536U);
  BOOST_TEST(got.values.verification.check_waits.size() == 5U);
  BOOST_TEST((got.values.verification.check_waits[4] == 120s));
  BOOST_TEST(got.values.verification.breaker_conversion == 0.05);
  BOOST_TEST(got.values.admin.two_person);
  BOOST_TEST(render_effective(defaults()) == render_effective(got.values));
}

BOOST_AUTO_TEST_CASE(every_type_is_read_from_a_file) {
  const auto got = load_text(R"(
profile = "sandbox"
http.max_body = "2MiB"
[http]
provider_port = 0
idle_timeout = "250ms"
)");
  BOOST_TEST(!got);  // http is defined twice: TOML's own rule
  const auto good = load_text(R"(
profile = "sandbox"
[http]
provider_port = 0
idle_timeout = "90s"
max_body = "2MiB"
[verification]
wait_scale = 0
send_waits = ["1s", "2m", "250ms"]
[admin]
two_person = false
[webhook]
allow_networks = ["127.0.0.0/8", "::1/128"]
[quota]
per_user = 0.5
)");
  BOOST_REQUIRE(bool(good));
  BOOST_TEST(good.values.in_sandbox());
  BOOST_TEST(good.values.http.provider_port == 0);
  BOOST_TEST((good.values.http.idle_timeout == 90s));
  BOOST_TEST(good.values.http.max_body == 2U * 1024 * 1024);
  BOOST_TEST(good.values.verification.wait_scale == 0.0);
  BOOST_TEST((good.values.verification.send_waits == duration_list{1s, 2min, 250ms}));
  BOOST_TEST(!good.values.admin.two_person);
  BOOST_TEST(good.values.webhook.allow_networks.size() == 2U);
  BOOST_TEST(good.values.quota.per_user == 0.5);
}

BOOST_AUTO_TEST_CASE(later_sources_win) {
  const std::string toml = "[quota]\nbase = 1\n[http]\nthreads = 1\n[tokens]\nper_client = 1\n";
  const auto got = load_text(toml, {"GLADOS_HTTP_THREADS=2", "GLADOS_TOKENS_PER_CLIENT=2"},
                             {"tokens.per_client=3"});
  BOOST_REQUIRE(bool(got));
  BOOST_TEST(got.values.quota.base == 1U);
  BOOST_TEST(got.values.http.threads == 2U);
  BOOST_TEST(got.values.tokens.per_client == 3U);
}

BOOST_AUTO_TEST_CASE(the_environment_holds_every_type) {
  const auto got = load_variables(
      {"PATH=/bin", "GLADOS_PROFILE=sandbox", "GLADOS_HOME=x", "GLADOS_PROVIDER_PORT=1",
       "GLADOS_ADMIN_PORT=2", "GLADOS_KEY_SEAL=00", "GLADOS_VERIFICATION_WAIT_SCALE=0.01",
       "GLADOS_ADMIN_TWO_PERSON=false", "GLADOS_VERIFICATION_SEND_WAITS=1s, 2s,3s",
       "GLADOS_WEBHOOK_ALLOW_NETWORKS=10.0.0.0/8", "GLADOS_HTTP_ADMIN_PORT=0",
       "GLADOS_ADMIN_CERTIFICATES_FILE=", "GLADOS_ACTORS_MEMORY_CAP=32MiB",
       "GLADOS_KEYS_DIRECTORY=/keys"});
  BOOST_REQUIRE_MESSAGE(bool(got), all_of(got.faults));
  BOOST_TEST(got.values.verification.wait_scale == 0.01);
  BOOST_TEST(!got.values.admin.two_person);
  BOOST_TEST((got.values.verification.send_waits == duration_list{1s, 2s, 3s}));
  BOOST_TEST(got.values.webhook.allow_networks[0] == "10.0.0.0/8");
  BOOST_TEST(got.values.http.admin_port == 0);
  BOOST_TEST(got.values.admin.certificates_file.empty());
  BOOST_TEST(got.values.actors.memory_cap == 32U * 1024 * 1024);
  BOOST_TEST(got.values.keys.directory == "/keys");
}

BOOST_AUTO_TEST_CASE(all_faults_of_all_sources_come_at_once) {
  const auto got = load_text(R"([http]
idel_timeout = "5m"
idle_timeout = 300
threads = "two"
max_body = "64"
max_connections = 9
provider_port = 65536
admin_address = "localhost"
[htpp]
[log]
level = "loud"
[quota]
per_user = nan
[redis]
port = [1, 2]
host = 1979-05-27
)",
                             {"GLADOS_HTTP_IDEL_TIMEOUT=1s", "GLADOS_QUOTA_BASE=-1"},
                             {"quota.base", "quota.bass=1", "tokens.lifetime=10"});
  const auto& faults = got.faults;
  BOOST_TEST(has(faults, "test.toml:2:", "http.idel_timeout", "no such setting"));
  BOOST_TEST(has(faults, "test.toml:3:16", "http.idle_timeout", "needs a string"));
  BOOST_TEST(has(faults, "test.toml:4:", "http.threads", "needs a whole number"));
  BOOST_TEST(has(faults, "test.toml:5:", "http.max_body", "needs a size"));
  BOOST_TEST(has(faults, "test.toml:6:", "http.max_connections", "must be 10 to 1000000"));
  BOOST_TEST(has(faults, "test.toml:7:", "http.provider_port", "must be 0 to 65535"));
  BOOST_TEST(has(faults, "test.toml:8:", "http.admin_address", "IPv4 or IPv6"));
  BOOST_TEST(has(faults, "test.toml:9:", "htpp", "no such section"));
  BOOST_TEST(has(faults, "test.toml:11:", "log.level", "\"debug\" or \"info\""));
  BOOST_TEST(has(faults, "test.toml:13:", "quota.per_user", "must be 0.0 to 1000.0"));
  BOOST_TEST(has(faults, "test.toml:15:", "redis.port", "whole number"));
  BOOST_TEST(has(faults, "test.toml:16:", "redis.host", "needs a string"));
  BOOST_TEST(has(faults, "GLADOS_HTTP_IDEL_TIMEOUT", "", "no setting of this name"));
  BOOST_TEST(has(faults, "GLADOS_QUOTA_BASE", "quota.base", "must be 0 to"));
  BOOST_TEST(has(faults, "command line", "", "key=value"));
  BOOST_TEST(has(faults, "command line", "quota.bass", "no such setting"));
  BOOST_TEST(has(faults, "command line", "tokens.lifetime", "needs a duration"));
  BOOST_TEST(faults.size() == 17U, all_of(faults));
}

BOOST_AUTO_TEST_CASE(a_broken_or_absent_file_says_where) {
  BOOST_TEST(has(load_text("[http]\nthreads = = 1\n").faults, "test.toml:2:", "", ""));
  BOOST_TEST(has(load({(folder / "absent.toml").string(), nullptr, {}}).faults, "absent.toml", "",
                 "cannot be read"));
  BOOST_TEST(bool(load_text("")));
  BOOST_TEST(has(load_text("\"http.threads\" = 1\n").faults, "test.toml:1:", "\"http.threads\"",
                 "no such setting"));
}

BOOST_AUTO_TEST_CASE(durations_and_sizes_are_exact) {
  const auto timeout = [](const std::string& text) {
    const auto got = load_overrides({"actors.idle_after=" + text});
    return got ? got.values.actors.idle_after : duration(-1);
  };
  BOOST_TEST((timeout("100ms") == 100ms));
  BOOST_TEST((timeout("1d") == 24h));
  for (const auto* bad : {"99ms", "2d", "1", "s", "-1s", "1 s", "1.5s", "1S", "1s ", "0x1s",
                          "99999999999999999999s", "9223372036854775807d", ""})
    BOOST_TEST((timeout(bad) == duration(-1)), bad);
  const auto size = [](const std::string& text) {
    const auto got = load_overrides({"http.max_body=" + text});
    return got ? got.values.http.max_body : 0;
  };
  BOOST_TEST(size("1024B") == 1024U);
  BOOST_TEST(size("16MiB") == 16U * 1024 * 1024);
  for (const auto* bad : {"1023B", "17MiB", "1MB", "1", "KiB", "-1KiB", "18446744073709551615GiB"})
    BOOST_TEST(size(bad) == 0U, bad);
}

BOOST_AUTO_TEST_CASE(secrets_stay_where_they_belong) {
  const std::string toml = "[redis]\npassword = \"hunter2\"\n";
  const auto loose = load({file("loose.toml", toml, 0644), nullptr, {}});
  BOOST_TEST(has(loose.faults, "loose.toml:2:", "redis.password", "only its owner can read"));
  const auto typed = load_overrides({"redis.password=hunter2"});
  BOOST_TEST(has(typed.faults, "command line", "redis.password", "does not belong"));
  const auto good = load({file("tight.toml", toml, 0600), nullptr, {}});
  BOOST_REQUIRE(bool(good));
  BOOST_TEST(good.values.redis.password == "hunter2");
  BOOST_TEST(load_variables({"GLADOS_REDIS_PASSWORD=hunter2"}).values.redis.password == "hunter2");
  const auto shown = render_effective(good.values);
  BOOST_TEST(shown.find("hunter2") == std::string::npos);
  BOOST_TEST(shown.find("password = \"[redacted]\"") != std::string::npos);
  BOOST_TEST(all_of(typed.faults).find("hunter2") == std::string::npos);
  const auto both = load({file("tight.toml", toml), nullptr, {"redis.password_file=/x"}});
  BOOST_TEST(has(both.faults, "command line", "redis.password_file", "given as well"));
}

BOOST_AUTO_TEST_CASE(gateways_are_tables_with_names) {
  const auto got = load_text(R"(
[delivery]
sms_gateways = ["second", "first"]
[delivery.sms.first]
url = "http://localhost:13013/x"
[delivery.sms.second]
type = "twilio"
timeout = "5s"
)",
                             {"GLADOS_DELIVERY_SMS_SECOND_URL=https://gateway.example/send"});
  BOOST_REQUIRE_MESSAGE(bool(got), all_of(got.faults));
  BOOST_TEST(got.values.delivery.sms_gateways[0] == "second");
  BOOST_TEST(got.values.delivery.sms.at("second").url == "https://gateway.example/send");
  BOOST_TEST((got.values.delivery.sms.at("second").timeout == 5s));
  BOOST_TEST(got.values.delivery.sms.at("first").type == "kannel");
  BOOST_TEST((got.values.delivery.sms.at("first").timeout == 3s));
  const auto again = load({file("shown.toml", render_effective(got.values)), nullptr, {}});
  BOOST_TEST(bool(again), all_of(again.faults));
  BOOST_TEST(render_effective(again.values) == render_effective(got.values));
}

BOOST_AUTO_TEST_CASE(gateways_that_do_not_fit_are_refused) {
  const auto got = load_text(R"([delivery]
sms_gateways = ["absent", "clear", "Bad"]
[delivery.sms.clear]
url = "http://gateway.example/send"
username = "u"
[delivery.sms.user]
url = "https://me:secret@x"
[delivery.sms.Wrong]
url = "https://x"
)",
                             {}, {"delivery.sms.free.url=http://127.0.0.1.example/"});
  const auto& faults = got.faults;
  BOOST_TEST(has(faults, "test.toml:2:", "delivery.sms_gateways", "begins with a letter"));
  BOOST_TEST(has(faults, "test.toml:9:", "delivery.sms.Wrong.url", "no such setting"));
  BOOST_TEST(has(faults, "test.toml:4:", "delivery.sms.clear.url", "in clear"));
  BOOST_TEST(has(faults, "", "delivery.sms.clear.password_file", "goes together"));
  BOOST_TEST(has(faults, "", "delivery.sms.clear", "not named"));
  BOOST_TEST(has(faults, "test.toml:7:", "delivery.sms.user.url", "without user"));
  BOOST_TEST(has(faults, "command line", "delivery.sms.free.url", "in clear"));
  const auto missing = load_overrides({"delivery.sms_gateways=one"});
  BOOST_TEST(has(missing.faults, "command line", "delivery.sms_gateways", "no table"));
  const auto twice = load_overrides({"delivery.sms_gateways=one,one"});
  BOOST_TEST(has(twice.faults, "command line", "delivery.sms_gateways", "twice"));
}

BOOST_AUTO_TEST_CASE(settings_must_fit_together) {
  const auto fault_of = [](std::vector<std::string> overrides, const std::string& key) {
    return has(load_overrides(std::move(overrides)).faults, "", key, "");
  };
  BOOST_TEST(fault_of({"http.admin_port=8443"}, "http.admin_port"));
  BOOST_TEST(!fault_of({"http.admin_port=0", "http.provider_port=0"}, "http.admin_port"));
  BOOST_TEST(fault_of({"http.max_handshakes=99"}, "http.max_handshakes_per_address"));
  BOOST_TEST(fault_of({"http.max_connections=999"}, "http.max_handshakes"));
  BOOST_TEST(fault_of({"cluster.renewal=1084ms"}, "cluster.renewal"));
  BOOST_TEST(!fault_of({"cluster.renewal=1083ms"}, "cluster.renewal"));
  BOOST_TEST(fault_of({"cluster.heartbeat=501ms"}, "cluster.heartbeat"));
  BOOST_TEST(!fault_of({"cluster.heartbeat=500ms"}, "cluster.heartbeat"));
  for (const std::string file : {"certificate", "key", "authority"}) {
    BOOST_TEST(fault_of({"cluster.address=h", "cluster." + file + "="}, "cluster." + file));
    BOOST_TEST(!fault_of({"cluster." + file + "="}, "cluster." + file));
  }
  BOOST_TEST(fault_of({"verification.max_checks=4"}, "verification.check_waits"));
  BOOST_TEST(fault_of({"verification.max_sends=5"}, "verification.send_waits"));
  BOOST_TEST(fault_of({"verification.lifetime=479s"}, "verification.send_waits"));
  BOOST_TEST(!fault_of({"verification.lifetime=480s"}, "verification.send_waits"));
  BOOST_TEST(fault_of({"redis.host="}, "redis.host"));
  BOOST_TEST(!fault_of({"redis.host=", "redis.socket=/x"}, "redis.host"));
  BOOST_TEST(fault_of({"redis.seeds=a:1", "redis.socket=/x"}, "redis.seeds"));
  for (const char* wrong : {"a", "a:", ":1", "a:0", "a:65536", "a:1x", "a b:1"})
    BOOST_TEST(fault_of({std::string("redis.seeds=") + wrong}, "redis.seeds"), wrong);
  BOOST_TEST(!fault_of({"redis.seeds=10.0.0.1:1,[::1]:65535"}, "redis.seeds"));
  for (const auto& [wait, allowed] : {std::pair("2s", false), std::pair("1999ms", true)}) {
    const auto setting = std::string("storage.replica_wait=") + wait;
    BOOST_TEST(!fault_of({setting}, "storage.replica_wait"), "without replicas it means nothing");
    const auto fault = fault_of({setting, "storage.durability=replicated"}, "storage.replica_wait");
    BOOST_TEST(!fault == allowed);
  }
  for (const char* wrong : {"http://a", "https://", "https://a/", "https://a/b", "https://u@a",
                            "https://a?b", "https://a#b", "a:8443"})
    BOOST_TEST(fault_of({std::string("http.public_url=") + wrong}, "http.public_url"), wrong);
  for (const char* good : {"", "https://glados.example", "https://[::1]:8443"})
    BOOST_TEST(!fault_of({std::string("http.public_url=") + good}, "http.public_url"), good);
  BOOST_TEST(fault_of({"delivery.smtp.url="}, "delivery.mode"));
  BOOST_TEST(fault_of({"tls.admin.client_ca="}, "tls.admin.client_ca"));
  BOOST_TEST(!fault_of({"tls.admin.client_ca=", "profile=sandbox"}, "tls.admin.client_ca"));
  BOOST_TEST(fault_of({"admin.certificates_file="}, "admin.certificates_file"));
}

BOOST_AUTO_TEST_SUITE_END()
