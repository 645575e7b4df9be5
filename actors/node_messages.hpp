// Messages between nodes that are no commands of a shard: what member agents tell each other
// through their gates, and the sandbox's outbox. One struct a message.
#pragma once

#include <caf/actor_control_block.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "domain/errc.hpp"
#include "domain/ids.hpp"

namespace glados::actors {

/// Here is my gate: from the node that made the connection, as two that cross would end each other.
/// Without one: I can be reached by all and want my shards. Agent -> gate of the other node.
struct peer_hello {
  std::string incarnation;
  caf::strong_actor_ptr gate;
};

/// The sender gives this shard away: ask the gate of `to` from now on. Agent -> the gates of all
/// others, before the shard is stopped, so that it comes ahead of any `moved` this causes.
struct shard_moved {
  shard_id shard = 0;
  std::string to;           ///< incarnation
  std::uint64_t epoch = 0;  ///< of the sender's ownership
};

/// The sender has given the shard back: claim it. A hint; who misses it finds the record free.
struct shard_released {
  shard_id shard = 0;
  std::uint64_t epoch = 0;
};

/// There is a new table of shards. Agent -> its own gate.
struct table_changed {};

/// Somebody was told `moved`, or found nobody to ask: read the owner record again. HTTP worker ->
/// agent of the same node.
struct shard_missed {
  shard_id shard = 0;
};

/// Give all shards to the others. Main thread -> agent of the same node.
struct hand_over {};

/// Have the node with this id give its shards away. HTTP worker -> agent of the same node.
struct drain_node {
  std::string node;
};
/// `code`: none, not_found, or a failure.
struct drain_answer {
  errc code = errc::none;
};

/// A provider has a new notice, or other settings of its webhook. Desk -> the gates of all others.
struct provider_rung {
  std::string provider_id;
};

/// Lookups that travel together, each with its own route, and named by a number of its asker's.
/// Line of another node -> gate; once that node has answered, its desk (lookup_desk.hpp).
struct numbered_lookup {
  std::uint64_t number = 0;
  lookup_mapping question;
};
struct lookup_batch {
  std::vector<numbered_lookup> questions;
};
/// What is known of them. The first for each batch comes at once, without those that have to wait;
/// they follow as they are known. Desk -> line.
struct numbered_answer {
  std::uint64_t number = 0;
  lookup_answer answer;
};
struct lookup_results {
  bool first = false;
  std::vector<numbered_answer> answers;
};

/// Sandbox only: which messages this node would have sent to an identifier. Any node -> gate.
struct find_sandbox_messages {
  std::string sii;
};
struct sandbox_note {
  std::string sii, provider_id, channel, text, code;
  instant at;
};
struct sandbox_notes {
  errc code = errc::none;
  std::vector<sandbox_note> notes;
};

/// What CAF would print of them, should it ever.
inline std::string to_string(const find_sandbox_messages&) { return "[sandbox]"; }
inline std::string to_string(const sandbox_note&) { return "[sandbox]"; }
inline std::string to_string(const sandbox_notes&) { return "[sandbox]"; }

template <class Inspector>
auto inspect(Inspector& f, peer_hello& x) {
  return f(x.incarnation, x.gate);
}
template <class Inspector>
auto inspect(Inspector& f, shard_moved& x) {
  return f(x.shard, x.to, x.epoch);
}
template <class Inspector>
auto inspect(Inspector& f, shard_released& x) {
  return f(x.shard, x.epoch);
}
template <class Inspector>
auto inspect(Inspector& f, table_changed&) {
  return f();
}
template <class Inspector>
auto inspect(Inspector& f, shard_missed& x) {
  return f(x.shard);
}
template <class Inspector>
auto inspect(Inspector& f, hand_over&) {
  return f();
}
template <class Inspector>
auto inspect(Inspector& f, drain_node& x) {
  return f(x.node);
}
template <class Inspector>
auto inspect(Inspector& f, drain_answer& x) {
  return f(x.code);
}
template <class Inspector>
auto inspect(Inspector& f, provider_rung& x) {
  return f(x.provider_id);
}
template <class Inspector>
auto inspect(Inspector& f, numbered_lookup& x) {
  return f(x.number, x.question);
}
template <class Inspector>
auto inspect(Inspector& f, lookup_batch& x) {
  return f(x.questions);
}
template <class Inspector>
auto inspect(Inspector& f, numbered_answer& x) {
  return f(x.number, x.answer);
}
template <class Inspector>
auto inspect(Inspector& f, lookup_results& x) {
  return f(x.first, x.answers);
}
template <class Inspector>
auto inspect(Inspector& f, find_sandbox_messages& x) {
  return f(x.sii);
}
template <class Inspector>
auto inspect(Inspector& f, sandbox_note& x) {
  return f(x.sii, x.provider_id, x.channel, x.text, x.code, x.at);
}
template <class Inspector>
auto inspect(Inspector& f, sandbox_notes& x) {
  return f(x.code, x.notes);
}

}  // namespace glados::actors
