#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

using kind = registry_record::kind;

template <class Store>
result<bool> apply(Store& store, const registry_commit& step) {
  return ask<bool>(store, [&](auto done) { store.registry().apply(step, done); });
}

template <class Store>
result<registry_record> load(Store& store, kind what, const std::string& id) {
  return ask<registry_record>(store, [&](auto done) { store.registry().load(what, id, done); });
}

template <class Store>
change_page changes(Store& store, const std::string& cursor) {
  return *ask<change_page>(store, [&](auto done) { store.registry().changes(cursor, done); });
}

audit_entry link(std::uint64_t sequence, std::uint8_t previous, std::uint8_t hash) {
  return {sequence, bytes<bytes32>(previous), bytes<bytes32>(hash), "{}"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_record_follows_the_version_it_names, store_type, both_stores) {
  store_type store;
  BOOST_TEST((load(store, kind::provider, "alpha").error() == errc::not_found));
  const std::string body("\0sealed\xff", 8);
  BOOST_TEST(bool(apply(store, {{{kind::provider, "alpha", 0, body}}, {}, {}})));
  const auto first = load(store, kind::provider, "alpha");
  BOOST_TEST((first->body == body && first->version > 0 && first->id == "alpha"));
  BOOST_TEST((load(store, kind::application, "alpha").error() == errc::not_found));
  registry_commit next{{{kind::provider, "alpha", first->version, "two"}}, {}, {}};
  BOOST_TEST(bool(apply(store, next)));
  BOOST_TEST((apply(store, next).error() == errc::stale_version));
  const auto second = load(store, kind::provider, "alpha");
  BOOST_TEST((second->body == "two" && second->version > first->version));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_record_without_a_body_is_removed, store_type, both_stores) {
  store_type store;
  apply(store, {{{kind::signal, "sig-1", 0, "x"}, {kind::signal, "sig-2", 0, "y"}}, {}, {}});
  const auto first = load(store, kind::signal, "sig-1");
  BOOST_TEST((load(store, kind::provider, "sig-1").error() == errc::not_found));
  BOOST_TEST((apply(store, {{{kind::signal, "sig-1", first->version + 1, ""}}, {}, {}}).error() ==
              errc::stale_version));
  registry_commit step{
      {{kind::signal, "sig-1", first->version, ""}, {kind::signal, "sig-3", 0, "z"}}, {}, {}};
  BOOST_TEST(bool(apply(store, step)));
  const auto left = *ask<std::vector<registry_record>>(
      store, [&](auto done) { store.registry().load_all(kind::signal, done); });
  BOOST_REQUIRE(left.size() == 2U);
  BOOST_TEST((left[0].id == "sig-2" && left[1].id == "sig-3"));
  BOOST_TEST((apply(store, step).error() == errc::stale_version));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_commit_writes_all_or_nothing, store_type, both_stores) {
  store_type store;
  apply(store, {{{kind::provider, "beta", 0, "b"}}, {}, {}});
  const std::string end = changes(store, "").next;
  registry_commit step{{{kind::application, "a1", 0, "x"}, {kind::provider, "beta", 0, "y"}},
                       link(1, 0, 1),
                       {"beta"}};
  BOOST_TEST((apply(store, step).error() == errc::stale_version));
  step.writes[1].version = load(store, kind::provider, "beta")->version;
  step.audit->previous[3] = 9;
  BOOST_TEST((apply(store, step).error() == errc::stale_version));
  BOOST_TEST((load(store, kind::application, "a1").error() == errc::not_found));
  BOOST_TEST(load(store, kind::provider, "beta")->body == "b");
  BOOST_TEST(changes(store, end).notices.empty());
  step.audit->previous[3] = 0;
  BOOST_TEST(bool(apply(store, step)));
  BOOST_TEST(load(store, kind::provider, "beta")->body == "y");
  BOOST_TEST(changes(store, end).notices.size() == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(all_of_a_kind_in_the_order_of_ids, store_type, both_stores) {
  store_type store;
  for (const char* id : {"gamma", "alpha", "beta"})
    apply(store, {{{kind::provider, id, 0, id}, {kind::application, id, 0, "a"}}, {}, {}});
  const auto all = *ask<std::vector<registry_record>>(
      store, [&](auto done) { store.registry().load_all(kind::provider, done); });
  BOOST_REQUIRE_EQUAL(all.size(), 3u);
  BOOST_TEST((all[0].id == "alpha" && all[1].id == "beta" && all[2].id == "gamma"));
  BOOST_TEST((all[0].body == "alpha" && all[0].version > 0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_audit_chain_has_no_fork, store_type, both_stores) {
  store_type store;
  const auto head = [&] {
    return *ask<audit_head>(store, [&](auto done) { store.registry().load_head(done); });
  };
  BOOST_TEST((head().sequence == 0 && head().hash == bytes32{}));
  BOOST_TEST(bool(apply(store, {{}, link(1, 0, 1), {}})));
  BOOST_TEST((apply(store, {{}, link(1, 0, 2), {}}).error() == errc::stale_version));
  BOOST_TEST((apply(store, {{}, link(2, 0, 2), {}}).error() == errc::stale_version));
  BOOST_TEST((apply(store, {{}, link(3, 1, 2), {}}).error() == errc::stale_version));
  std::vector<pending<result<bool>>> open;
  for (std::uint8_t i = 0; i < 20; ++i)
    open.push_back(begin<bool>([&](auto done) {
      store.registry().apply({{}, link(2, 1, 100 + i), {}}, done);
    }));
  store.run();
  std::size_t won = 0;
  for (auto& answer : open) won += finish(answer) ? 1 : 0;
  BOOST_TEST(won == 1u);
  BOOST_TEST((head().sequence == 2 && head().hash[0] >= 100));
  const auto read = [&](std::uint64_t after, std::size_t limit) {
    return *ask<std::vector<audit_entry>>(
        store, [&](auto done) { store.registry().load_audit(after, limit, done); });
  };
  const auto all = read(0, 10);
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_TEST((all[0].sequence == 1 && all[0].hash == bytes<bytes32>(1) && all[0].body == "{}"));
  BOOST_TEST((all[1].previous == bytes<bytes32>(1) && all[1].hash == head().hash));
  BOOST_TEST(read(0, 1).size() == 1u);
  BOOST_REQUIRE_EQUAL(read(1, 10).size(), 1u);
  BOOST_TEST(read(1, 10)[0].sequence == 2u);
  BOOST_TEST(read(2, 10).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_commit_leaves_its_notices_until_they_are_trimmed, store_type,
                              both_stores) {
  store_type store;
  const auto notices = [&](std::size_t limit) {
    return *ask<std::vector<outbox_entry>>(
        store, [&](auto done) { store.directory().load_outbox(registry_outbox, "", limit, done); });
  };
  const auto told = [](const std::string& provider, const std::string& detail) {
    outbox_entry out;
    out.what = outbox_entry::kind::event;
    out.notice.type = event_type::credential_changed;
    out.notice.provider_id = provider;
    out.notice.created_at = {7};
    out.notice.detail = detail;
    return out;
  };
  BOOST_TEST(notices(10).empty());
  registry_commit refused{{{kind::provider, "alpha", 5, "x"}}, {}, {}};
  refused.outbox = {told("alpha", "never")};
  BOOST_TEST((apply(store, refused).error() == errc::stale_version));
  registry_commit first{{{kind::provider, "alpha", 0, "x"}}, link(1, 0, 1), {"alpha"}};
  first.outbox = {told("alpha", "one"), told("beta", "two")};
  BOOST_TEST(bool(apply(store, first)));
  registry_commit second{{}, link(2, 1, 2), {}};
  second.outbox = {told("alpha", "three")};
  BOOST_TEST(bool(apply(store, second)));
  const auto all = notices(10);
  BOOST_REQUIRE_EQUAL(all.size(), 3u);
  BOOST_TEST((all[0].notice.provider_id == "alpha" && all[0].notice.detail == "one"));
  BOOST_TEST((all[1].notice.provider_id == "beta" && all[1].notice.detail == "two"));
  BOOST_TEST((all[2].notice.detail == "three" && all[2].notice.created_at.us == 7));
  BOOST_TEST(notices(2).size() == 2u);
  // Their ids are such as the provider's mark can compare.
  for (const auto& one : all)
    for (int again = 0; again < 2; ++again)
      ask<std::string>(store, [&](auto done) {
        store.events().append_once(registry_outbox, one.id, one.notice, done);
      });
  const auto stream = *ask<std::vector<event>>(
      store, [&](auto done) { store.events().read_events("alpha", "", 10, done); });
  BOOST_TEST(stream.size() == 2u);
  ask<bool>(store, [&](auto done) {
    store.directory().trim_outbox(registry_outbox, {all[0].id, all[2].id, "1-0"}, done);
  });
  BOOST_REQUIRE_EQUAL(notices(10).size(), 1u);
  BOOST_TEST(notices(10)[0].id == all[1].id);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_reader_of_the_feed_sees_every_notice, store_type, both_stores) {
  store_type store;
  const change_page start = changes(store, "");
  BOOST_TEST((start.notices.empty() && !start.gap && !start.next.empty()));
  BOOST_TEST(changes(store, start.next).next == start.next);
  BOOST_TEST(!changes(store, start.next).gap);
  apply(store, {{}, {}, {"alpha", "beta"}});
  ask<bool>(store,
            [&](auto done) { store.providers().revoke_token("alpha", bytes<bytes32>(4), done); });
  ask<bool>(store, [&](auto done) { store.providers().revoke_all_tokens("beta", done); });
  const change_page page = changes(store, start.next);
  BOOST_REQUIRE_EQUAL(page.notices.size(), 4u);
  BOOST_TEST(!page.gap);
  BOOST_TEST((page.notices[1].what == change_notice::kind::provider));
  BOOST_TEST(page.notices[1].provider_id == "beta");
  BOOST_TEST((page.notices[2].what == change_notice::kind::token));
  BOOST_TEST((page.notices[2].token_hash == bytes<bytes32>(4)));
  BOOST_TEST((page.notices[3].what == change_notice::kind::all_tokens));
  BOOST_TEST(page.notices[3].provider_id == "beta");
  BOOST_TEST(changes(store, page.next).notices.empty());
  BOOST_TEST(changes(store, start.next).notices.size() == 4u);
  BOOST_TEST(changes(store, "").notices.empty());
  BOOST_TEST(changes(store, "").next == page.next);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
