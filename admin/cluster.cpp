// `glados admin cluster`: who is there, who owns what, and emptying a node.
#include <chrono>
#include <condition_variable>
#include <istream>
#include <mutex>
#include <optional>
#include <ostream>

#include "admin/commands.hpp"
#include "crypto/key_ring.hpp"
#include "domain/sii.hpp"

namespace glados::admin {
namespace {

const std::string base = "/admin/v1/cluster";
constexpr std::chrono::seconds settle_patience{60}, drain_patience{60};
constexpr std::chrono::minutes rename_patience{10};
constexpr std::chrono::milliseconds look_again{250};

std::string text_of(const value& seen) {
  facts top;
  top.add("view", seen.at("view").text());
  top.add("shards", grouped(seen.at("shards").text()));
  top.add("without owner", grouped(seen.at("shards_unowned").text()));
  top.add("moves under way", grouped(seen.at("moves_under_way").text()));
  const auto& keys = seen.at("index_key");
  top.add("index keys", keys.at("in_use").text() + " in use, " + keys.at("active").text() +
                            " active, " + grouped(keys.at("shards_with_old_names").text()) +
                            " shards with old names");
  table nodes({{"NODE"},
               {"STATE"},
               {"READY"},
               {"SHARDS", table::align::right},
               {"LEASE LEFT ms", table::align::right},
               {"INDEX KEYS", table::align::right},
               {"ANSWERS"}});
  for (const auto& node : seen.at("nodes").items())
    nodes.add({node.at("node_id").text(), node.at("state").text(), node.at("ready").shown(),
               grouped(node.at("shards_owned").text()), grouped(node.at("lease_left_ms").text()),
               node.at("index_keys").text(), node.at("answers_this").truth() ? "*" : ""});
  return top.text() + "\n" + nodes.text();
}

const value& node_of(const value& seen, const std::string& id) {
  static const value nobody;
  for (const auto& node : seen.at("nodes").items())
    if (node.at("node_id").text() == id)
      return node;
  return nobody;
}

/// Lets a moment pass between two looks at a remote state; nothing could wake it earlier.
void pause(std::chrono::milliseconds time) {
  std::mutex own;
  std::unique_lock held(own);
  std::condition_variable never;
  never.wait_for(held, time, [] { return false; });
}

/// The shard of an identifier that is read from the input, so that it is on no command line. It is
/// shown nowhere.
std::uint16_t shard_of_typed(session& s, const std::string& folder) {
  std::vector<std::string> faults;
  const auto keys = crypto::key_ring::load({folder, nullptr}, faults);
  if (!keys)
    throw stop(outcome::bad_line, faults.empty() ? "no keys" : faults.front());
  if (s.io().in_terminal)
    s.io().err << "identifier (tel:… or mailto:…): " << std::flush;
  std::string typed;
  std::getline(s.io().in, typed);
  const auto known = canonical_sii(typed);
  if (!known)
    throw stop(outcome::bad_line, "that is no identifier");
  return keys->place(known->canonical).shard;
}

/// Whether `nodes` are ready with shards of their own, none is without an owner and none moves.
bool settled(const value& seen, std::uint64_t nodes) {
  std::uint64_t ready = 0;
  for (const auto& node : seen.at("nodes").items())
    ready += node.at("ready").truth() && node.at("shards_owned").count() > 0 ? 1 : 0;
  return ready >= nodes && seen.at("shards_unowned").count() == 0 &&
         seen.at("moves_under_way").count() == 0;
}

/// What was seen when it was so: a moment later a shard may move again. The first nodes of a
/// cluster do not answer at once, and the one that is asked may own everything before the others
/// join.
value wait_until_settled(session& s, const std::string& nodes) {
  const auto wanted = value::digits(nodes);
  if (nodes.empty() || nodes.size() > 4 || nodes.find_first_not_of("0123456789") != nodes.npos)
    throw stop(outcome::bad_line, "--settled needs a number of nodes");
  const auto until = std::chrono::steady_clock::now() + settle_patience;
  while (true) {
    auto seen = s.get(base);
    if (settled(seen, wanted.count())) {
      s.progress("");
      return seen;
    }
    if (std::chrono::steady_clock::now() > until)
      throw stop(outcome::untrue, "not settled; cluster status shows who is there");
    s.progress(grouped(seen.at("shards_unowned").text()) + " shards without owner, " +
               grouped(seen.at("moves_under_way").text()) + " moves under way");
    pause(look_again);
  }
}

void wait_until_empty(session& s, const std::string& id) {
  const auto until = std::chrono::steady_clock::now() + drain_patience;
  while (true) {
    const auto seen = s.get(base);
    const auto& node = node_of(seen, id);
    if (node.is_null() || node.at("shards_owned").count() == 0)
      break;
    if (std::chrono::steady_clock::now() > until)
      throw stop(outcome::untrue, id + " still owns " + node.at("shards_owned").text() +
                                      " shards; cluster status shows how far it is");
    s.progress(id + " still owns " + grouped(node.at("shards_owned").text()) + " shards");
    pause(look_again);
  }
  s.progress("");
}

/// The key is in use once no shard has an old name. Nothing is lost when this gives up: the nodes
/// go on renaming.
void wait_until_in_use(session& s, std::uint64_t number) {
  const auto until = std::chrono::steady_clock::now() + rename_patience;
  while (true) {
    const auto seen = s.get(base).at("index_key");
    if (seen.at("in_use").count() >= number)
      break;
    const auto left = grouped(seen.at("shards_with_old_names").text());
    if (std::chrono::steady_clock::now() > until)
      throw stop(outcome::untrue, left +
                                      " shards still have old names; cluster status shows how "
                                      "far it is");
    s.progress(left + " shards still have old names");
    pause(look_again);
  }
  s.progress("");
}

}  // namespace

void show_cluster(session& s) {
  const auto nodes = s.line().option("settled");
  const auto seen = nodes ? wait_until_settled(s, *nodes) : s.get(base);
  s.show(seen, text_of(seen));
}

void drain_node(session& s) {
  const auto id = s.operand(0);
  const auto seen = s.get(base);
  const auto& node = node_of(seen, id);
  if (node.is_null())
    throw stop(outcome::bad_line, "there is no node " + plain(id) + "; see cluster status");
  s.confirm(id, "This has " + id + " give its " + node.at("shards_owned").text() +
                    " shards to the other nodes (" +
                    std::to_string(seen.at("nodes").items().size() - 1) +
                    "). It owns none again until it is restarted.");
  const auto got = s.change("POST", base + "/nodes/" + part(id) + "/drain");
  if (s.line().has("wait"))
    wait_until_empty(s, id);
  const std::string state = s.line().has("wait") ? "drained" : got.at("state").text();
  s.show(value::object().put("node_id", id).put("state", state), id + "  " + state + "\n");
}

void activate_index_key(session& s) {
  const auto number = s.operand(0);
  const auto wanted = value::digits(number);
  if (number.size() > 3 || number.find_first_not_of("0123456789") != number.npos)
    throw stop(outcome::bad_line, "an index key is known by its number");
  const auto seen = s.get(base);
  std::string lacking;
  for (const auto& node : seen.at("nodes").items())
    if (node.at("index_keys").count() < wanted.count())
      lacking += (lacking.empty() ? "" : ", ") + node.at("node_id").text();
  if (!lacking.empty())
    throw stop(outcome::bad_line, "these nodes have no index key " + number + ": " + lacking +
                                      "; give it to them and reload them");
  s.confirm(number, "This has every node rename its records by index key " + number +
                        ". It cannot be undone, and the key is needed for ever.");
  const auto got = s.change("POST", base + "/index-keys/" + part(number) + "/activate");
  if (s.line().has("wait"))
    wait_until_in_use(s, wanted.count());
  const std::string state = s.line().has("wait") ? "in use" : got.at("state").text();
  s.show(value::object().put("index_key", wanted).put("state", state),
         "index key " + number + "  " + state + "\n");
}

void find_shard(session& s) {
  const auto id = s.operand(0);
  const auto keys = s.line().option("keys");
  if (id.empty() == !keys.has_value())
    throw stop(outcome::bad_line, "cluster shard needs an id, or --keys and an identifier typed");
  std::optional<std::uint16_t> shard;
  if (keys)
    shard = shard_of_typed(s, *keys);
  else
    shard = crypto::shard_of_id(id);
  if (!shard)
    throw stop(outcome::bad_line, "this id names no shard");
  const auto map = s.get(base + "/shards");
  const auto& owners = map.at("owners").items();
  const auto& nodes = map.at("nodes").items();
  auto told = value::object();
  told.put("shard", *shard).put("owner", value{});
  // -1, nobody, is no number of ours
  if (*shard < owners.size() && owners[*shard].text() != "-1" &&
      owners[*shard].count() < nodes.size())
    told.put("owner", nodes[owners[*shard].count()].text());
  facts out;
  out.add("shard", told.at("shard").text());
  out.add("owner", told.at("owner").shown());
  s.show(told, out.text());
}

void show_self(session& s) {
  const auto self = s.get("/admin/v1/self");
  facts out;
  for (const auto& name : self.names()) out.add(name, self.at(name).shown());
  s.show(self, out.text());
}

void probe(session& s) {
  s.get("/livez");
  s.get("/readyz");
  s.show(value::object().put("status", "ready"), "ready\n");
}

}  // namespace glados::admin
