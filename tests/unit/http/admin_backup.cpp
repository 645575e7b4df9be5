// Back-ups over the admin listener: who may, what is asked of the desk, what is refused before.
#include "actors/backup_desk.hpp"
#include "admin_fixture.hpp"
#include "crypto/encoding.hpp"
#include "storage/backup_codec.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;

namespace {

using desk_function = std::function<actors::backup_answer(const actors::backup_call&)>;

actors::backup_desk_actor::behavior_type fake_desk(actors::backup_desk_actor::pointer,
                                                   desk_function* answer) {
  return {
      [answer](const actors::backup_call& asked) { return (*answer)(asked); },
      [](const actors::continuation&) {},
      [](const actors::stop&) {},
  };
}

struct backup_fixture : admin_fixture {
  backup_fixture() { actors::publish(system, system.spawn<caf::lazy_init>(fake_desk, &desk)); }
  ~backup_fixture() { actors::publish(system, {}); }  // else its system waits for it

  template <class Operation>
  const Operation& sought() const {
    return std::get<Operation>(calls.back().what);
  }

  std::vector<actors::backup_call> calls;
  actors::backup_answer next;
  desk_function desk = [this](const actors::backup_call& call) {
    calls.push_back(call);
    return next;
  };
};

std::string bytes_text(const std::string& bytes) {
  return crypto::base64url(crypto::as_bytes(bytes));
}

const std::string base = "/admin/v1/backup";
const std::string into = "/admin/v1/restore";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_backup, backup_fixture)

