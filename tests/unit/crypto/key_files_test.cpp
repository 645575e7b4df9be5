#include "crypto/key_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "crypto/key_ring.hpp"
#include "crypto/private_file.hpp"
#include "tests/unit/crypto/seeded_random.hpp"

using namespace glados::crypto;
using glados::crypto::test::seeded_random;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for each test, gone with it, with the keys of seed 1 in keys/.
struct key_folder {
  key_folder() {
    auto pattern = (fs::temp_directory_path() / "glados-keys-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    home = pattern;
    keys = home / "keys";
    seeded_random random(1);
    BOOST_REQUIRE(write_keys(keys.string(), random_keys(random), errors));
  }
  ~key_folder() { fs::remove_all(home); }

  bool load(std::vector<const char*> environment = {}) {
    environment.push_back(nullptr);
    errors.clear();
    return key_ring::load({keys.string(), environment.data()}, errors).has_value();
  }
  bool complained(const std::string& name, const std::string& why) const {
    for (const auto& error : errors)
      if (error.find(name) != std::string::npos && error.find(why) != std::string::npos)
        return true;
    return false;
  }
  void put(const std::string& name, const std::string& content, mode_t mode = 0600) {
    const auto path = keys / name;
    fs::remove(path);
    std::ofstream(path) << content;
    BOOST_REQUIRE(chmod(path.c_str(), mode) == 0);
  }

  fs::path home;
  fs::path keys;
  std::vector<std::string> errors;
};

const std::string good_hex(64, '7');

}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_sources, key_folder)

