#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

constexpr std::int64_t day_ms = 86'400'000;

/// The parts of a commit as commit.lua reads them: a letter each, then keys and arguments.
class commit_parts {
 public:
  explicit commit_parts(const commit& step) : shard_(step.by.shard) {
    keys_.add(keys::owner(shard_)).add(keys::outbox(shard_)).add(keys::snapshot(shard_));
    if (step.answer)
      add(*step.answer);
    if (step.mapping)
      add(*step.mapping);
    if (step.proof)
      add(*step.proof);
    if (step.change)
      add(*step.change);
    if (step.amended)
      add(*step.amended);
    if (step.answer_withdrawn)
      part('w').add(keys::answer(shard_, step.withdrawn_provider, *step.answer_withdrawn));
    if (step.sessions)
      add(*step.sessions, step.sessions_returned);
    for (const outbox_entry& entry : step.outbox) {
      part('o');
      args_.add(encode(entry));
    }
    for (const std::string& id : step.outbox_done) {
      part('d');
      args_.add(id);
    }
  }

  redis_command command(const fence& by) const {
    arguments all;
    all.add(by.incarnation).add(by.epoch).add(letters_);
    return script_command(true, scripts::commit, keys_, all.append(args_));
  }

 private:
  arguments& part(char letter) {
    letters_ += letter;
    return keys_;
  }

  void add(const stored_answer& answer) {
    part('a').add(keys::answer(shard_, answer.provider_id, answer.key_tag));
    const auto kept = std::chrono::milliseconds(answer.kept).count();
    args_.add(answer.body).add(static_cast<std::uint64_t>(kept));
  }

  void add(const directory_record& record) {
    part('m').add(keys::mappings(shard_, record.key));
    args_.add(keys::mapping_field(record.key)).add(record.version);
    args_.add(record.mappings.empty() ? std::string() : encode(record));
  }

  void add(const verification& proof) {
    part('v').add(keys::verification(shard_, proof.id)).add(keys::code(shard_, proof.id));
    const std::int64_t expiry_ms = proof.expires_at.us / 1000;
    const bool live = proof.state == verification_state::pending && !proof.message.empty();
    args_.add(proof.version).add(encode(proof));
    args_.add(static_cast<std::uint64_t>(expiry_ms + day_ms));
    args_.add(live ? encode_code(proof) : std::string());
    args_.add(static_cast<std::uint64_t>(expiry_ms));
  }

  void add(const change_record& change) {
    part('c').add(keys::change(shard_, change.id));
    const auto kept = std::chrono::milliseconds(changes_kept).count();
    args_.add(change.version).add(encode(change));
    args_.add(static_cast<std::uint64_t>(change.at.us / 1000 + kept));
  }

  void add(const session_limit& limit, bool returned) {
    part('s').add(keys::sessions(shard_, limit.key));
    const auto window = std::chrono::milliseconds(limit.window).count();
    args_.add(limit.provider_id).add(limit.per_provider).add(limit.ceiling);
    args_.add(static_cast<std::uint64_t>(window)).add(returned ? 1 : 0);
  }

  shard_id shard_;
  std::string letters_;
  arguments keys_;
  arguments args_;
};

commit_result parse_commit(const redis_answer& answer, std::size_t outbox_entries) {
  commit_result out;
  out.code = answer.code;
  if (answer.code != errc::none)
    return out;
  const std::string_view word = text_of(element(*answer.reply, 0));
  if (word == "ok") {
    out.version = static_cast<std::uint64_t>(number_of(element(*answer.reply, 1)));
    out.session_reserved = number_of(element(*answer.reply, 2)) == 1;
    for (std::size_t i = 0; i < outbox_entries; ++i)
      out.outbox_ids.push_back(std::to_string(out.version) + "-" + std::to_string(i));
  } else if (word == "replayed") {
    out.replayed = true;
    out.replay = text_of(element(*answer.reply, 1));
  } else if (word == "stale") {
    out.code = errc::stale_version;
  } else if (word == "limited") {
    const std::int64_t ms = number_of(element(*answer.reply, 1));
    out.code = errc::rate_limited;
    out.retry_after = std::chrono::seconds(std::max<std::int64_t>(1, (ms + 999) / 1000));
  } else {
    out.code = errc::fenced;
  }
  return out;
}

