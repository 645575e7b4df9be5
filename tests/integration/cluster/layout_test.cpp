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
    {"lookup_mapping", layout_of<lookup_mapping>, 0x0},
    {"lookup_answer", layout_of<lookup_answer>, 0x0},
    {"open_verification", layout_of<open_verification>, 0x0},
    {"check_code", layout_of<check_code>, 0x0},
    {"plan_resend", layout_of<plan_resend>, 0x0},
    {"resend_code", layout_of<resend_code>, 0x0},
    {"cancel_verification", layout_of<cancel_verification>, 0x0},
    {"get_verification", layout_of<get_verification>, 0x0},
    {"verification_answer", layout_of<verification_answer>, 0x0},
    {"find_answer", layout_of<find_answer>, 0x0},
    {"found_answer", layout_of<found_answer>, 0x0},
    {"decide_mapping", layout_of<decide_mapping>, 0x0},
    {"get_mapping", layout_of<get_mapping>, 0x0},
    {"find_mapping", layout_of<find_mapping>, 0x0},
    {"remove_mapping", layout_of<remove_mapping>, 0x0},
    {"mapping_answer", layout_of<mapping_answer>, 0x0},
    {"get_change", layout_of<get_change>, 0x0},
    {"change_answer", layout_of<change_answer>, 0x0},
    {"register_rows", layout_of<register_rows>, 0x0},
    {"register_answer", layout_of<register_answer>, 0x0},
    {"retract_rows", layout_of<retract_rows>, 0x0},
    {"retract_answer", layout_of<retract_answer>, 0x0},
    {"peer_hello", layout_of<peer_hello>, 0x0},
    {"shard_moved", layout_of<shard_moved>, 0x0},
    {"shard_released", layout_of<shard_released>, 0x0},
    {"provider_rung", layout_of<provider_rung>, 0x0},
    {"find_sandbox_messages", layout_of<find_sandbox_messages>, 0x0},
    {"sandbox_notes", layout_of<sandbox_notes>, 0x0},
    {"file_report", layout_of<file_report>, 0x0},
    {"lookup_batch", layout_of<lookup_batch>, 0x0},
    {"lookup_results", layout_of<lookup_results>, 0x0},
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
