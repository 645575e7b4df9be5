// Profiles: what is good, and every fault with its place.
#include "admin/profile.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "admin/pki.hpp"
#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::folder;

namespace {

struct read_file {
  explicit read_file(const std::string& text) {
    at.put("admin.toml", text);
    file = read_profiles(at.at("admin.toml"), faults);
  }
  bool complains(const std::string& of) const {
    return std::any_of(faults.begin(), faults.end(),
                       [&](const auto& one) { return one.find(of) != one.npos; });
  }
  folder at;
  profile_file file;
  std::vector<std::string> faults;
};

const std::string whole =
    "default = \"b\"\n"
    "[profile.a]\nurl = \"https://h:1\"\nca = \"ca.pem\"\ncertificate = \"c.pem\"\n"
    "key = \"/k.pem\"\n"
    "[profile.b]\nurl = \"https://[::1]:9443/\"\nca = \"ca.pem\"\ncertificate = \"c\"\n"
    "key = \"k\"\ntimeout = 5\n";

int pki(const std::vector<std::string_view>& words) {
  std::istringstream in;
  std::ostringstream out, err;
  console io{in, out, err};
  return run_pki(words, io);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(profiles)

BOOST_AUTO_TEST_CASE(paths_are_beside_the_file) {
  const read_file good(whole);
  BOOST_TEST(good.faults.empty());
  BOOST_REQUIRE(good.file.profiles.size() == 2u);
  BOOST_TEST(good.file.profiles[0].ca == good.at.at("ca.pem"));
  BOOST_TEST(good.file.profiles[0].key == "/k.pem");
  BOOST_TEST(good.file.profiles[0].timeout.count() == 30);
  BOOST_TEST(good.file.profiles[1].timeout.count() == 5);
}

BOOST_AUTO_TEST_CASE(the_default_the_named_or_the_only_one) {
  const read_file good(whole);
  std::vector<std::string> faults;
  BOOST_TEST(choose(good.file, "", faults)->name == "b");
  BOOST_TEST(choose(good.file, "a", faults)->name == "a");
  BOOST_TEST(faults.empty());
  BOOST_TEST(!choose(good.file, "c", faults));
  BOOST_TEST(faults.back() == "there is no profile 'c' (a, b)");
  auto none = good.file;
  none.preferred.clear();
  BOOST_TEST(!choose(none, "", faults));
  BOOST_TEST(faults.back().find("choose one with --profile (a, b)") != std::string::npos);
  none.profiles.resize(1);
  BOOST_TEST(choose(none, "", faults)->name == "a");
}

BOOST_AUTO_TEST_CASE(all_faults_come_at_once_with_their_places) {
  const read_file bad(
      "defualt = \"x\"\n"
      "[profile.a]\nurl = \"http://h\"\nca = 7\npassword = \"hunter2\"\ntimeout = 0\n"
      "[profile.b]\nurl = \"https://h\"\n"
      "[profile.\"c.d\"]\nurl = \"https://h\"\n");
  BOOST_TEST(bad.complains("admin.toml:1:"));
  BOOST_TEST(bad.complains("profile.a.url: must begin with https://"));
  BOOST_TEST(bad.complains("profile.a.ca: must be a text"));
  BOOST_TEST(bad.complains("profile.a.password: is not known"));
  BOOST_TEST(bad.complains("profile.a.timeout: must be seconds"));
  BOOST_TEST(bad.complains("profile.b has no key"));
  BOOST_TEST(bad.complains("names of profiles"));
  BOOST_TEST(!bad.complains("hunter2"));
  BOOST_TEST(read_file("[").faults.size() == 1u);
  std::vector<std::string> faults;
  read_profiles("/nowhere/admin.toml", faults);
  BOOST_TEST(faults.size() == 1u);
}

BOOST_AUTO_TEST_CASE(urls_are_an_origin_and_nothing_more) {
  for (const auto* good : {"https://h", "https://h:9443", "https://[::1]:1/"})
    BOOST_TEST(url_fault(good) == "", good);
  for (const auto* bad :
       {"http://h", "https://", "https://u:p@h", "https://h/x", "https://h?x", "https://h h", "h"})
    BOOST_TEST(url_fault(bad) != "", bad);
}

BOOST_AUTO_TEST_CASE(files_are_looked_at_before_anybody_is_called) {
  const folder at;
  BOOST_TEST(pki({"init", at.at("pki"), "--only", "operator"}) == 0);
  BOOST_TEST(pki({"issue", at.at("pki"), "operator", "op", "--out", at.at("op"), "--days", "1"}) ==
             0);
  const profile good{"p", "https://h", at.at("pki/operator/cert.pem"), at.at("op/cert.pem"),
                     at.at("op/key.pem")};
  const std::chrono::seconds now{std::time(nullptr)};
  std::vector<std::string> faults;
  check_files(good, now, faults);
  BOOST_TEST(faults.empty());
  check_files(good, now + std::chrono::hours(48), faults);
  BOOST_TEST(faults.back().find("has ended") != std::string::npos);
  auto bad = good;
  bad.key = at.put("open.pem", at.read("op/key.pem"), 0644);
  bad.ca = at.at("missing");
  bad.certificate = at.at("op/key.pem");
  faults.clear();
  check_files(bad, now, faults);
  BOOST_TEST(faults.size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_file_is_found_by_the_environment) {
  BOOST_TEST(default_profile_file("/x", "/h") == "/x/glados/admin.toml");
  BOOST_TEST(default_profile_file("relative", "/h") == "/h/.config/glados/admin.toml");
  BOOST_TEST(default_profile_file(nullptr, "/h") == "/h/.config/glados/admin.toml");
  BOOST_TEST(default_profile_file(nullptr, nullptr) == "");
}

BOOST_AUTO_TEST_SUITE_END()
