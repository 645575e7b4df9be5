#include "storage/redis_bulk.hpp"

#include <charconv>

#include "storage/event_codec.hpp"
#include "storage/event_store.hpp"
#include "storage/keys.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

std::uint64_t ms(std::chrono::milliseconds span) {
  return static_cast<std::uint64_t>(span.count());
}

const std::uint64_t kept = ms(jobs_kept);
const std::uint64_t notices_kept = ms(events_kept);
const std::uint64_t call_kept = ms(std::chrono::hours(24));

std::string_view bytes_of(const bytes16& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

template <class Number>
Number number_in(const redisReply& value) {
  return static_cast<Number>(number_of(value));
}

/// Also of those over what `number_of` holds.
std::uint64_t unsigned_in(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// What steps of a job say in one word.
result<bool> parse_word(std::string_view word) {
  if (word == "missing")
    return errc::not_found;
  if (word == "conflict")
    return errc::conflict;
  return word == "ended";
}

result<saved_part> parse_saved(const redisReply& value) {
  const auto ended = parse_word(text_of(element(value, 0)));
  if (!ended)
    return ended.error();
  return saved_part{*ended, number_in<std::uint32_t>(element(value, 1))};
}

result<bulk_job> parse_job(const redisReply& fields, const job_name& name) {
  if (size_of(fields) == 0)
    return errc::not_found;
  bulk_job out;
  out.provider_id = name.provider_id;
  out.number = name.number;
  for (std::size_t i = 0; i + 1 < size_of(fields); i += 2) {
    const auto field = text_of(element(fields, i));
    const auto& value = element(fields, i + 1);
    const auto count = number_in<std::uint64_t>(value);
    if (field == "st")
      out.state = parse_bulk_state(text_of(value)).value_or(bulk_state::failed);
    else if (field == "oc")
      out.on_conflict = parse_conflict_rule(text_of(value)).value_or(conflict_rule::skip);
    else if (field == "dr")
      out.dry_run = count == 1;
    else if (field == "li")
      out.lines = count;
    else if (field == "cr")
      out.created = count;
    else if (field == "un")
      out.unchanged = count;
    else if (field == "co")
      out.conflicts = count;
    else if (field == "re")
      out.rejected = count;
    else if (field == "pa")
      out.parts = count;
    else if (field.starts_with('#'))
      out.begun.push_back(static_cast<std::uint32_t>(unsigned_in(field.substr(1))));
  }
  return out;
}

result<part_state> parse_part(const redisReply& value) {
  const auto word = text_of(element(value, 0));
  if (word == "missing")
    return errc::not_found;
  if (word == "conflict")
    return errc::conflict;
  part_state out;
  out.done = word == "done";
  const auto first = number_in<std::uint32_t>(element(value, 1));
  const auto second = number_in<std::uint32_t>(element(value, 2));
  (out.done ? out.lines : out.granted) = first;
  (out.done ? out.rejected : out.credit) = second;
  if (out.done)
    out.stored = number_in<std::uint32_t>(element(value, 3));
  for (std::size_t i = 3; !out.done && i < size_of(value); ++i)
    out.saved.push_back(number_in<shard_id>(element(value, i)));
  return out;
}

result<part_results> parse_results(const redisReply& fields) {
  if (size_of(fields) == 0)
    return errc::not_found;
  part_results out;
  for (std::size_t i = 0; i + 1 < size_of(fields); i += 2) {
    const auto field = text_of(element(fields, i));
    const auto value = text_of(element(fields, i + 1));
    if (field == "d")
      out.done = true;
    else if (field == "rj")
      out.rejects = value;
    else if (field.starts_with('s'))
      out.shares.emplace_back(static_cast<shard_id>(unsigned_in(field.substr(1))), value);
  }
  return out;
}

}  // namespace

void redis_bulk::create_job(const job_creation& what, reply<created_job> done) {
  const auto& job = what.job;
  arguments names;
  names.add(keys::job_of_call(job.provider_id, what.key_tag)).add(keys::open_jobs(job.provider_id));
  names.add(keys::job(job.provider_id, job.number));
  arguments args;
  args.add(job.number).add(what.most_open).add(kept).add(to_string(job.on_conflict));
  args.add(job.dry_run ? 1 : 0).add(call_kept);
  client_.send(
      script_command(true, scripts::create_job, names, args),
      answering<created_job>(std::move(done),
                             [number = job.number](const redisReply& value) -> result<created_job> {
                               const auto word = text_of(value);
                               if (word == "full")
                                 return errc::rate_limited;
                               if (word == "taken")
                                 return errc::conflict;
                               if (word == "ok")
                                 return created_job{number, false};
                               return created_job{unsigned_in(word), true};
                             }));
}

void redis_bulk::load_job(const job_name& job, reply<bulk_job> done) {
  client_.send(plain_command(false, {"HGETALL", keys::job(job.provider_id, job.number)}),
               answering<bulk_job>(std::move(done), [job](const redisReply& fields) {
                 return parse_job(fields, job);
               }));
}

void redis_bulk::open_part(const part_opening& what, reply<part_state> done) {
  const auto& [provider, number] = what.job;
  arguments names;
  names.add(keys::job(provider, number)).add(keys::job_part(provider, number, what.part));
  names.add(keys::asserted_rows(provider)).add(keys::open_jobs(provider));
  names.add(keys::reserved_rows(provider));
  arguments args;
  args.add(bytes_of(what.fingerprint)).add(what.rows).add(what.ceiling).add(kept).add(number);
  args.add(what.part);
  client_.send(script_command(true, scripts::open_part, names, args),
               answering<part_state>(std::move(done), parse_part));
}

void redis_bulk::save_part(const part_progress& what, reply<saved_part> done) {
  const auto& [provider, number] = what.job;
  arguments names;
  names.add(keys::job(provider, number)).add(keys::job_part(provider, number, what.part));
  names.add(keys::asserted_rows(provider)).add(keys::events(provider));
  names.add(keys::open_jobs(provider)).add(keys::reserved_rows(provider));
  arguments args;
  args.add(what.credit).add(what.last ? 1 : 0).add(what.lines).add(what.rejected);
  args.add(what.rejects).add(encode(what.notice)).add(notices_kept).add(number).add(kept);
  for (const auto& share : what.shares) {
    args.add(share.shard).add(share.results).add(share.created).add(share.unchanged);
    args.add(share.conflicts).add(share.stored);
  }
  client_.send(script_command(true, scripts::save_part, names, args),
               answering<saved_part>(std::move(done), parse_saved));
}

void redis_bulk::load_results(const job_name& job, std::uint32_t part, reply<part_results> done) {
  client_.send(plain_command(false, {"HGETALL", keys::job_part(job.provider_id, job.number, part)}),
               answering<part_results>(std::move(done), parse_results));
}

void redis_bulk::end_job(const job_ending& what, reply<bool> done) {
  const auto& [provider, number] = what.job;
  arguments names;
  names.add(keys::job(provider, number)).add(keys::events(provider));
  names.add(keys::open_jobs(provider)).add(keys::asserted_rows(provider));
  names.add(keys::reserved_rows(provider));
  arguments args;
  args.add(to_string(what.wanted)).add(encode(what.notice)).add(notices_kept).add(number);
  args.add(kept).add(what.retracted);
  client_.send(script_command(true, scripts::end_job, names, args),
               answering<bool>(std::move(done),
                               [](const redisReply& value) { return parse_word(text_of(value)); }));
}

}  // namespace glados::storage
