// `glados admin restore`: a back-up, and what was taken away since, into an empty service; or the
// comparison of both with a service (docs/decisions/0007).
#include <algorithm>
#include <iterator>
#include <map>

#include "admin/restore_plan.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "domain/text.hpp"

namespace glados::admin {
namespace {

const std::string base = "/admin/v1/restore";
constexpr std::size_t rows_a_call = 256;
constexpr std::size_t bytes_a_call = 40'000;
constexpr int most_looks = 240;
constexpr std::chrono::milliseconds look_period{250};

std::string text_of(const std::string& bytes) { return crypto::base64url(crypto::as_bytes(bytes)); }

/// The ids of the nodes, in their order: what the operator must type.
std::string name_of(session& s) {
  std::vector<std::string> ids;
  const auto seen = s.get("/admin/v1/cluster");
  for (const auto& node : seen.at("nodes").items()) ids.push_back(node.at("node_id").text());
  std::sort(ids.begin(), ids.end());
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : ",") + id;
  return out;
}

/// One restore, or comparison, under way.
struct run {
  session& s;
  const restore_plan& plan;
  bool refresh = false;
  std::uint64_t written = 0, there = 0, shards = 0;
  std::vector<storage::kept_row> batch;
  std::size_t bytes = 0;

  void progress() {
    if (++shards % 8 == 0)
      s.progress(grouped(std::to_string(shards)) + " of " + grouped(std::to_string(shard_count)) +
                 " shards, " + grouped(std::to_string(written + there)) + " rows");
  }
};

/// All rows under the names that the service uses.
void use_names(session& s, restore_plan& plan, std::uint64_t layers) {
  plan.use_names(static_cast<std::uint8_t>(layers), [&s](shard_id shard,
                                                         std::vector<storage::kept_row> rows) {
    std::vector<storage::kept_row> out;
    for (std::size_t at = 0; at < rows.size();) {
      std::vector<storage::kept_row> some;
      for (std::size_t bytes = 0; at < rows.size() && bytes < bytes_a_call; ++at) {
        bytes += rows[at].body.size() + 40;
        some.push_back(std::move(rows[at]));
      }
      const auto got = insist(s, base + "/shards/" + std::to_string(shard) + "/names",
                              value::object().put("content", text_of(storage::encode_rows(some))));
      auto named = storage::decode_rows(content_of(got));
      if (!named || named->size() != some.size())
        not_ours();
      std::move(named->begin(), named->end(), std::back_inserter(out));
    }
    return out;
  });
}

// --- writing -------------------------------------------------------------------------------------

void send_rows(run& at, shard_id shard) {
  if (at.batch.empty())
    return;
  auto body = value::object();
  body.put("name", at.plan.id()).put("refresh", at.refresh);
  body.put("content", text_of(storage::encode_rows(at.batch)));
  const auto got = insist(at.s, base + "/shards/" + std::to_string(shard), body);
  at.written += got.at("written").count();
  at.there += got.at("there").count();
  at.batch.clear();
  at.bytes = 0;
}

void write_rows(run& at) {
  at.plan.each_row(
      [&](shard_id shard, storage::kept_row row) {
        const auto size = row.body.size() + 40;
        if (at.batch.size() == rows_a_call || at.bytes + size > bytes_a_call)
          send_rows(at, shard);
        at.bytes += size;
        at.batch.push_back(std::move(row));
      },
      [&](const shard_mark& mark) {
        send_rows(at, mark.shard);
        at.progress();
      });
}

/// About as many bytes as it takes in a call.
template <class T>
std::size_t size_of(const T& record) {
  return record.body.size() + 100;
}
std::size_t size_of(const storage::kept_standing& part) {
  return 100 + 150 * part.facts.strikes.size() + 10 * part.facts.changes.size();
}

template <class T>
void send_parts(run& at, const std::string& path, const std::vector<T>& all,
                std::string (*encode)(const std::vector<T>&)) {
  std::vector<T> some;
  std::size_t bytes = 0;
  const auto send = [&] {
    if (some.empty())
      return;
    auto body = value::object();
    body.put("name", at.plan.id()).put("content", text_of(encode(some)));
    insist(at.s, base + path, body);
    some.clear();
    bytes = 0;
  };
  for (const auto& one : all) {
    if (bytes + size_of(one) > bytes_a_call)
      send();
    bytes += size_of(one);
    some.push_back(one);
  }
  send();
}

/// Opens the restore, and has the service use as many index keys as the records are named by.
void begin(session& s, restore_plan& plan) {
  auto body = value::object();
  body.put("name", plan.id()).put("names", plan.names());
  for (int tries = 1;; ++tries) {
    const auto state = insist(s, base + "/begin", body);
    if (state.at("names").count() == state.at("needs").count())
      return use_names(s, plan, state.at("names").count());
    if (tries == most_looks)
      throw stop(outcome::refused, "the index keys of the back-up are not in use yet; repeat this");
    s.progress("index key " + state.at("needs").text() + " comes into use");
    pause(look_period);
  }
}

void write_all(run& at) {
  write_rows(at);
  at.plan.each_links([&](const auto& links) {
    at.s.progress("audit record " + grouped(std::to_string(links.back().sequence)));
    send_parts(at, "/audit", links, storage::encode_links);
  });
  at.s.progress("standings, applications, providers, reports");
  send_parts(at, "/standings", at.plan.standings(), storage::encode_standings);
  send_parts(at, "/records", at.plan.records(), storage::encode_records);
  at.s.progress("");
  auto body = value::object();
  body.put("name", at.plan.id()).put("rows", at.written + at.there).put("refresh", at.refresh);
  insist(at.s, base + "/end", body);
}

// --- comparing -----------------------------------------------------------------------------------

/// What a row says, but for what a restore may have asked of its providers.
std::string said_by(const storage::kept_row& row) {
  auto record = storage::record_of(row);
  if (!record)
    not_ours();
  for (auto& claim : record->mappings) {
    claim.due = false;
    claim.sequence = 0;
  }
  const auto hash = crypto::truncate(crypto::sha256(storage::row_of(*record).body));
  return {hash.begin(), hash.end()};
}

struct comparison {
  std::uint64_t equal = 0, different = 0, missing = 0, extra = 0;
};

std::map<sii_key, std::string> read_live(session& s, const std::string& name, shard_id shard) {
  const auto path = "/admin/v1/backup/shards/" + std::to_string(shard);
  const auto begun = insist(s, path + "/begin", value::object().put("name", name), 409);
  std::map<sii_key, std::string> out;
  for (std::string after;;) {
    auto body = value::object();
    body.put("name", name).put("names", begun.at("names").count()).put("after", after);
    const auto page = insist(s, path + "/read", body);
    const auto rows = storage::decode_rows(content_of(page));
    if (!rows)
      not_ours();
    for (const auto& row : *rows) out[row.key] = said_by(row);
    after = page.at("next").text();
    if (after.empty())
      return out;
  }
}

comparison compare(run& at) {
  comparison out;
  std::map<sii_key, std::string> wanted;
  at.plan.each_row(
      [&](shard_id, const storage::kept_row& row) { wanted[row.key] = said_by(row); },
      [&](const shard_mark& mark) {
        const auto live = read_live(at.s, "compare-" + at.plan.id(), mark.shard);
        for (const auto& [key, said] : wanted) {
          const auto found = live.find(key);
          ++(found == live.end() ? out.missing : found->second == said ? out.equal : out.different);
        }
        for (const auto& [key, said] : live) out.extra += wanted.contains(key) ? 0 : 1;
        at.written += wanted.size();
        wanted.clear();
        at.progress();
      });
  at.s.progress("");
  return out;
}

void show_comparison(session& s, const comparison& got) {
  const bool same = got.different + got.missing + got.extra == 0;
  auto told = value::object();
  told.put("same", same).put("equal", got.equal).put("different", got.different);
  told.put("missing", got.missing).put("extra", got.extra);
  facts out;
  for (const auto& name : told.names()) out.add(name, told.at(name).shown());
  s.show(told, out.text());
  if (!same)
    throw stop(outcome::untrue, "the service does not hold what this would restore");
}

void show_plan(session& s, const restore_plan& plan, const run& at, bool done) {
  auto told = value::object();
  told.put("backup", plan.id()).put("done", done).put("rows", plan.rows());
  told.put("changes_replayed", plan.changes()).put("identifiers_changed", plan.taken());
  std::size_t strikes = 0;
  for (const auto& part : plan.standings()) strikes += part.facts.strikes.size();
  told.put("records", plan.records().size()).put("strikes", strikes);
  told.put("fresh_proofs_asked_for", at.refresh);
  if (done)
    told.put("written", at.written).put("stood_there", at.there);
  facts out;
  for (const auto& name : told.names()) out.add(name, told.at(name).shown());
  s.show(told, out.text());
}

}  // namespace

