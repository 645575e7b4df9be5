#include "storage/keys.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/redis_command.hpp"

namespace glados::storage {

namespace {

/// What Redis Cluster hashes: the part in the first braces.
std::string tag_of(const std::string& key) {
  const std::size_t open = key.find('{');
  return key.substr(open, key.find('}') - open + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_and_commands)

BOOST_AUTO_TEST_CASE(all_keys_of_a_shard_share_its_tag) {
  sii_key key;
  key.value.fill(0xa5);
  const bytes16 tag{};
  const std::vector<std::string> all{
      keys::owner(5),         keys::mappings(5, key), keys::verification(5, "v}1"),
      keys::code(5, "{v1}"),  keys::outbox(5),        keys::answer(5, "alpha", tag),
      keys::sessions(5, key), keys::change(5, "c1")};
  for (const std::string& name : all) BOOST_TEST(tag_of(name) == "{s5}");
  BOOST_TEST(keys::mappings(5, key) == "{s5}:m:a5");
  BOOST_TEST(keys::mapping_field(key) == std::string(16, '\xa5'));
}

BOOST_AUTO_TEST_CASE(all_keys_of_a_provider_share_its_tag) {
  for (const std::string& name :
       {keys::token_index("alpha"), keys::token("alpha", {}), keys::call("alpha", {}),
        keys::sends("alpha"), keys::debit("alpha", "v"), keys::guesses("alpha"),
        keys::users("alpha"), keys::user_marks("alpha")})
    BOOST_TEST(tag_of(name) == "{p:alpha}");
  BOOST_TEST(keys::token("alpha", {}) == keys::token_prefix("alpha") + std::string(64, '0'));
}

BOOST_AUTO_TEST_CASE(a_destination_is_known_by_its_tag_alone) {
  BOOST_TEST(keys::breaker({"DE", 0x0123456789abcdef}) == "{d:0123456789abcdef}:b");
}

BOOST_AUTO_TEST_CASE(commands_are_binary_safe) {
  const redis_command plain = plain_command(true, {"SET", std::string_view("a\0b", 3), ""});
  BOOST_TEST(plain.wire == std::string("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 28));
  BOOST_TEST(plain.write);
  const script lua{"0123", "return 1"};
  const redis_command call =
      script_command(false, lua, arguments().add("k"), arguments().add(std::uint64_t{12}).add("x"));
  BOOST_TEST(call.wire ==
             "*6\r\n$7\r\nEVALSHA\r\n$4\r\n0123\r\n$1\r\n1\r\n$1\r\nk\r\n$2\r\n12\r\n$1\r\nx\r\n");
  BOOST_TEST((!call.write && call.lua == &lua));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
