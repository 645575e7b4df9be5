#include "storage/redirection.hpp"

#include <boost/test/unit_test.hpp>

namespace glados::storage {

namespace {

using namespace std::chrono_literals;
using kind = next_try::kind;

}  // namespace

BOOST_AUTO_TEST_SUITE(redirections)

BOOST_AUTO_TEST_CASE(moved_goes_to_the_owner_and_asks_for_the_map) {
  const next_try next = after_error("MOVED 3999 127.0.0.1:6381", "127.0.0.1:6380", 0);
  BOOST_TEST((next.what == kind::at_owner));
  BOOST_TEST(next.where == "127.0.0.1:6381");
  BOOST_TEST((next.wait == 0ms && next.refresh));
}

BOOST_AUTO_TEST_CASE(ask_goes_there_once_and_leaves_the_map) {
  const next_try next = after_error("ASK 3999 :6381", "10.0.0.9:6380", 0);
  BOOST_TEST((next.what == kind::asking));
  BOOST_TEST(next.where == "10.0.0.9:6381");
  BOOST_TEST((next.wait == 0ms && !next.refresh));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_served_now_is_tried_later) {
  const next_try busy = after_error("TRYAGAIN Multiple keys request during rehashing", "a:1", 0);
  BOOST_TEST((busy.what == kind::later && busy.wait > 0ms && !busy.refresh));
  for (const char* text : {"CLUSTERDOWN The cluster is down", "CLUSTERDOWN Hash slot not served",
                           "MASTERDOWN Link with MASTER is down"}) {
    const next_try down = after_error(text, "a:1", 0);
    BOOST_TEST((down.what == kind::later && down.wait > 0ms && down.refresh), text);
  }
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_be_read_is_not_followed) {
  for (const char* text : {"MOVED", "MOVED 1", "MOVED 1 ?:0", "ASK 1 host", "MOVED 1 h:99999"}) {
    const next_try next = after_error(text, "a:1", 0);
    BOOST_TEST((next.what == kind::later && next.where.empty()), text);
  }
}

BOOST_AUTO_TEST_CASE(being_sent_about_slows_down_and_ends) {
  auto before = -1ms;
  for (std::uint32_t tries = 0; tries < most_redirections; ++tries) {
    const next_try next = after_error("MOVED 1 b:1", "a:1", tries);
    BOOST_TEST((next.what == kind::at_owner));
    BOOST_TEST((next.wait >= before && next.wait <= 160ms));
    before = next.wait;
  }
  BOOST_TEST((before == 160ms));
  for (const char* text : {"MOVED 1 b:1", "ASK 1 b:1", "TRYAGAIN x", "CLUSTERDOWN x"})
    BOOST_TEST((after_error(text, "a:1", most_redirections).what == kind::give_up), text);
}

BOOST_AUTO_TEST_CASE(other_errors_are_the_callers) {
  for (const char* text : {"ERR unknown", "NOREPLICAS x", "LOADING x", "MOVEDX 1 b:1", "", "moved"})
    BOOST_TEST((after_error(text, "a:1", 0).what == kind::none), text);
  BOOST_TEST(certainly_refused("NOREPLICAS"));
  BOOST_TEST(certainly_refused("CROSSSLOT"));
  BOOST_TEST(!certainly_refused("ERR"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
