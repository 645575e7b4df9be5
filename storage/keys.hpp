// Every Redis key in one place. The part in braces decides the cluster slot, so whatever one step
// touches shares it:
//
//   {s5}:own                owner record: n node, o incarnation, e epoch, v last version, x layers
//                           of all names (none: 1), y layers to which they are being brought, b
//                           snapshot under way: version, end, name
//   {s5}:b                  what records were that changed since that version
//   {s5}:m:7f               mapping records, packed: field = 16 raw key bytes, 256 buckets a shard;
//                           under names of two layers in {s5}:m2:7f, and so on
//   {s5}:w                  walks under way: name, cursor
//   {s5}:v:<id>             verification, kept a day after its expiry
//   {s5}:c:<id>             its code tag and sealed message, gone at its expiry
//   {s5}:ch:<id>            a change, 30 days
//   {s5}:out                outbox stream, ids "<version>-<n>"
//   {s5}:a:<provider>:<tag> stored answer of an idempotent call
//   {s5}:l:<hex key>        times of the sessions opened for an SII, field = provider
//   {p:<id>}:…              one provider: tokens, calls, budgets, guesses, user counts, mail
//                           domains, events, its webhook, its ledger, its strikes
//   {d:<hex tag>}:b         one destination: the conversion breaker
//   {g}:…                   identity, member table, applications, providers, signals, reports,
//   audit
//                           chain, change feed, outbox
//
// Keys hold provider ids, random ids and keyed hashes; never an identifier.
#pragma once

#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "storage/registry_store.hpp"

namespace glados::storage::keys {

std::string hex(std::string_view bytes);
template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  return hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), N));
}

/// A shard's mapping records are spread over so many hashes.
inline constexpr std::size_t mapping_buckets = 256;

std::string owner(shard_id shard);
std::string mappings(shard_id shard, const sii_key& key);
std::string mappings(shard_id shard, std::uint8_t layers, std::size_t bucket);
std::string mapping_field(const sii_key& key);
std::string walks(shard_id shard);
std::string snapshot(shard_id shard);
std::string verification(shard_id shard, std::string_view id);
std::string code(shard_id shard, std::string_view id);
std::string change(shard_id shard, std::string_view id);
/// Also of the registry (`registry_outbox`).
std::string outbox(shard_id shard);
std::string answer(shard_id shard, std::string_view provider, const bytes16& key_tag);
std::string sessions(shard_id shard, const sii_key& key);

/// Live tokens by their expiry, to count and to end them all.
std::string token_index(std::string_view provider);
/// What a token's key begins with; the hex of its hash follows.
std::string token_prefix(std::string_view provider);
std::string token(std::string_view provider, const bytes32& hash);
std::string call(std::string_view provider, const bytes16& key_tag);
std::string sends(std::string_view provider);
std::string debit(std::string_view provider, std::string_view verification_id);
std::string guesses(std::string_view provider);
/// The lookup budget and who leases of it.
std::string lookups(std::string_view provider);
std::string users(std::string_view provider);
/// Users proven by email, by the tag of their mail domain.
std::string mail_domains(std::string_view provider);
/// High-water mark of each shard's outbox in the user counts.
std::string user_marks(std::string_view provider);

/// What a day's ledger begins with; the day (since 1970-01-01) follows.
std::string ledger_prefix(std::string_view provider);
std::string ledger(std::string_view provider, std::int64_t day);
/// What the current month costs so far, and the last batch taken from a writer of usage.
std::string month_cost(std::string_view provider);
std::string usage_mark(std::string_view provider, std::string_view writer);

/// Strikes by report, changes made by day, and the high-water mark of each shard's outbox in them.
std::string strikes(std::string_view provider);
std::string changes_made(std::string_view provider);
std::string note_marks(std::string_view provider);

/// Stream of notices, and the high-water mark of each shard's outbox in it.
std::string events(std::string_view provider);
std::string event_marks(std::string_view provider);
std::string webhook(std::string_view provider);
/// How far the courier is, in which epoch it posts, and the stream of its attempts.
std::string courier(std::string_view provider);
std::string courier_fence(std::string_view provider);
std::string attempts(std::string_view provider);

/// Bulk jobs: one, one of its parts, the one made under an Idempotency-Key, the open ones, the
/// number of rows asserted, and how many of these are only reserved, by job.
std::string job(std::string_view provider, std::uint64_t number);
std::string job_part(std::string_view provider, std::uint64_t number, std::uint32_t part);
std::string job_of_call(std::string_view provider, const bytes16& key_tag);
std::string open_jobs(std::string_view provider);
std::string asserted_rows(std::string_view provider);
std::string reserved_rows(std::string_view provider);

std::string breaker(const destination& to);

std::string identity();
/// Members (node, data folder, address), their renewal counters, those that drain, tombstones, and
/// the number of the view.
std::string members();
std::string member_counters();
std::string members_draining();
std::string members_ended();
std::string members_view();
/// What members say of their index keys; and the keys in use (u), active (a), and their checks (c).
std::string member_keys();
std::string index();
std::string registry_version();
std::string registry(registry_record::kind what);
/// The ids of an ordered kind, in their order.
std::string registry_order(registry_record::kind what);
std::string audit();
std::string audit_head();
std::string feed();
/// The change log, the high-water mark of each shard's outbox in it, and the restore.
std::string change_log();
std::string change_marks();
std::string restore();

}  // namespace glados::storage::keys
