#include "storage/redis_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace glados::storage {

namespace {

bool has_key(std::string_view command) {
  constexpr std::array<std::string_view, 12> without{"PING",     "AUTH",   "TIME",      "SCRIPT",
                                                     "CLUSTER",  "ASKING", "WAIT",      "INFO",
                                                     "FLUSHALL", "CONFIG", "REPLICAOF", "SHUTDOWN"};
  return std::find(without.begin(), without.end(), command) == without.end();
}

/// Slots of the bulk strings in `wire`: one for all, or `split`.
void find_slot(std::string_view wire, redis_command& into) {
  while (!wire.empty()) {
    std::size_t size = 0;
    const char* end = std::from_chars(wire.data() + 1, wire.data() + wire.size(), size).ptr;
    const std::size_t head = static_cast<std::size_t>(end - wire.data()) + 2;
    const slot_number slot = slot_of(wire.substr(head, size));
    into.split = into.split || (into.slot && *into.slot != slot);
    into.slot = slot;
    wire.remove_prefix(head + size + 2);
  }
}

void append_count(std::string& wire, char kind, std::size_t count) {
  wire += kind;
  wire += std::to_string(count);
  wire += "\r\n";
}

void append_bulk(std::string& wire, std::string_view value) {
  append_count(wire, '$', value.size());
  wire += value;
  wire += "\r\n";
}

}  // namespace

arguments& arguments::add(std::string_view value) {
  append_bulk(wire_, value);
  ++count_;
  return *this;
}

arguments& arguments::add(std::uint64_t value) {
  return add(std::string_view(std::to_string(value)));
}

arguments& arguments::append(const arguments& more) {
  wire_ += more.wire_;
  count_ += more.count_;
  return *this;
}

redis_command plain_command(bool write, const std::vector<std::string_view>& words) {
  redis_command out;
  out.write = write;
  append_count(out.wire, '*', words.size());
  for (std::string_view word : words) append_bulk(out.wire, word);
  if (words.size() > 1 && has_key(words[0]))
    out.slot = slot_of(words[1]);
  return out;
}

redis_command script_command(bool write, const script& lua, const arguments& keys,
                             const arguments& args) {
  redis_command out;
  out.write = write;
  out.lua = &lua;
  append_count(out.wire, '*', 3 + keys.size() + args.size());
  append_bulk(out.wire, "EVALSHA");
  append_bulk(out.wire, lua.sha1);
  append_bulk(out.wire, std::to_string(keys.size()));
  out.wire += keys.wire();
  out.wire += args.wire();
  find_slot(keys.wire(), out);
  return out;
}

}  // namespace glados::storage