result<verification> parse_verification(const redisReply& both, const std::string& id) {
  const redisReply& record = element(both, 0);
  if (!is_text(record))
    return errc::not_found;
  const versioned stored = split_version(text_of(record));
  auto proof = decode_verification(stored.body);
  if (!proof)
    return errc::internal;
  proof->id = id;
  proof->version = stored.version;
  const redisReply& code = element(both, 1);
  if (is_text(code) && !decode_code(text_of(code), *proof))
    return errc::internal;
  return std::move(*proof);
}

}  // namespace

void redis_directory::apply(commit step, std::function<void(commit_result)> done) {
  client_.send(commit_parts(step).command(step.by),
               [done = std::move(done), entries = step.outbox.size()](const redis_answer& answer) {
                 done(parse_commit(answer, entries));
               });
}

void redis_directory::load_mapping(shard_id shard, const sii_key& key,
                                   reply<directory_record> done) {
  const auto parse = [key](const redisReply& value) -> result<directory_record> {
    directory_record record;
    record.key = key;
    if (!is_text(value))
      return record;
    const versioned stored = split_version(text_of(value));
    auto claims = decode_mappings(stored.body);
    if (!claims)
      return errc::internal;
    record.version = stored.version;
    record.mappings = std::move(*claims);
    return record;
  };
  client_.send(plain_command(false, {"HGET", keys::mappings(shard, key), keys::mapping_field(key)}),
               answering<directory_record>(std::move(done), parse));
}

void redis_directory::load_verification(shard_id shard, const std::string& id,
                                        reply<verification> done) {
  client_.send(plain_command(false, {"MGET", keys::verification(shard, id), keys::code(shard, id)}),
               answering<verification>(std::move(done), [id](const redisReply& both) {
                 return parse_verification(both, id);
               }));
}

void redis_directory::load_change(shard_id shard, const std::string& id,
                                  reply<change_record> done) {
  const auto parse = [id](const redisReply& value) -> result<change_record> {
    if (!is_text(value))
      return errc::not_found;
    const versioned stored = split_version(text_of(value));
    auto change = decode_change(stored.body);
    if (!change)
      return errc::internal;
    change->id = id;
    change->version = stored.version;
    return std::move(*change);
  };
  client_.send(plain_command(false, {"GET", keys::change(shard, id)}),
               answering<change_record>(std::move(done), parse));
}

void redis_directory::load_answer(shard_id shard, const std::string& provider_id,
                                  const bytes16& key_tag, reply<std::string> done) {
  const auto parse = [](const redisReply& value) -> result<std::string> {
    if (!is_text(value))
      return errc::not_found;
    return std::string(text_of(value));
  };
  client_.send(plain_command(false, {"GET", keys::answer(shard, provider_id, key_tag)}),
               answering<std::string>(std::move(done), parse));
}

void redis_directory::load_outbox(shard_id shard, const std::string& after, std::size_t limit,
                                  reply<std::vector<outbox_entry>> done) {
  const auto parse = [](const redisReply& list) -> result<std::vector<outbox_entry>> {
    std::vector<outbox_entry> entries;
    for (std::size_t i = 0; i < size_of(list); ++i) {
      const redisReply& entry = element(list, i);
      auto decoded = decode_outbox(stream_body(entry));
      if (!decoded)
        return errc::internal;
      decoded->id = text_of(element(entry, 0));
      entries.push_back(std::move(*decoded));
    }
    return entries;
  };
  client_.send(plain_command(false, {"XRANGE", keys::outbox(shard),
                                     after.empty() ? std::string("-") : "(" + after, "+", "COUNT",
                                     std::to_string(limit)}),
               answering<std::vector<outbox_entry>>(std::move(done), parse));
}

void redis_directory::trim_outbox(shard_id shard, std::vector<std::string> ids, reply<bool> done) {
  const std::string key = keys::outbox(shard);
  std::vector<std::string_view> words{"XDEL", key};
  words.insert(words.end(), ids.begin(), ids.end());
  // XDEL wants at least one id; no entry can have this one.
  if (ids.empty())
    words.emplace_back("0-1");
  client_.send(
      plain_command(true, words),
      answering<bool>(std::move(done), [](const redisReply&) -> result<bool> { return true; }));
}

}  // namespace glados::storage
