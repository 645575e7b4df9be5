// The Redis side of strikes and reports: parts of redis_provider and redis_registry.
#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"
#include "storage/standing_codec.hpp"

namespace glados::storage {
namespace {

result<bool> always(const redisReply&) { return true; }

/// What take_note.lua does, and with which bound.
std::pair<std::string_view, std::string> action_of(const standing_note& what) {
  using kind = standing_note::kind;
  if (what.what == kind::change_made)
    return {"change", std::to_string(day_of(what.at) - changes_counted_days)};
  if (what.what == kind::lifted)
    return {"lifted", "0"};
  return {what.about.kind == strike_kind::restored ? "new" : "strike",
          std::to_string(strikes_kept)};
}

}  // namespace

void redis_provider::take_note(shard_id shard, const std::string& outbox_id,
                               const standing_note& what, reply<bool> done) {
  const std::size_t dash = std::min(outbox_id.find('-'), outbox_id.size());
  const std::string number = dash < outbox_id.size() ? outbox_id.substr(dash + 1) : "0";
  const auto [action, bound] = action_of(what);
  const bool counts = what.what == standing_note::kind::change_made;
  arguments names;
  names.add(keys::strikes(what.provider_id)).add(keys::changes_made(what.provider_id));
  names.add(keys::note_marks(what.provider_id));
  arguments args;
  args.add(shard).add(outbox_id.substr(0, dash)).add(number).add(action);
  args.add(counts ? std::to_string(day_of(what.at)) : what.about.id);
  args.add(encode(what.about)).add(bound);
  client_.send(script_command(true, scripts::take_note, names, args),
               answering<bool>(std::move(done), always));
}

void redis_provider::load_standing(const std::string& provider, reply<standing_facts> done) {
  const auto parse = [](const redisReply& both) -> result<standing_facts> {
    standing_facts out;
    const redisReply& strikes = element(both, 0);
    for (std::size_t i = 0; i + 1 < size_of(strikes); i += 2) {
      auto one = decode_strike(text_of(element(strikes, i + 1)));
      if (!one)
        return errc::internal;
      one->id = text_of(element(strikes, i));
      out.strikes.push_back(std::move(*one));
    }
    const redisReply& days = element(both, 1);
    for (std::size_t i = 0; i + 1 < size_of(days); i += 2)
      out.changes[number_of(element(days, i))] =
          static_cast<std::uint64_t>(number_of(element(days, i + 1)));
    std::sort(out.strikes.begin(), out.strikes.end(),
              [](const strike& a, const strike& b) { return a.id < b.id; });
    return out;
  };
  client_.send(script_command(
                   false, scripts::load_standing,
                   arguments().add(keys::strikes(provider)).add(keys::changes_made(provider)), {}),
               answering<standing_facts>(std::move(done), parse));
}

void redis_provider::restore_standing(const std::string& provider, const standing_facts& kept,
                                      reply<bool> done) {
  arguments args;
  args.add(std::uint64_t{kept.strikes.size()});
  for (const auto& one : kept.strikes) args.add(one.id).add(encode(one));
  for (const auto& [day, number] : kept.changes) args.add(std::to_string(day)).add(number);
  client_.send(
      script_command(true, scripts::restore_standing,
                     arguments().add(keys::strikes(provider)).add(keys::changes_made(provider)),
                     args),
      answering<bool>(std::move(done), always));
}

void redis_registry::file(const registry_record& fresh, std::size_t kept, reply<bool> done) {
  arguments names;
  names.add(keys::registry(fresh.what)).add(keys::registry_order(fresh.what));
  names.add(keys::registry_version());
  client_.send(script_command(true, scripts::file_record, names,
                              arguments().add(fresh.id).add(fresh.body).add(kept)),
               answering<bool>(std::move(done), always));
}

void redis_registry::list(registry_record::kind what, const std::string& after, std::size_t limit,
                          reply<std::vector<registry_record>> done) {
  const auto parse = [what](const redisReply& page) -> result<std::vector<registry_record>> {
    std::vector<registry_record> out;
    for (std::size_t i = 0; i + 1 < size_of(page); i += 2) {
      const versioned stored = split_version(text_of(element(page, i + 1)));
      out.push_back(
          {what, std::string(text_of(element(page, i))), stored.version, std::string(stored.body)});
    }
    return out;
  };
  client_.send(script_command(false, scripts::list_records,
                              arguments().add(keys::registry(what)).add(keys::registry_order(what)),
                              arguments().add(after).add(limit)),
               answering<std::vector<registry_record>>(std::move(done), parse));
}

}  // namespace glados::storage
