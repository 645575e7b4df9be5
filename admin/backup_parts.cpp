#include "admin/backup_parts.hpp"

#include <condition_variable>
#include <mutex>

#include "crypto/encoding.hpp"
#include "storage/bytes.hpp"

namespace glados::admin {
namespace {

constexpr int most_tries = 120;
constexpr std::chrono::milliseconds between_tries{250};

}  // namespace

void not_ours() { throw stop(outcome::untrue, "a frame holds what this program does not know"); }

std::string encode(const shard_mark& mark) {
  storage::byte_writer out;
  out.number(mark.shard);
  out.number(mark.epoch);
  out.number(mark.version);
  out.byte(mark.names);
  out.number(mark.rows);
  return out.take();
}

shard_mark read_mark(std::string_view content) {
  storage::byte_reader in(content);
  shard_mark out;
  out.shard = in.number_as<shard_id>();
  out.epoch = in.number();
  out.version = in.number();
  out.names = in.byte();
  out.rows = in.number();
  if (!in.done() || out.shard >= shard_count)
    not_ours();
  return out;
}

std::string encode(const rows_part& part) {
  storage::byte_writer out;
  out.number(part.shard);
  out.text(part.rows);
  return out.take();
}

rows_part read_rows(std::string_view content) {
  storage::byte_reader in(content);
  rows_part out;
  out.shard = in.number_as<shard_id>();
  out.rows = in.text();
  if (!in.done() || out.shard >= shard_count)
    not_ours();
  return out;
}

void chain_end::follow(std::vector<storage::audit_entry>& links, const std::string& where) {
  std::erase_if(links, [&](const auto& link) { return link.sequence <= sequence; });
  for (const auto& link : links) {
    if (link.sequence != sequence + 1 || link.previous != hash)
      throw stop(outcome::untrue, where + ": record " + std::to_string(link.sequence) +
                                      " of the audit does not follow the one before: it is of "
                                      "another directory");
    sequence = link.sequence;
    hash = link.hash;
  }
}

value read_json(std::string_view content) {
  auto out = parse_json(content);
  if (!out)
    not_ours();
  return std::move(*out);
}

bool refused_with(const stop& why, int status) {
  return why.how == outcome::refused &&
         std::string_view(why.what()).starts_with(std::to_string(status) + " ");
}

value insist(session& s, const std::string& path, const value& body, int also) {
  for (int tries = 1;; ++tries) {
    try {
      return s.change("POST", path, body);
    } catch (const stop& why) {
      const bool busy = refused_with(why, 503) || (also != 0 && refused_with(why, also));
      if (!busy || tries == most_tries)
        throw;
    }
    pause(between_tries);
  }
}

void pause(std::chrono::milliseconds time) {
  std::mutex own;
  std::unique_lock held(own);
  std::condition_variable never;
  never.wait_for(held, time, [] { return false; });
}

std::string content_of(const value& answer) {
  auto out = crypto::unbase64url(answer.at("content").text());
  if (!out)
    throw stop(outcome::unreachable, "an answer without the content of a back-up");
  return std::move(*out);
}

void need_same_keys(const value& file, const value& service, std::size_t names) {
  const auto same = [&](const char* checks, std::size_t i) {
    const auto& ours = file.at(checks).items();
    const auto& theirs = service.at(checks).items();
    return i < ours.size() && i < theirs.size() && ours[i].text() == theirs[i].text();
  };
  for (std::size_t i = 0; i < names; ++i) {
    const auto number = std::to_string(i + 1);
    if (!same("index_checks", i))
      throw stop(outcome::bad_line, "the service lacks " +
                                        (i == 0 ? "placement.key or index-1.key"
                                                : "index-" + number + ".key (or its seal key)") +
                                        " of the file, or has another one");
    if (!same("seal_checks", i))
      throw stop(outcome::bad_line,
                 "the service has another " +
                     (i == 0 ? std::string("seal.key") : "seal-" + number + ".key") +
                     " than the one that the file's records are sealed with");
  }
}

crypto::secret32 backup_key(const session& s) {
  const auto path = s.line().option("key-file");
  if (!path)
    throw stop(outcome::bad_line, std::string(s.line().command->words) + " needs --key-file");
  return read_backup_key(*path);
}

}  // namespace glados::admin
