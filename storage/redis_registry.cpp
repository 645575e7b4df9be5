#include <algorithm>

#include "storage/change_feed.hpp"
#include "storage/codec.hpp"
#include "storage/event_codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

std::string_view bytes_of(const bytes32& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

registry_record parse_record(registry_record::kind what, std::string_view id,
                             std::string_view value) {
  const versioned stored = split_version(value);
  return {what, std::string(id), stored.version, std::string(stored.body)};
}

}  // namespace

redis_command registry_command(const registry_commit& step, const std::string& restore) {
  arguments names;
  names.add(keys::registry_version()).add(keys::audit()).add(keys::audit_head()).add(keys::feed());
  names.add(keys::outbox(registry_outbox)).add(keys::restore());
  arguments args;
  args.add(step.writes.size()).add(step.changed_providers.size()).add(step.audit ? 1 : 0);
  args.add(feed_length).add(step.outbox.size()).add(restore);
  for (const registry_record& record : step.writes) {
    names.add(keys::registry(record.what));
    args.add(record.id).add(record.version).add(record.body);
  }
  for (const std::string& provider : step.changed_providers)
    args.add(encode(change_notice{change_notice::kind::provider, provider, {}}));
  for (const outbox_entry& entry : step.outbox) args.add(encode(entry));
  if (step.audit) {
    args.add(step.audit->sequence).add(bytes_of(step.audit->previous));
    args.add(bytes_of(step.audit->hash)).add(encode(*step.audit));
  }
  return script_command(true, scripts::registry, names, args);
}

result<bool> parse_applied(const redisReply& value) {
  if (text_of(value) == "restoring")
    return errc::conflict;
  if (text_of(value) == "stale")
    return errc::stale_version;
  return true;
}

namespace {

result<change_page> parse_changes(const redisReply& value, const std::string& cursor) {
  change_page page;
  page.next = text_of(element(value, 0));
  page.gap = number_of(element(value, 1)) == 1;
  const redisReply& entries = element(value, 2);
  if (page.next.empty())
    page.next = cursor;
  for (std::size_t i = 0; i < size_of(entries); ++i) {
    auto notice = decode_notice(stream_body(element(entries, i)));
    if (!notice)
      return errc::internal;
    page.notices.push_back(std::move(*notice));
    page.next = text_of(element(element(entries, i), 0));
  }
  return page;
}

}  // namespace

void redis_registry::apply(registry_commit step, reply<bool> done) {
  client_.send(registry_command(step, {}), answering<bool>(std::move(done), parse_applied));
}

void redis_registry::load(registry_record::kind what, const std::string& id,
                          reply<registry_record> done) {
  const auto parse = [what, id](const redisReply& value) -> result<registry_record> {
    if (!is_text(value))
      return errc::not_found;
    return parse_record(what, id, text_of(value));
  };
  client_.send(plain_command(false, {"HGET", keys::registry(what), id}),
               answering<registry_record>(std::move(done), parse));
}

void redis_registry::load_all(registry_record::kind what,
                              reply<std::vector<registry_record>> done) {
  const auto parse = [what](const redisReply& value) -> result<std::vector<registry_record>> {
    std::vector<registry_record> records;
    for (std::size_t i = 0; i + 1 < size_of(value); i += 2)
      records.push_back(
          parse_record(what, text_of(element(value, i)), text_of(element(value, i + 1))));
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return records;
  };
  client_.send(plain_command(false, {"HGETALL", keys::registry(what)}),
               answering<std::vector<registry_record>>(std::move(done), parse));
}

void redis_registry::load_head(reply<audit_head> done) {
  const auto parse = [](const redisReply& value) -> result<audit_head> {
    audit_head head;
    head.sequence = static_cast<std::uint64_t>(number_of(element(value, 0)));
    const std::string_view hash = text_of(element(value, 1));
    if (hash.size() == head.hash.size())
      std::copy(hash.begin(), hash.end(), head.hash.begin());
    return head;
  };
  client_.send(plain_command(false, {"HMGET", keys::audit_head(), "s", "h"}),
               answering<audit_head>(std::move(done), parse));
}

void redis_registry::load_audit(std::uint64_t after, std::size_t limit,
                                reply<std::vector<audit_entry>> done) {
  const auto parse = [](const redisReply& list) -> result<std::vector<audit_entry>> {
    std::vector<audit_entry> entries;
    for (std::size_t i = 0; i < size_of(list); ++i) {
      auto entry = decode_audit(stream_body(element(list, i)));
      if (!entry)
        return errc::internal;
      const std::string_view id = text_of(element(element(list, i), 0));
      std::from_chars(id.data(), id.data() + id.size(), entry->sequence);
      entries.push_back(std::move(*entry));
    }
    return entries;
  };
  // Entries have the ids "<sequence>-1".
  std::string from = "(";
  from.append(std::to_string(after)).append("-1");
  client_.send(
      plain_command(false, {"XRANGE", keys::audit(), from, "+", "COUNT", std::to_string(limit)}),
      answering<std::vector<audit_entry>>(std::move(done), parse));
}

void redis_registry::changes(const std::string& cursor, reply<change_page> done) {
  client_.send(script_command(false, scripts::changes, arguments().add(keys::feed()),
                              arguments().add(cursor).add(most_notices)),
               answering<change_page>(std::move(done), [cursor](const redisReply& value) {
                 return parse_changes(value, cursor);
               }));
}

}  // namespace glados::storage
