#include "storage/redis_command.hpp"

namespace glados::storage {

namespace {

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
  return out;
}

}  // namespace glados::storage
