#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

namespace {

event some_event(std::uint64_t sequence, const std::string& provider = "alpha") {
  event out;
  out.type = event_type::mapping_demoted;
  out.provider_id = provider;
  out.created_at = {1'800'000'000'123'456};
  out.mapping.emplace();
  out.mapping->change_id = "change-1";
  out.mapping->shard = 1023;
  out.mapping->key = {bytes<bytes16>(7)};
  out.mapping->salt = 0xfeedbeef;
  out.mapping->user = std::string("\0sealed", 7);
  out.mapping->by_provider = "beta";
  out.mapping->restore_until = {1'800'000'600'000'000};
  out.mapping->sequence = sequence;
  return out;
}

template <class Store>
std::string append(Store& store, const event& what) {
  return *ask<std::string>(store, [&](auto done) { store.events().append(what, done); });
}

template <class Store>
std::string append_once(Store& store, shard_id shard, const std::string& id, const event& what) {
  return *ask<std::string>(store,
                           [&](auto done) { store.events().append_once(shard, id, what, done); });
}

template <class Store>
std::vector<event> read(Store& store, const std::string& after = "", std::size_t limit = 100,
                        const std::string& provider = "alpha") {
  return *ask<std::vector<event>>(
      store, [&](auto done) { store.events().read_events(provider, after, limit, done); });
}

std::vector<std::uint64_t> sequences(const std::vector<event>& events) {
  std::vector<std::uint64_t> out;
  for (const event& one : events) out.push_back(one.mapping->sequence);
  return out;
}

using numbers = std::vector<std::uint64_t>;

template <class Store>
result<std::uint64_t> put(Store& store, std::uint64_t version, const std::string& text) {
  return ask<std::uint64_t>(store, [&](auto done) {
    store.events().put_webhook("alpha", {version, text}, done);
  });
}

delivery_attempt some_attempt(unsigned tries) {
  delivery_attempt out;
  out.event_id = "1800000000000-0";
  out.type = event_type::mapping_removed;
  out.at = {1'800'000'000'000'001};
  out.tries = tries;
  out.status = 503;
  out.latency_ms = 15'000;
  out.what = attempt_outcome::will_retry;
  out.next_try = {1'800'000'005'000'000};
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE_TEMPLATE(events_are_read_in_order_from_a_cursor, store_type, both_stores) {
  store_type store;
  BOOST_TEST(read(store).empty());
  BOOST_TEST(ask<std::string>(store, [&](auto done) {
               store.events().last_event("alpha", done);
             })->empty());
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 5; ++i) ids.push_back(append(store, some_event(i)));
  append(store, some_event(9, "beta"));
  const auto all = read(store);
  BOOST_TEST(sequences(all) == (numbers{0, 1, 2, 3, 4}), boost::test_tools::per_element());
  for (std::size_t i = 0; i < 5; ++i) BOOST_TEST(all[i].id == ids[i]);
  BOOST_TEST(sequences(read(store, ids[1], 2)) == (numbers{2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(read(store, ids[4]).empty());
  BOOST_TEST(read(store, "1-0").size() == 5u);  // older than anything kept
  BOOST_TEST(read(store, "99999999999999-0").empty());
  BOOST_TEST(*ask<std::string>(
                 store, [&](auto done) { store.events().last_event("alpha", done); }) == ids[4]);
  BOOST_TEST(sequences(read(store, "", 100, "beta")) == (numbers{9}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_event_comes_back_whole, store_type, both_stores) {
  store_type store;
  event plain;
  plain.type = event_type::credential_changed;
  plain.provider_id = "alpha";
  plain.detail = R"("change":"secret_added")";
  const auto first = append(store, some_event(1));
  const auto second = append(store, plain);
  const auto load = [&](const std::string& id) {
    return ask<event>(store, [&](auto done) { store.events().load_event("alpha", id, done); });
  };
  const auto found = load(first);
  BOOST_REQUIRE(bool(found));
  const mapping_notice expected = *some_event(1).mapping;
  BOOST_TEST((found->id == first && found->type == event_type::mapping_demoted));
  BOOST_TEST((found->provider_id == "alpha" && found->created_at.us == 1'800'000'000'123'456));
  BOOST_TEST((found->mapping->change_id == "change-1" && found->mapping->shard == 1023));
  BOOST_TEST((found->mapping->key == expected.key && found->mapping->salt == expected.salt));
  BOOST_TEST((found->mapping->user == expected.user && found->mapping->by_provider == "beta"));
  BOOST_TEST((found->mapping->restore_until == expected.restore_until));
  BOOST_TEST((!load(second)->mapping && load(second)->detail == plain.detail));
  BOOST_TEST((load("5-5").error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_outbox_entry_is_taken_once, store_type, both_stores) {
  store_type store;
  BOOST_TEST(!append_once(store, 7, "1800000000000000-0", some_event(1)).empty());
  BOOST_TEST(append_once(store, 7, "1800000000000000-0", some_event(1)).empty());
  BOOST_TEST(!append_once(store, 7, "1800000000000000-10", some_event(2)).empty());
  BOOST_TEST(append_once(store, 7, "1800000000000000-9", some_event(3)).empty());
  BOOST_TEST(append_once(store, 7, "1799999999999999-11", some_event(4)).empty());
  // Another shard and another provider have marks of their own.
  BOOST_TEST(!append_once(store, 8, "1-0", some_event(5)).empty());
  BOOST_TEST(!append_once(store, 7, "1-0", some_event(6, "beta")).empty());
  BOOST_TEST(!append_once(store, 7, "1800000000000001-0", some_event(7)).empty());
  BOOST_TEST(sequences(read(store)) == (numbers{1, 2, 5, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_shard_leaves_a_notice_in_its_outbox, store_type, both_stores) {
  store_type store;
  commit step;
  step.by = own(store, 1023);
  step.mapping = some_record(7);
  outbox_entry entry;
  entry.what = outbox_entry::kind::event;
  entry.notice = some_event(41);
  step.outbox = {entry};
  BOOST_TEST((ask_commit(store, step).code == errc::none));
  const auto left = load_outbox(store, 1023);
  BOOST_REQUIRE_EQUAL(left.size(), 1u);
  BOOST_TEST((left[0].what == outbox_entry::kind::event));
  BOOST_TEST((left[0].notice.mapping->sequence == 41 && left[0].notice.provider_id == "alpha"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_webhook_is_replaced_by_whoever_read_it_last, store_type,
                              both_stores) {
  store_type store;
  const auto load = [&] {
    return *ask<stored_webhook>(store,
                                [&](auto done) { store.events().load_webhook("alpha", done); });
  };
  BOOST_TEST((load().version == 0 && load().sealed.empty()));
  BOOST_TEST((put(store, 1, "x").error() == errc::stale_version));
  const std::string text("\0one", 4);
  // At least the cluster time, so that none is given twice though a fail-over lost the last one.
  const auto now = static_cast<std::uint64_t>(cluster_time(store).us);
  const auto first = *put(store, 0, text);
  BOOST_TEST(first >= now);
  BOOST_TEST((put(store, 0, "two").error() == errc::stale_version));
  BOOST_TEST((load().version == first && load().sealed == text));
  const auto second = *put(store, first, "two");
  BOOST_TEST(second > first);
  BOOST_TEST((load().version == second && load().sealed == "two"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_courier_goes_on_where_it_was, store_type, both_stores) {
  store_type store;
  const auto load = [&] {
    return *ask<courier_progress>(store,
                                  [&](auto done) { store.events().load_progress("alpha", done); });
  };
  BOOST_TEST((load().cursor == event_place{} && load().open.empty()));
  courier_progress at;
  at.cursor = {1'800'000'000'000, 3};
  at.failing_since = {1'800'000'000'000'000};
  at.open = {{{1'800'000'000'000, 1}, 0xffffffffffffffff, 4, {1'800'000'007'000'000}}, {}};
  ask<bool>(store, [&](auto done) { store.events().save_progress("alpha", 0, at, done); });
  const auto back = load();
  BOOST_TEST((back.cursor == at.cursor && back.failing_since == at.failing_since));
  BOOST_REQUIRE_EQUAL(back.open.size(), 2u);
  BOOST_TEST((back.open[0].at == at.open[0].at && back.open[0].lane == at.open[0].lane));
  BOOST_TEST((back.open[0].tries == 4u && back.open[0].next_try == at.open[0].next_try));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_the_latest_courier_saves, store_type, both_stores) {
  store_type store;
  const auto take = [&](std::uint64_t epoch, bool in_any_case = false) {
    return ask<courier_progress>(
        store, [&](auto done) { store.events().take_courier("alpha", epoch, in_any_case, done); });
  };
  const auto save = [&](std::uint64_t epoch, std::uint64_t cursor) {
    courier_progress at;
    at.cursor = {cursor, 0};
    return ask<bool>(store,
                     [&](auto done) { store.events().save_progress("alpha", epoch, at, done); })
        .error();
  };
  BOOST_TEST((save(3, 1) == errc::fenced));  // nobody took it
  BOOST_TEST((take(3)->cursor == event_place{}));
  BOOST_TEST((save(3, 1) == errc::none));
  BOOST_TEST((take(3)->cursor == event_place{1, 0}));
  BOOST_TEST((take(5)->cursor == event_place{1, 0}));
  BOOST_TEST((save(3, 2) == errc::fenced));
  BOOST_TEST((take(4).error() == errc::fenced));
  BOOST_TEST((save(4, 2) == errc::fenced));
  BOOST_TEST((take(5)->cursor == event_place{1, 0}));
  BOOST_TEST((save(0, 4) == errc::none));  // one that does not post
  BOOST_TEST((take(4, true)->cursor == event_place{4, 0}));
  BOOST_TEST((save(5, 5) == errc::fenced));
  BOOST_TEST((save(4, 5) == errc::none));
  BOOST_TEST((take(4)->cursor == event_place{5, 0}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(attempts_are_kept_in_order, store_type, both_stores) {
  store_type store;
  std::vector<std::string> ids;
  for (unsigned i = 1; i <= 3; ++i)
    ids.push_back(*ask<std::string>(
        store, [&](auto done) { store.events().add_attempt("alpha", some_attempt(i), done); }));
  const auto page = *ask<std::vector<delivery_attempt>>(
      store, [&](auto done) { store.events().read_attempts("alpha", ids[0], 10, done); });
  BOOST_REQUIRE_EQUAL(page.size(), 2u);
  BOOST_TEST((page[0].id == ids[1] && page[0].tries == 2u && page[0].status == 503));
  BOOST_TEST((page[1].event_id == "1800000000000-0" && page[1].latency_ms == 15'000u));
  BOOST_TEST((page[1].what == attempt_outcome::will_retry &&
              page[1].next_try == some_attempt(1).next_try));
  const auto load = [&](const std::string& id) {
    return ask<delivery_attempt>(
        store, [&](auto done) { store.events().load_attempt("alpha", id, done); });
  };
  BOOST_TEST(load(ids[2])->tries == 3u);
  BOOST_TEST((load("1-1").error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(what_is_over_its_time_goes) {
  simulated_under_test store;
  append(store, some_event(1));
  store.advance(events_kept - 1s);
  append(store, some_event(2));
  BOOST_TEST(read(store).size() == 2u);
  store.advance(2s);
  append(store, some_event(3));
  BOOST_TEST(sequences(read(store)) == (numbers{2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