BOOST_AUTO_TEST_CASE(only_an_operator_reads_or_writes_one) {
  for (const auto& path :
       {base + "/begin", base + "/shards/1/begin", base + "/shards/1/read", base + "/records",
        base + "/audit", base + "/changes", into + "/begin", into + "/shards/1",
        into + "/shards/1/names", into + "/records", into + "/audit", into + "/end"})
    for (const auto by : {who::viewer, who::auditor})
      BOOST_TEST(send("POST", path, R"({"name":"b"})", by).status == 403, path);
  BOOST_TEST(calls.empty());
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(a_back_up_begins_with_a_record_of_the_audit) {
  next.log.last = 17;
  next.links = {{5, {}, bytes32{1}, "{}"}};
  const auto reply = send("POST", base + "/begin", R"({"name":"b-1"})");
  BOOST_TEST(reply.status == 200);
  BOOST_REQUIRE(calls.size() == 2u);
  const auto& noted = std::get<actors::note_backup>(calls[0].what);
  BOOST_TEST(noted.action == "backup.read");
  BOOST_TEST(noted.target == "b-1");
  BOOST_TEST(noted.by.name == "olga");
  const auto body = parse(reply);
  BOOST_TEST(body["changes"].GetUint64() == 17u);
  BOOST_TEST(body["names"].GetUint64() == 1u);
  BOOST_TEST(body["audit"].GetUint64() == 5u);
  BOOST_TEST(std::string(body["audit_hash"].GetString()) == "01" + std::string(62, '0'));
  BOOST_TEST(body["index_checks"].Size() == 1u);
  BOOST_REQUIRE(body["seal_checks"].Size() == 1u);
  BOOST_TEST(std::string(body["seal_checks"][0].GetString()).size() == 32u);
  const auto other = crypto::key_ring(crypto::random_keys(crypto::system_random()));
  BOOST_TEST((crypto::hex(other.index_checks()[0]) != body["index_checks"][0].GetString()));
}

BOOST_AUTO_TEST_CASE(a_page_of_a_shard_is_asked_for_and_shown) {
  next.snapshot = {1'790'000'000'000'001, 4, 2};
  BOOST_TEST(send("POST", base + "/shards/1023/begin", R"({"name":"b"})").body ==
             R"({"version":1790000000000001,"epoch":4,"names":2})");
  BOOST_TEST(sought<actors::begin_snapshot>().shard == 1023);
  mapping claim;
  claim.provider_id = "alpha";
  claim.user = "sealed";
  next.page.records = {{{bytes16{7}, 2}, 9, {claim}}};
  next.page.next = "12:0";
  const auto body =
      parse(send("POST", base + "/shards/7/read", R"({"name":"b","names":2,"after":"11:5"})"));
  BOOST_TEST(sought<actors::read_snapshot>().cursor == "11:5");
  BOOST_TEST(sought<actors::read_snapshot>().names == 2);
  BOOST_TEST(body["rows"].GetUint64() == 1u);
  BOOST_TEST((body["next"] == "12:0"));
  const auto rows = storage::decode_rows(crypto::unbase64url(body["content"].GetString()).value());
  BOOST_REQUIRE(rows);
  BOOST_TEST((rows->at(0) == storage::row_of(next.page.records[0])));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_before_anybody_is_asked) {
  for (const auto& [path, body] : {std::pair{base + "/shards/1/begin", R"({"name":"B"})"},
                                   {base + "/shards/1/begin", R"({"name":""})"},
                                   {base + "/shards/1/read", R"({"name":"b","names":0})"},
                                   {base + "/shards/1/read", R"({"name":"b","names":256})"},
                                   {base + "/records", R"({"kind":"signal"})"},
                                   {into + "/begin", R"({"name":"b","names":0})"},
                                   {into + "/shards/1/names", R"({"content":"AgA"})"},
                                   {into + "/shards/1", R"({"name":"b","content":"_"})"},
                                   {into + "/shards/1", R"({"name":"b","content":"AgA"})"},
                                   {into + "/records", R"({"name":"b","content":"AgA"})"},
                                   {into + "/audit", R"({"name":"b","content":"AgA"})"}})
    BOOST_TEST(send("POST", path, body).status == 400, path + " " + body);
  for (const auto& shard : {"1024", "x", "-1", "1x"})
    BOOST_TEST(send("POST", base + "/shards/" + shard + "/begin", R"({"name":"b"})").status == 404);
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_CASE(rows_are_written_only_while_that_restore_is_open) {
  const auto write = [&] {
    return send("POST", into + "/shards/7",
                R"({"name":"b","content":")" + bytes_text(storage::encode_rows({})) + R"("})")
        .status;
  };
  for (const auto& state :
       {storage::restore_state{"", false}, storage::restore_state{"b", false},
        storage::restore_state{"c", true}, storage::restore_state{"b", true, 2}}) {
    next.restore = state;
    BOOST_TEST(write() == 409);
    for (const auto& call : calls)
      BOOST_TEST(std::holds_alternative<actors::find_restore>(call.what));
  }
}

BOOST_AUTO_TEST_CASE(rows_go_to_the_desk_if_their_names_are_the_services) {
  next.restore = {"b", true};
  next.written = 1;
  mapping claim;
  claim.provider_id = "alpha";
  const auto write = [&](std::uint8_t layers) {
    const auto row = storage::row_of({{bytes16{7}, layers}, 9, {claim}});
    return send("POST", into + "/shards/7",
                R"({"name":"b","refresh":true,"content":")" +
                    bytes_text(storage::encode_rows({row})) + R"("})");
  };
  BOOST_TEST(write(1).body == R"({"written":1,"there":0})");
  BOOST_TEST(sought<actors::restore_rows>().shard == 7);
  BOOST_TEST(sought<actors::restore_rows>().refresh);
  BOOST_TEST(sought<actors::restore_rows>().rows.size() == 1u);
  BOOST_TEST(write(2).status == 409);
}

BOOST_AUTO_TEST_CASE(rows_are_given_the_names_in_use) {
  mapping claim;
  claim.provider_id = "alpha";
  const auto row = storage::row_of({{bytes16{7}, 1}, 9, {claim}});
  next.rows = {storage::row_of({{bytes16{8}, 2}, 9, {claim}})};
  const auto reply = send("POST", into + "/shards/7/names",
                          R"({"content":")" + bytes_text(storage::encode_rows({row})) + R"("})");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(sought<actors::rename_rows>().shard == 7);
  BOOST_TEST(sought<actors::rename_rows>().names == 1);
  BOOST_TEST((sought<actors::rename_rows>().rows.at(0) == row));
  const auto content = crypto::unbase64url(parse(reply)["content"].GetString()).value();
  BOOST_TEST((storage::decode_rows(content).value() == next.rows));
}

BOOST_AUTO_TEST_CASE(the_restore_and_the_keys_are_shown) {
  const auto state = [&] { return std::string(parse(send("GET", into))["state"].GetString()); };
  BOOST_TEST(state() == "none");
  next.restore = {"b", true, 2};
  BOOST_TEST(state() == "open");
  const auto body = parse(send("GET", into));
  BOOST_TEST(body["needs"].GetUint64() == 2u);
  BOOST_TEST(body["names"].GetUint64() == 1u);
  BOOST_TEST(body["index_checks"].Size() == 1u);
  next.restore.open = false;
  BOOST_TEST(state() == "ended");
}

BOOST_AUTO_TEST_CASE(a_restore_that_needs_a_key_which_is_not_there_is_not_opened) {
  BOOST_TEST(send("POST", into + "/begin", R"({"name":"b","names":2})").status == 409);
  BOOST_TEST(calls.empty());
  next.restore = {"b", true, 1};
  BOOST_TEST(send("POST", into + "/begin", R"({"name":"b","names":1})").status == 200);
  BOOST_TEST(std::get<actors::begin_restore>(calls.at(0).what).names == 1);
}

BOOST_AUTO_TEST_CASE(records_and_links_go_to_the_desk_and_the_end_to_the_audit) {
  next.restore = {"b", true};
  const std::vector<storage::registry_record> records{
      {storage::registry_record::kind::provider, "alpha", 0, "sealed"}};
  BOOST_TEST(
      send("POST", into + "/records",
           R"({"name":"b","content":")" + bytes_text(storage::encode_records(records)) + R"("})")
          .status == 200);
  const auto& put = std::get<actors::put_records>(calls.at(calls.size() - 2).what);
  BOOST_TEST(put.name == "b");
  BOOST_TEST(put.records.at(0).id == "alpha");
  const std::vector<storage::audit_entry> links{{3, {}, {}, "{}"}};
  BOOST_TEST(send("POST", into + "/audit",
                  R"({"name":"b","content":")" + bytes_text(storage::encode_links(links)) + R"("})")
                 .status == 200);
  const auto& linked = std::get<actors::put_links>(calls.at(calls.size() - 2).what);
  BOOST_TEST(linked.name == "b");
  BOOST_TEST(linked.links.at(0).sequence == 3u);
  calls.clear();
  BOOST_TEST(send("POST", into + "/end", R"({"name":"b","rows":5,"refresh":true})").status == 200);
  BOOST_REQUIRE(calls.size() == 3u);
  const auto& noted = std::get<actors::note_backup>(calls[0].what);
  BOOST_TEST(noted.restoring);
  BOOST_TEST(noted.target == "b");
  BOOST_TEST(noted.action == "backup.restored");
  BOOST_TEST(noted.detail[0].second == "5");
  BOOST_TEST(std::get<actors::end_restore>(calls[1].what).name == "b");
}

BOOST_AUTO_TEST_CASE(what_the_store_refuses_is_told) {
  next.code = errc::conflict;
  BOOST_TEST(send("POST", into + "/begin", R"({"name":"b"})").status == 409);
  BOOST_TEST(send("POST", into + "/records", R"({"name":"b","content":"AQA"})").status == 409);
  BOOST_TEST(send("POST", into + "/audit", R"({"name":"b","content":"AQA"})").status == 409);
  BOOST_TEST(send("POST", into + "/end", R"({"name":"b"})").status == 409);
  next.code = errc::not_found;
  BOOST_TEST(send("POST", base + "/shards/7/read", R"({"name":"b"})").status == 404);
  next.code = errc::storage_unavailable;
  BOOST_TEST(send("POST", base + "/changes", R"({"after":3})").status == 503);
  BOOST_TEST(sought<actors::read_change_log>().after == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
