// `glados admin audit`: the chain of what operators did, shown and verified.
#include "domain/audit.hpp"

#include <filesystem>

#include "admin/audit_chain.hpp"
#include "admin/audit_keys.hpp"
#include "admin/authority_folder.hpp"
#include "admin/commands.hpp"

namespace glados::admin {
namespace {

const std::string base = "/admin/v1/audit";

/// Every record of the chain after this cursor, one page at a time.
template <class Take>
void each_record(session& s, std::string after, Take take) {
  while (true) {
    const auto page = s.get(base + "?after=" + after);
    const auto& records = page.at("records").items();
    for (const auto& one : records)
      if (!take(one))
        return;
    const auto& next = page.at("next").text();
    if (records.empty() || next == after)
      return;
    after = next;
  }
}

bool wanted(const session& s, const value& record) {
  for (const auto* name : {"actor", "action", "target"})
    if (const auto only = s.line().option(name))
      if (record.at(name).text() != *only && !record.at(name).text().starts_with(*only + "."))
        return false;
  return true;
}

std::string detail_text(const value& detail) {
  std::string out;
  for (const auto& name : detail.names())
    out.append(out.empty() ? "" : ", ").append(name).append("=").append(detail.at(name).text());
  return out.empty() ? "-" : out;
}

std::string head_text(const value& head) {
  facts out;
  for (const auto& name : head.names()) out.add(name, head.at(name).shown());
  return out.text();
}

void need_true(const std::string& why) {
  if (!why.empty())
    throw stop(outcome::untrue, "the audit is not what it should be: " + why);
}

/// A signed head, of a day or of now, against the chain read so far.
std::string check_head(const audit_chain& chain, const audit_keys& keys, const value& head,
                       const std::string& at) {
  const auto name = "the head " + head.at("sequence").text() + " of " + short_time(at) + " ";
  if (const auto why = keys.check(head, at); !why.empty())
    return name + why;
  return chain.compare(value::digits(head.at("sequence").text()).count(), head.at("hash").text());
}

/// What an earlier verification left in the file of --state; null without one.
value read_state(const session& s) {
  const auto path = s.line().option("state");
  if (!path || !std::filesystem::exists(*path))
    return {};
  auto read = parse_json(session::read_file(*path));
  if (!read || read->at("keys").names().empty())
    throw stop(outcome::bad_line, *path + " is not what audit verify left");
  return std::move(*read);
}

/// Replaces that file as a whole.
void write_state(const session& s, const audit_chain& chain, const audit_keys& keys) {
  const auto path = s.line().option("state");
  if (!path)
    return;
  auto left = value::object();
  left.put("sequence", chain.length()).put("hash", chain.hash()).put("keys", keys.believed());
  const auto fresh = *path + ".new";
  std::error_code failed;
  std::filesystem::remove(fresh, failed);
  write_new_file(fresh, left.pretty(), 0600);
  std::filesystem::rename(fresh, *path, failed);
  if (failed)
    throw stop(outcome::bad_line, *path + ": " + failed.message());
}

}  // namespace

void list_audit(session& s) {
  const auto most = number_option(s, "limit", 1'000'000'000, 1, 1'000'000'000);
  auto found = value::list();
  table out({{"NUMBER", table::align::right}, {"AT"}, {"WHO"}, {"ACTION"}, {"TARGET"}, {"DETAIL"}});
  std::uint64_t seen = 0;
  each_record(s, s.line().option("after").value_or(""), [&](const value& one) {
    if (++seen % 1000 == 0)
      s.progress(grouped(std::to_string(seen)) + " records read");
    const auto& record = one.at("record");
    if (!wanted(s, record))
      return true;
    found.add(one);
    out.add({one.at("sequence").text(), short_time(record.at("at").text()),
             record.at("actor").text(), record.at("action").text(), record.at("target").text(),
             detail_text(record.at("detail"))});
    return found.items().size() < most;
  });
  s.progress("");
  s.show(value::object().put("records", found), out.text());
}

void show_audit_head(session& s) {
  const auto head = s.get(base + "/head");
  s.show(head, head_text(head));
}

void verify_audit(session& s) {
  const auto known = read_state(s);
  const auto head = s.get(base + "/head");  // first: the chain may grow meanwhile
  audit_keys keys;
  need_true(keys.take(s.get(base + "/keys"), known.at("keys")));
  audit_chain chain;
  value last;  // the newest head of a day
  std::uint64_t heads = 0;
  each_record(s, "", [&](const value& one) {
    need_true(chain.take(one));
    const auto& record = one.at("record");
    if (record.at("action").text() == audit_head_action) {
      need_true(check_head(chain, keys, record.at("detail"), record.at("at").text()));
      last = record;
      ++heads;
    }
    if (chain.length() % 1000 == 0)
      s.progress(grouped(std::to_string(chain.length())) + " records verified");
    return true;
  });
  s.progress("");
  need_true(check_head(chain, keys, head, head.at("at").text()));
  if (!known.is_null())
    need_true(chain.compare(known.at("sequence").count(), known.at("hash").text()));
  auto told = value::object();
  told.put("whole", true).put("records", chain.length()).put("hash", chain.hash());
  told.put("daily_heads", heads).put("last_daily_head", last.at("target"));
  told.put("signed_by", head.at("kid"));
  write_state(s, chain, keys);
  s.show(told, head_text(told));
}

}  // namespace glados::admin