void restore_backup(session& s) {
  const auto key = backup_key(s);
  const auto log = s.line().option("changes");
  if (log.has_value() == s.line().has("without-changes"))
    throw stop(outcome::bad_line,
               "restore needs --changes with the change log, or else --without-changes");
  if (s.line().has("log-complete") && !log)
    throw stop(outcome::bad_line, "--log-complete is about a change log");
  restore_plan plan(s.operand(0), log.value_or(""), key);
  run at{s, plan, !s.line().has("log-complete"), 0, 0, 0, {}, 0};
  const auto service = s.get(base);
  need_same_keys(plan.keys(), service, plan.names());
  if (s.line().has("compare")) {
    if (service.at("names").count() < plan.names())
      throw stop(outcome::untrue, "the service names its records by fewer index keys");
    use_names(s, plan, service.at("names").count());
    return show_comparison(s, compare(at));
  }
  const auto name = name_of(s);
  const auto into = s.line().option("into");
  if (!into || s.line().has("dry-run")) {
    show_plan(s, plan, at, false);
    return s.remark("nothing was done; add --into " + name + " to restore into that cluster");
  }
  if (*into != name)
    throw stop(outcome::unconfirmed,
               "nothing was done: the profile leads to the cluster " + name + ", not " + *into);
  begin(s, plan);
  write_all(at);
  show_plan(s, plan, at, true);
}

}  // namespace glados::admin
