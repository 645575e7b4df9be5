// Restores: a lost mapping comes back by a verification of its own.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

/// alpha has lost the identifier 1 to beta by the change "c1".
struct robbed : world {
  mapping_view first = prove("v1", 1, "alpha", "ann");
  mapping_view second = prove("v2", 1, "beta", "bob");

  explicit robbed(decision what = decision::replace) {
    decide(1, second.salt, "beta", what, "c1");
    run();
  }
  std::string found() {
    const auto seen = lookup(1);
    run();
    return seen->is(errc::none) ? seen->last.user : std::string(to_string(seen->code()));
  }
  asked<actors::verification_answer> put_back(const std::string& id = "v3",
                                              const std::string& change = "c1",
                                              const std::string& as = "c2") {
    restore(id, 1, "alpha", "ann", change, as);
    run();
    auto right = check(id, "123456", "alpha", "ann");
    run();
    return right;
  }
  errc may_restore(const std::string& provider, const std::string& change = "c1") {
    const auto got = get_change(change, provider);
    run();
    return got->code();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restores, robbed)

BOOST_AUTO_TEST_CASE(a_right_code_puts_mapping_and_preference_back) {
  const auto asked = get_change("c1", "alpha");
  run();
  BOOST_REQUIRE(asked->is(errc::none));
  BOOST_TEST((asked->last.key == key_of(1) && asked->last.key.layers == 1));
  BOOST_TEST(asked->last.user == "sealed-ann");
  const auto done = put_back();
  BOOST_REQUIRE(done->is(errc::none));
  BOOST_TEST((done->last.has_mapping && done->last.mapping.preferred));
  BOOST_TEST(done->last.mapping.salt == first.salt);
  BOOST_TEST(done->last.mapping.existing.empty());
  BOOST_TEST(found() == "sealed-ann");
  BOOST_TEST(stored_mapping(1).mappings.size() == 2u);
  BOOST_REQUIRE(told("beta").size() == 1u);
  BOOST_TEST((told("beta")[0].type == event_type::mapping_restored));
  BOOST_TEST(told("beta")[0].mapping->change_id == "c2");
  BOOST_TEST(stored_change("c2").has_value());
  BOOST_TEST(stored_change("c1")->displaced[0].restored);
  BOOST_TEST((may_restore("alpha") == errc::conflict));
  BOOST_TEST((may_restore("beta", "c2") == errc::none));
  BOOST_TEST(outbox().empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_code_or_user_puts_nothing_back) {
  restore("v3", 1, "alpha", "ann", "c1", "c2");
  run();
  const auto code = check("v3", "000000", "alpha", "ann");
  const auto user = check("v3", "123456", "alpha", "amy");
  run();
  BOOST_TEST(code->is(errc::code_incorrect));
  BOOST_TEST(user->is(errc::identifier_mismatch));
  BOOST_TEST(found() == "sealed-bob");
  BOOST_TEST(!stored_change("c2").has_value());
}

BOOST_AUTO_TEST_CASE(others_do_not_find_the_change) {
  BOOST_TEST((may_restore("beta") == errc::not_found));
  BOOST_TEST((may_restore("gamma") == errc::not_found));
  BOOST_TEST((may_restore("alpha", "c9") == errc::not_found));
  advance(restore_window - 1s);
  BOOST_TEST((may_restore("alpha") == errc::none));
  advance(1s);
  BOOST_TEST((may_restore("alpha") == errc::restore_window_closed));
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_is_found_out) {
  restore("v3", 1, "alpha", "ann", "c1", "c2");
  run();
  planned = {{"commit", fault::none}, {"commit", fault::lose_answer}};
  const auto unsure = check("v3", "123456", "alpha", "ann");
  run();
  BOOST_TEST(unsure->is(errc::outcome_unknown));
  settle();
  const auto again = get("v3", "alpha");
  run();
  BOOST_TEST(again->is(errc::none));
  BOOST_TEST((again->last.view.state == verification_state::verified));
  BOOST_TEST(again->last.mapping.preferred);
  BOOST_TEST(found() == "sealed-ann");
  BOOST_TEST(told("beta").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_pending_restore_outlives_the_node) {
  restore("v3", 1, "alpha", "ann", "c1", "c2");
  run();
  crash();
  settle();
  const auto right = check("v3", "123456", "alpha", "ann");
  settle();
  BOOST_TEST(right->is(errc::none));
  BOOST_TEST(found() == "sealed-ann");
}

BOOST_AUTO_TEST_CASE(two_sessions_over_one_change_make_one) {
  restore("v3", 1, "alpha", "ann", "c1", "c2");
  restore("v4", 1, "alpha", "ann", "c1", "c3");
  run();
  const auto one = check("v3", "123456", "alpha", "ann");
  const auto two = check("v4", "123456", "alpha", "ann");
  settle();
  BOOST_TEST(one->is(errc::none));
  BOOST_TEST(two->is(errc::none));
  BOOST_TEST(one->last.mapping.salt == two->last.mapping.salt);
  BOOST_TEST(stored_change("c2").has_value() != stored_change("c3").has_value());
  BOOST_TEST(told("beta").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_record_that_is_gone_comes_back) {
  remove_mapping(1, second.salt, "beta");
  run();
  BOOST_TEST(found() == "not-found");
  BOOST_TEST(put_back()->is(errc::none));
  BOOST_TEST(found() == "sealed-ann");
  BOOST_TEST(told("beta").empty());
}

BOOST_AUTO_TEST_SUITE_END()
