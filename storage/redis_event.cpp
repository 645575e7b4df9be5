#include "storage/redis_event.hpp"

#include "storage/codec.hpp"
#include "storage/event_codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

constexpr auto kept_ms = static_cast<std::uint64_t>(std::chrono::milliseconds(events_kept).count());

result<std::string> id_of(const redisReply& value) { return std::string(text_of(value)); }

/// Entries of a stream, each through `decode`, with its id.
template <class T, class Decode>
result<std::vector<T>> entries_of(const redisReply& list, Decode decode) {
  std::vector<T> out;
  for (std::size_t i = 0; i < size_of(list); ++i) {
    const redisReply& entry = element(list, i);
    auto decoded = decode(stream_body(entry));
    if (!decoded)
      return errc::internal;
    decoded->id = text_of(element(entry, 0));
    out.push_back(std::move(*decoded));
  }
  return out;
}

template <class T, class Decode>
answer_handler one_of(reply<T> done, Decode decode) {
  return answering<T>(std::move(done), [decode](const redisReply& list) -> result<T> {
    auto all = entries_of<T>(list, decode);
    if (!all)
      return all.error();
    if (all->empty())
      return errc::not_found;
    return std::move(all->front());
  });
}

result<courier_progress> progress_of(std::string_view text) {
  if (text.empty())
    return courier_progress{};
  auto now = decode_progress(text);
  if (!now)
    return errc::internal;
  return std::move(*now);
}

redis_command courier_step(const std::string& provider, std::uint64_t epoch, std::string_view what,
                           std::string_view progress) {
  return script_command(true, scripts::courier,
                        arguments().add(keys::courier_fence(provider)).add(keys::courier(provider)),
                        arguments().add(epoch).add(what).add(progress));
}

redis_command range(const std::string& key, const std::string& after, std::size_t limit) {
  return plain_command(false, {"XRANGE", key, after.empty() ? std::string("-") : "(" + after, "+",
                               "COUNT", std::to_string(limit)});
}

}  // namespace

void redis_event::append(const event& what, reply<std::string> done) {
  client_.send(
      script_command(true, scripts::append_record, arguments().add(keys::events(what.provider_id)),
                     arguments().add(encode(what)).add(kept_ms).add(0)),
      answering<std::string>(std::move(done), id_of));
}

void redis_event::append_once(shard_id shard, const std::string& outbox_id, const event& what,
                              reply<std::string> done) {
  const std::size_t dash = std::min(outbox_id.find('-'), outbox_id.size());
  const std::string number = dash < outbox_id.size() ? outbox_id.substr(dash + 1) : "0";
  arguments names;
  names.add(keys::events(what.provider_id)).add(keys::event_marks(what.provider_id));
  arguments args;
  args.add(encode(what)).add(kept_ms).add(0);
  args.add(shard).add(outbox_id.substr(0, dash)).add(number);
  client_.send(script_command(true, scripts::append_record, names, args),
               answering<std::string>(std::move(done), id_of));
}

void redis_event::read_events(const std::string& provider, const std::string& after,
                              std::size_t limit, reply<std::vector<event>> done) {
  client_.send(range(keys::events(provider), after, limit),
               answering<std::vector<event>>(std::move(done), [](const redisReply& list) {
                 return entries_of<event>(list, decode_event);
               }));
}

void redis_event::load_event(const std::string& provider, const std::string& id,
                             reply<event> done) {
  client_.send(plain_command(false, {"XRANGE", keys::events(provider), id, id}),
               one_of<event>(std::move(done), decode_event));
}

void redis_event::last_event(const std::string& provider, reply<std::string> done) {
  client_.send(
      plain_command(false, {"XREVRANGE", keys::events(provider), "+", "-", "COUNT", "1"}),
      answering<std::string>(std::move(done), [](const redisReply& list) -> result<std::string> {
        return std::string(text_of(element(element(list, 0), 0)));
      }));
}

void redis_event::load_webhook(const std::string& provider, reply<stored_webhook> done) {
  const auto parse = [](const redisReply& value) -> result<stored_webhook> {
    const versioned stored = split_version(text_of(value));
    return stored_webhook{stored.version, std::string(stored.body)};
  };
  client_.send(plain_command(false, {"GET", keys::webhook(provider)}),
               answering<stored_webhook>(std::move(done), parse));
}

void redis_event::put_webhook(const std::string& provider, const stored_webhook& next,
                              reply<std::uint64_t> done) {
  const auto parse = [](const redisReply& value) -> result<std::uint64_t> {
    if (text_of(value) == "stale")
      return errc::stale_version;
    return static_cast<std::uint64_t>(number_of(value));
  };
  client_.send(
      script_command(true, scripts::put_versioned, arguments().add(keys::webhook(provider)),
                     arguments().add(next.version).add(next.sealed)),
      answering<std::uint64_t>(std::move(done), parse));
}

void redis_event::load_progress(const std::string& provider, reply<courier_progress> done) {
  client_.send(plain_command(false, {"GET", keys::courier(provider)}),
               answering<courier_progress>(std::move(done), [](const redisReply& value) {
                 return progress_of(is_text(value) ? text_of(value) : std::string_view());
               }));
}

void redis_event::take_courier(const std::string& provider, std::uint64_t epoch, bool in_any_case,
                               reply<courier_progress> done) {
  const auto parse = [](const redisReply& value) -> result<courier_progress> {
    if (text_of(element(value, 0)) != "ok")
      return errc::fenced;
    return progress_of(text_of(element(value, 1)));
  };
  client_.send(courier_step(provider, epoch, in_any_case ? "take in any case" : "take", ""),
               answering<courier_progress>(std::move(done), parse));
}

void redis_event::save_progress(const std::string& provider, std::uint64_t epoch,
                                const courier_progress& now, reply<bool> done) {
  const auto parse = [](const redisReply& value) -> result<bool> {
    if (value.type == REDIS_REPLY_ARRAY && text_of(element(value, 0)) != "ok")
      return errc::fenced;
    return true;
  };
  client_.send(epoch == 0 ? plain_command(true, {"SET", keys::courier(provider), encode(now)})
                          : courier_step(provider, epoch, "save", encode(now)),
               answering<bool>(std::move(done), parse));
}

void redis_event::add_attempt(const std::string& provider, const delivery_attempt& made,
                              reply<std::string> done) {
  client_.send(
      script_command(true, scripts::append_record, arguments().add(keys::attempts(provider)),
                     arguments().add(encode(made)).add(kept_ms).add(attempts_kept)),
      answering<std::string>(std::move(done), id_of));
}

void redis_event::read_attempts(const std::string& provider, const std::string& after,
                                std::size_t limit, reply<std::vector<delivery_attempt>> done) {
  client_.send(
      range(keys::attempts(provider), after, limit),
      answering<std::vector<delivery_attempt>>(std::move(done), [](const redisReply& list) {
        return entries_of<delivery_attempt>(list, decode_attempt);
      }));
}

void redis_event::load_attempt(const std::string& provider, const std::string& id,
                               reply<delivery_attempt> done) {
  client_.send(plain_command(false, {"XRANGE", keys::attempts(provider), id, id}),
               one_of<delivery_attempt>(std::move(done), decode_attempt));
}

}  // namespace glados::storage
