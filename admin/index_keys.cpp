// `glados admin cluster keys`: by which keys records are named, and how far a rotation is.
#include <algorithm>

#include "admin/commands.hpp"

namespace glados::admin {
namespace {

const std::string base = "/admin/v1/cluster";

/// What the directory does with the key of this number.
std::string state_of(std::uint64_t number, const value& index) {
  if (number <= index.at("in_use").count())
    return "in use";
  return number <= index.at("active").count() ? "being applied" : "not active";
}

value keys_of(const value& seen) {
  std::uint64_t newest = seen.at("index_key").at("active").count();
  for (const auto& node : seen.at("nodes").items())
    newest = std::max(newest, node.at("index_keys").count());
  auto out = value::list();
  for (std::uint64_t number = 1; number <= newest; ++number) {
    auto lacking = value::list();
    for (const auto& node : seen.at("nodes").items())
      if (node.at("index_keys").count() < number)
        lacking.add(node.at("node_id"));
    auto one = value::object();
    one.put("index_key", number).put("state", state_of(number, seen.at("index_key")));
    out.add(one.put("nodes_without_it", lacking));
  }
  return out;
}

}  // namespace

void list_index_keys(session& s) {
  const auto seen = s.get(base);
  const auto keys = keys_of(seen);
  const auto& old_names = seen.at("index_key").at("shards_with_old_names");
  table out({{"KEY", table::align::right}, {"STATE"}, {"NODES WITHOUT IT"}});
  for (const auto& one : keys.items()) {
    std::string without;
    for (const auto& node : one.at("nodes_without_it").items())
      without.append(without.empty() ? "" : ", ").append(node.text());
    out.add({one.at("index_key").text(), one.at("state").text(), without.empty() ? "-" : without});
  }
  auto told = value::object();
  told.put("index_keys", keys).put("shards_with_old_names", old_names);
  s.show(told, out.text() + "\n" + grouped(old_names.text()) + " shards with old names\n");
}

}  // namespace glados::admin
