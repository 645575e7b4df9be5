// What travels between nodes keeps its layout: in a rolling upgrade a node of this version talks
// with those of the version before (docs/decisions/0004). A layout changes with any member that a
// message, or what it consists of, gets, loses or moves.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>

#include "other_side.hpp"

namespace glados::cluster::test {
namespace {

using namespace actors;

/// FNV-1a of the bytes of a message of which every member has a value of its own.
template <class T>
std::uint64_t layout_of(caf::actor_system& system) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes_of(system, filled<T>()))
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

struct known_layout {
  const char* type;
  std::uint64_t (*now)(caf::actor_system&);
  std::uint64_t before;
};

const known_layout known[] = {
    {"lookup_mapping", layout_of<lookup_mapping>, 0xb8ef9571e4b755fc},
    {"lookup_answer", layout_of<lookup_answer>, 0x298f9933c2d2e9bf},
    {"open_verification", layout_of<open_verification>, 0x0b6f46e6b9b01421},
    {"check_code", layout_of<check_code>, 0x3fc3c69eb9342875},
    {"plan_resend", layout_of<plan_resend>, 0x1b7ef47722014479},
    {"resend_code", layout_of<resend_code>, 0x1b7ef47722014479},
    {"cancel_verification", layout_of<cancel_verification>, 0x503ef8fd298abb57},
    {"get_verification", layout_of<get_verification>, 0x503ef8fd298abb57},
    {"verification_answer", layout_of<verification_answer>, 0x2526d86c2aa0f84c},
    {"find_answer", layout_of<find_answer>, 0x2f647162eb6f5148},
    {"found_answer", layout_of<found_answer>, 0xdb044f5d80401d5e},
    {"decide_mapping", layout_of<decide_mapping>, 0x87662967249c700b},
    {"get_mapping", layout_of<get_mapping>, 0x37dc5c53b2107ed6},
    {"find_mapping", layout_of<find_mapping>, 0xc5d5f9e5fb768d68},
    {"remove_mapping", layout_of<remove_mapping>, 0xd55907210402e9a9},
    {"mapping_answer", layout_of<mapping_answer>, 0xd06c111c986c318e},
    {"get_change", layout_of<get_change>, 0x503ef8fd298abb57},
    {"change_answer", layout_of<change_answer>, 0x74f14af35e3d48df},
    {"register_rows", layout_of<register_rows>, 0x19e35234f1edd6ec},
    {"register_answer", layout_of<register_answer>, 0x6659a123d4f6474f},
    {"retract_rows", layout_of<retract_rows>, 0x22a5dc6ad3fa2c99},
    {"retract_answer", layout_of<retract_answer>, 0x529a2ddc8ff5355f},
    {"peer_hello", layout_of<peer_hello>, 0x051a52c317950071},
    {"shard_moved", layout_of<shard_moved>, 0xb505e76e38cbdce1},
    {"shard_released", layout_of<shard_released>, 0xd668b06e8c5bf614},
    {"provider_rung", layout_of<provider_rung>, 0x4c4cd7688a97718c},
    {"find_sandbox_messages", layout_of<find_sandbox_messages>, 0x4c4cd7688a97718c},
    {"sandbox_notes", layout_of<sandbox_notes>, 0x09fec588ff71c8f8},
    {"file_report", layout_of<file_report>, 0xaabb118d16893961},
    {"lookup_batch", layout_of<lookup_batch>, 0xd7f7afee4b028d52},
    {"lookup_results", layout_of<lookup_results>, 0x200997fb10faf5ba},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(layouts)

BOOST_AUTO_TEST_CASE(every_message_between_nodes_has_the_layout_of_before) {
  this_side here{certificates::instance().of("own")};
  for (const auto& one : known) {
    const auto now = one.now(here.system);
    BOOST_TEST(now == one.before, one.type << " has another layout: " << std::hex << now);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::cluster::test