BOOST_AUTO_TEST_CASE(written_keys_are_private_and_load) {
  struct stat status {};
  BOOST_TEST(stat(keys.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0700U);
  for (const auto* name :
       {"placement", "index-1", "attest-1", "seal", "code", "idempotency", "audit"}) {
    BOOST_REQUIRE(stat((keys / (std::string(name) + ".key")).c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600U);
  }
  seeded_random random(1);
  const key_ring direct(random_keys(random));
  const auto loaded = key_ring::load({keys.string(), nullptr}, errors);
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST((loaded->place("tel:+14155550123") == direct.place("tel:+14155550123")));
  const mapping_id_parts parts{1, 1, {}, 9};
  BOOST_TEST(loaded->mapping_id(parts) == direct.mapping_id(parts));
}

BOOST_AUTO_TEST_CASE(existing_keys_are_never_overwritten) {
  const auto before = read_private_file((keys / "seal.key").string(), errors.emplace_back());
  BOOST_TEST(!key_ring::create_in(keys.string(), system_random(), errors));
  BOOST_TEST((read_private_file((keys / "seal.key").string(), errors.emplace_back()) == before));
  BOOST_TEST(std::distance(fs::directory_iterator(home), {}) == 1);  // nothing left beside it
  BOOST_TEST(
      key_ring::create_in((home / "deep/er/").string(), system_random(), errors).has_value());
  BOOST_TEST(fs::exists(home / "deep/er/audit.key"));
}

BOOST_AUTO_TEST_CASE(three_forms_of_a_file) {
  put("seal.key", std::string(32, '\x01'));
  put("code.key", good_hex);
  put("audit.key", base64url(as_bytes(std::string(32, '\x02'))) + "\n");
  BOOST_TEST(load(), (errors.empty() ? "" : errors[0]));
}

BOOST_AUTO_TEST_CASE(further_audit_keys_follow_the_single_one) {
  put("audit-2.key", std::string(32, '\x05'));
  BOOST_TEST(load(), (errors.empty() ? "" : errors[0]));
  put("audit-4.key", std::string(32, '\x06'));
  BOOST_TEST(!load());
  BOOST_TEST(complained("audit-3", "is missing"));
  put("audit-1.key", std::string(32, '\x07'));
  BOOST_TEST(!load());
  BOOST_TEST(complained("audit-1", "no key of this name"));
}

BOOST_AUTO_TEST_CASE(malformed_keys_are_named_all_at_once_without_their_value) {
  put("seal.key", std::string(31, 's'));
  put("code.key", good_hex + "0");
  put("audit.key", std::string(64, 'g'));
  put("idempotency.key", "");
  fs::remove(keys / "placement.key");
  BOOST_TEST(!load());
  BOOST_TEST(errors.size() == 5U);
  for (const auto* name : {"seal.key", "code.key", "audit.key", "idempotency.key"})
    BOOST_TEST(complained(name, "needs 32 raw bytes"), name);
  BOOST_TEST(complained("placement", "is missing"));
  for (const auto& error : errors)
    BOOST_TEST((error.find("sss") == std::string::npos && error.find("777") == std::string::npos &&
                error.find("ggg") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(unknown_names_and_gaps_are_refused) {
  put("placment.key", good_hex);
  put("index-3.key", std::string(64, '8'));
  put("index-01.key", std::string(64, '9'));
  put("notes.txt", "ignored");
  BOOST_TEST(!load());
  BOOST_TEST(complained("placment", "no key of this name"));
  BOOST_TEST(complained("index-01", "no key of this name"));
  BOOST_TEST(complained("index-2", "is missing"));
  BOOST_TEST(errors.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_later_seal_key_needs_its_index_key) {
  put("seal-2.key", std::string(64, '8'));
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal-2", "goes with index-2, which is missing"));
  put("index-2.key", std::string(64, '9'));
  BOOST_TEST(load(), (errors.empty() ? "" : errors[0]));
  put("seal-1.key", std::string(64, 'a'));
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal-1", "no key of this name"));
}

BOOST_AUTO_TEST_CASE(one_value_under_two_names_is_refused) {
  put("seal.key", good_hex);
  put("code.key", good_hex);
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal", "same value as code"));
}

BOOST_AUTO_TEST_CASE(loose_files_are_refused) {
  put("seal.key", good_hex, 0640);
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal.key", "open to group or others"));
  BOOST_TEST(errors.size() == 1U);
  put("seal.key", good_hex, 0604);
  BOOST_TEST(!load());
  put("seal.key", good_hex, 0400);
  BOOST_TEST(load());
}

BOOST_AUTO_TEST_CASE(links_are_judged_by_where_they_lead) {
  std::ofstream(home / "elsewhere") << good_hex;
  fs::remove(keys / "seal.key");
  fs::create_symlink(home / "elsewhere", keys / "seal.key");
  chmod((home / "elsewhere").c_str(), 0644);
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal.key", "open to group or others"));
  chmod((home / "elsewhere").c_str(), 0600);
  BOOST_TEST(load());
  fs::remove(keys / "seal.key");
  fs::create_symlink("/dev/zero", keys / "seal.key");
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal.key", "not a regular file"));
}

BOOST_AUTO_TEST_CASE(loose_folders_are_refused) {
  chmod(keys.c_str(), 0770);
  BOOST_TEST(!load());
  BOOST_TEST(complained(keys.string(), "can be written by group or others"));
  keys = home / "nowhere";
  BOOST_TEST(!load());
  BOOST_TEST(complained("nowhere", "cannot be opened"));
}

BOOST_AUTO_TEST_CASE(files_of_another_user_are_refused) {
  if (geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can give a file away");
    return;
  }
  BOOST_REQUIRE(chown((keys / "seal.key").c_str(), 12345, 12345) == 0);
  BOOST_TEST(!load());
  BOOST_TEST(complained("seal.key", "belongs to another user"));
}

BOOST_AUTO_TEST_CASE(the_environment_gives_keys_too) {
  const auto second = "GLADOS_KEY_INDEX_2=" + good_hex;
  BOOST_TEST(load({"PATH=/bin", second.c_str(), "GLADOS_KEYS_DIRECTORY=x"}));
  fs::remove(keys / "seal.key");
  BOOST_TEST(!load());
  const auto seal = "GLADOS_KEY_SEAL=" + good_hex;
  BOOST_TEST(load({seal.c_str()}));
  const auto code = "GLADOS_KEY_CODE=" + std::string(64, '8');
  BOOST_TEST(!load({seal.c_str(), code.c_str()}));
  BOOST_TEST(complained("GLADOS_KEY_CODE", "both as a file and in the environment"));
  BOOST_TEST(!load({seal.c_str(), "GLADOS_KEY_SAEL=00", "GLADOS_KEY_INDEX_2=42"}));
  BOOST_TEST(complained("GLADOS_KEY_SAEL", "no key of this name"));
  BOOST_TEST(complained("GLADOS_KEY_INDEX_2", "needs 64 hex digits"));
}

BOOST_AUTO_TEST_CASE(private_files_are_read_whole_or_not_at_all) {
  std::string why;
  put("password", "");
  BOOST_TEST(read_private_file((keys / "password").string(), why).value().empty());
  put("password", std::string(64 * 1024, 'p'));
  BOOST_TEST(read_private_file((keys / "password").string(), why).value().size() == 64U * 1024);
  put("password", std::string(64 * 1024 + 1, 'p'));
  BOOST_TEST(!read_private_file((keys / "password").string(), why));
  BOOST_TEST(why == "is too long");
  BOOST_TEST(!write_private_file((keys / "password").string(), "x", why));
  BOOST_TEST(!read_private_file((keys / "absent").string(), why));
}

BOOST_AUTO_TEST_SUITE_END()
