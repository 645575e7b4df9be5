#include <algorithm>
#include <charconv>

#include "storage/event_codec.hpp"
#include "storage/simulated_store.hpp"

namespace glados::storage {

namespace {

template <class T, class Decode>
std::vector<T> read_after(const std::map<event_place, std::string>& stream,
                          const std::string& after, std::size_t limit, Decode decode) {
  std::vector<T> out;
  for (auto at = stream.upper_bound(parse_event_place(after).value_or(event_place{}));
       at != stream.end() && out.size() < limit; ++at) {
    out.push_back(decode(at->second).value());
    out.back().id = to_string(at->first);
  }
  return out;
}

template <class T, class Decode>
result<T> read_one(const std::map<event_place, std::string>& stream, const std::string& id,
                   Decode decode) {
  const auto found = stream.find(parse_event_place(id).value_or(event_place{}));
  if (found == stream.end())
    return errc::not_found;
  T out = decode(found->second).value();
  out.id = id;
  return out;
}

}  // namespace

// --- the state ---------------------------------------------------------------------------------

std::string simulated_state::add_record(std::map<event_place, std::string>& stream,
                                        std::string body) {
  const auto kept = std::chrono::milliseconds(events_kept).count();
  while (!stream.empty() && static_cast<std::int64_t>(stream.begin()->first.ms) < now_ms() - kept)
    stream.erase(stream.begin());
  event_place at{static_cast<std::uint64_t>(now_ms()), 0};
  if (!stream.empty() && stream.rbegin()->first >= at)
    at = {stream.rbegin()->first.ms, stream.rbegin()->first.number + 1};
  stream[at] = std::move(body);
  return to_string(at);
}

result<std::string> simulated_state::append(const event& what) {
  return add_record(providers_[what.provider_id].events, encode(what));
}

result<std::string> simulated_state::append_once(shard_id shard, const std::string& outbox_id,
                                                 const event& what) {
  entry_id id{0, 0};
  const char* end = outbox_id.data() + outbox_id.size();
  const auto first = std::from_chars(outbox_id.data(), end, id.first);
  if (first.ptr != end)
    std::from_chars(first.ptr + 1, end, id.second);
  auto& marks = providers_[what.provider_id].event_marks;
  const auto mark = marks.find(shard);
  if (mark != marks.end() && id <= mark->second)
    return std::string();
  marks[shard] = id;
  return append(what);
}

result<std::vector<event>> simulated_state::read_events(const std::string& provider,
                                                        const std::string& after,
                                                        std::size_t limit) {
  return read_after<event>(providers_[provider].events, after, limit, decode_event);
}

result<event> simulated_state::load_event(const std::string& provider, const std::string& id) {
  return read_one<event>(providers_[provider].events, id, decode_event);
}

result<std::string> simulated_state::last_event(const std::string& provider) {
  const auto& stream = providers_[provider].events;
  return stream.empty() ? std::string() : to_string(stream.rbegin()->first);
}

result<stored_webhook> simulated_state::load_webhook(const std::string& provider) {
  return providers_[provider].webhook;
}

result<std::uint64_t> simulated_state::put_webhook(const std::string& provider,
                                                   const stored_webhook& next) {
  auto& stored = providers_[provider].webhook;
  if (stored.version != next.version)
    return errc::stale_version;
  stored = {std::max(next.version + 1, static_cast<std::uint64_t>(now.us)), next.sealed};
  return stored.version;
}

result<courier_progress> simulated_state::load_progress(const std::string& provider) {
  const auto& stored = providers_[provider].progress;
  return stored.empty() ? courier_progress{} : decode_progress(stored).value();
}

result<courier_progress> simulated_state::take_courier(const std::string& provider,
                                                       std::uint64_t epoch, bool in_any_case) {
  auto& taken = providers_[provider].courier_epoch;
  if (taken > epoch && !in_any_case)
    return errc::fenced;
  taken = epoch;
  return load_progress(provider);
}

result<bool> simulated_state::save_progress(const std::string& provider, std::uint64_t epoch,
                                            const courier_progress& at) {
  if (epoch != 0 && epoch != providers_[provider].courier_epoch)
    return errc::fenced;
  providers_[provider].progress = encode(at);
  return true;
}

result<std::string> simulated_state::add_attempt(const std::string& provider,
                                                 const delivery_attempt& made) {
  return add_record(providers_[provider].attempts, encode(made));
}

result<std::vector<delivery_attempt>> simulated_state::read_attempts(const std::string& provider,
                                                                     const std::string& after,
                                                                     std::size_t limit) {
  return read_after<delivery_attempt>(providers_[provider].attempts, after, limit, decode_attempt);
}

result<delivery_attempt> simulated_state::load_attempt(const std::string& provider,
                                                       const std::string& id) {
  return read_one<delivery_attempt>(providers_[provider].attempts, id, decode_attempt);
}

// --- the port ----------------------------------------------------------------------------------

void simulated_store::append(const event& what, reply<std::string> done) {
  queue<std::string>("append", true, std::move(done), [this, what] { return state_.append(what); });
}

void simulated_store::append_once(shard_id shard, const std::string& outbox_id, const event& what,
                                  reply<std::string> done) {
  queue<std::string>("append_once", true, std::move(done), [this, shard, outbox_id, what] {
    return state_.append_once(shard, outbox_id, what);
  });
}

void simulated_store::read_events(const std::string& provider, const std::string& after,
                                  std::size_t limit, reply<std::vector<event>> done) {
  queue<std::vector<event>>("read_events", false, std::move(done), [this, provider, after, limit] {
    return state_.read_events(provider, after, limit);
  });
}

void simulated_store::load_event(const std::string& provider, const std::string& id,
                                 reply<event> done) {
  queue<event>("load_event", false, std::move(done),
               [this, provider, id] { return state_.load_event(provider, id); });
}

void simulated_store::last_event(const std::string& provider, reply<std::string> done) {
  queue<std::string>("last_event", false, std::move(done),
                     [this, provider] { return state_.last_event(provider); });
}

void simulated_store::load_webhook(const std::string& provider, reply<stored_webhook> done) {
  queue<stored_webhook>("load_webhook", false, std::move(done),
                        [this, provider] { return state_.load_webhook(provider); });
}

void simulated_store::put_webhook(const std::string& provider, const stored_webhook& next,
                                  reply<std::uint64_t> done) {
  queue<std::uint64_t>("put_webhook", true, std::move(done),
                       [this, provider, next] { return state_.put_webhook(provider, next); });
}

void simulated_store::load_progress(const std::string& provider, reply<courier_progress> done) {
  queue<courier_progress>("load_progress", false, std::move(done),
                          [this, provider] { return state_.load_progress(provider); });
}

void simulated_store::take_courier(const std::string& provider, std::uint64_t epoch,
                                   bool in_any_case, reply<courier_progress> done) {
  queue<courier_progress>("take_courier", true, std::move(done),
                          [this, provider, epoch, in_any_case] {
                            return state_.take_courier(provider, epoch, in_any_case);
                          });
}

void simulated_store::save_progress(const std::string& provider, std::uint64_t epoch,
                                    const courier_progress& at, reply<bool> done) {
  queue<bool>("save_progress", true, std::move(done),
              [this, provider, epoch, at] { return state_.save_progress(provider, epoch, at); });
}

void simulated_store::add_attempt(const std::string& provider, const delivery_attempt& made,
                                  reply<std::string> done) {
  queue<std::string>("add_attempt", true, std::move(done),
                     [this, provider, made] { return state_.add_attempt(provider, made); });
}

void simulated_store::read_attempts(const std::string& provider, const std::string& after,
                                    std::size_t limit, reply<std::vector<delivery_attempt>> done) {
  queue<std::vector<delivery_attempt>>(
      "read_attempts", false, std::move(done),
      [this, provider, after, limit] { return state_.read_attempts(provider, after, limit); });
}

void simulated_store::load_attempt(const std::string& provider, const std::string& id,
                                   reply<delivery_attempt> done) {
  queue<delivery_attempt>("load_attempt", false, std::move(done),
                          [this, provider, id] { return state_.load_attempt(provider, id); });
}

}  // namespace glados::storage
