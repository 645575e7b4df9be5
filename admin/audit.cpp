// `glados admin audit`: the chain of what operators did, shown and verified.
#include "admin/audit_chain.hpp"
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
  const auto head = s.get(base + "/head");  // first: the chain may grow meanwhile
  audit_chain chain;
  each_record(s, "", [&](const value& one) {
    if (const auto why = chain.take(one); !why.empty())
      throw stop(outcome::untrue, "the chain is broken: " + why);
    if (chain.length() % 1000 == 0)
      s.progress(grouped(std::to_string(chain.length())) + " records verified");
    return true;
  });
  s.progress("");
  if (const auto why = chain.compare(head.at("sequence").count(), head.at("hash").text());
      !why.empty())
    throw stop(outcome::untrue, "the chain is broken: " + why);
  facts out;
  out.add("records", grouped(std::to_string(chain.length())));
  out.add("head", chain.hash());
  out.add("chain", "whole");
  s.show(
      value::object().put("records", chain.length()).put("hash", chain.hash()).put("whole", true),
      out.text());
}

}  // namespace glados::admin
