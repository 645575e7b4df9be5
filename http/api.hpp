// The REST interface as a whole: what handlers need of the service, one call under way, and the
// dispatch from a plain table of routes. Handlers stand in http/handle_*.cpp.
//
// Threads: an `api` serves one listener and is shared by its workers; all it holds is either
// immutable after start or safe from any thread. A `call` belongs to one worker.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/repeatable.hpp"
#include "actors/session_view.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/random.hpp"
#include "domain/address_guard.hpp"
#include "domain/call_register.hpp"
#include "domain/enrolment.hpp"
#include "domain/signal.hpp"
#include "domain/usage.hpp"
#include "http/bridge.hpp"
#include "http/conversion_meter.hpp"
#include "http/lookup_tally.hpp"
#include "http/problem.hpp"
#include "http/route_table.hpp"
#include "http/server.hpp"
#include "http/static_files.hpp"
#include "telemetry/metrics.hpp"

namespace glados::http {

/// A message of the sandbox's outbox, as its handler shows it.
struct sandbox_message {
  std::string sii, provider_id, channel, text, code;
  instant at;
};

/// Limits of bulk registration (api.md section 8).
struct bulk_limits {
  std::size_t part = 8 * 1024 * 1024;  ///< bytes
  std::size_t line = 4 * 1024;         ///< bytes; a longer one is rejected
  std::size_t lines = 300'000;         ///< of a part
  std::size_t open_jobs = 5;           ///< of a provider
  std::size_t parts_in_flight = 4;     ///< on this node
  std::uint64_t rows = 10'000'000;  ///< asserted by a provider, unless an operator says otherwise
};

/// Values from the configuration that handlers use.
struct api_settings {
  std::string base_url;  ///< of the provider listener, no slash at the end
  std::string version;
  std::string node_id;
  std::chrono::seconds token_lifetime{600};
  std::chrono::seconds verification_lifetime{600};
  std::uint32_t sessions_per_provider = 5;
  std::uint32_t sessions_per_sii = 15;
  std::size_t max_in_flight = 20'000;
  std::size_t lookups_together = 1;  ///< that gather for another node
  bool voice_available = false;
  bool two_person = true;
  ladder rules;                                  ///< of standings
  feature_key features;                          ///< of this process (domain/signal.hpp)
  std::vector<std::string> common_mail_domains;  ///< that are no pattern
  price_table prices;                            ///< for statements
  std::size_t max_body = 64 * 1024;              ///< bytes, but for parts of bulk jobs
  bulk_limits bulk;
  address_guard webhook_guard;                         ///< literal addresses in URLs of webhooks
  std::chrono::milliseconds actor_deadline{5'000};     ///< for a question to an actor
  std::chrono::milliseconds delivery_deadline{8'000};  ///< for one that waits for a gateway
  /// How long a call waits for the new owner of a shard to appear before it asks once more.
  std::chrono::milliseconds move_patience{400};
  std::chrono::milliseconds slow_request{1'000};  ///< so long is slow, and logged
};

/// Who may call the admin listener, by certificate.
struct admin_identity {
  std::string name;
  admin_role role = admin_role::viewer;
};

/// What handlers need of the service. Made by app/, outlives the servers.
struct api_ports {
  caf::actor_system& system;
  const crypto::key_ring& keys;
  crypto::random_source& random;
  actors::session_directory& sessions;
  actors::shard_directory& shards;
  const actors::cluster_clock& clock;
  telemetry::registry& metrics;
  api_settings settings;
  actors::registrar_actor registrar;
  /// The session actor of a provider on this node, spawned if need be. Safe from any thread.
  std::function<actors::session_actor(const std::string& provider_id)> session_of;
  /// Whose certificate it is on the admin listener. Safe from any thread.
  std::function<std::optional<admin_identity>(const bytes32& thumbprint)> admin_of;
  call_register* calls = nullptr;              ///< of the admin listener; null: not kept
  const actors::lease_guard* lease = nullptr;  ///< null: held for ever
  actors::member_actor member;                 ///< this node's agent; invalid in tests
  std::function<bool()> ready;  ///< readyz: storage reachable, shards served, not draining
  std::function<std::vector<sandbox_message>(const std::string& sii)> sandbox_outbox;  ///< or empty
  std::function<std::string()> cluster_json;  ///< body of GET /admin/v1/cluster
  std::string_view openapi_json;              ///< the document of GET /openapi.json
  std::span<const static_file> console;       ///< what GET /console serves; empty: nothing
  std::function<std::string()> shards_json;   ///< body of GET /admin/v1/cluster/shards
  /// A provider's feed and courier on this node, spawned if need be. Safe from any thread.
  std::function<actors::feed_actor(const std::string& provider_id)> feed_of;
  std::function<actors::courier_actor(const std::string& provider_id)> courier_of;
  actors::bulk_desk_actor bulk;
};

/// What one worker of a listener has for itself, in cache lines that no other worker writes. Owned
/// by the api, lives as long as the worker's bridge.
struct alignas(64) worker_state {
  worker_state(const actors::shard_directory& of_shards,
               const actors::session_directory& of_providers)
      : shards(of_shards.look()), names(of_providers) {}

  std::atomic<std::int64_t> in_flight{0};
  actors::shard_directory::view shards;
  actors::session_directory::names names;
  lookup_tally tally;
};

class api;
struct call;
using call_ptr = std::shared_ptr<call>;

/// Runs `then` once this node knows every provider, certificate and secret that was known at any
/// node when the call began to wait: before a caller is refused for what another node may have
/// given out a moment ago. Answers the call itself when that is not to be learnt.
void after_news(const call_ptr& made, std::function<void(const call_ptr&)> then);

/// How a request's body is taken before its handler runs.
enum class body_rule : std::uint8_t { none, json, optional_json, form, ndjson };

/// One row of the table of routes. `scope` is empty for calls that need no token.
struct route_row {
  std::string_view method;
  std::string_view pattern;
  std::string_view name;  ///< label of its metrics, and operationId in openapi.yaml
  body_rule body = body_rule::none;
  std::string_view scope;                   ///< provider listener; "any": any token
  admin_class role = admin_class::observe;  ///< admin listener
  bool idempotent = false;                  ///< Idempotency-Key required
  void (*handle)(const call_ptr&) = nullptr;
  bool maps = false;   ///< may make mappings: refused to providers whose standing forbids that
  bool page = false;   ///< what a browser shows: links of other sites may lead to it
  bool waits = false;  ///< as long as its caller asks for: never slow
};

/// One request under way: everything that must outlive the read buffer. Shared by the continuations
/// of its handler; answered exactly once.
struct call : std::enable_shared_from_this<call> {
  call(api& owner, bridge& of, exchange at, const request& from);
  ~call();

  api& service;
  bridge& actors;
  exchange to;
  const route_row* route = nullptr;
  std::string method, path, query, body;
  std::string authorization;  ///< only for calls without a token
  std::string idempotency_key, if_match, if_none_match;
  std::string request_id;
  std::array<std::string, route_table::max_parameters> parameter;
  thumbprint certificate{};
  std::chrono::steady_clock::time_point began;
  instant arrived;  ///< cluster time when the call began
  /// The caller's, or made for calls that are not lookups; a lookup that nobody traces costs
  /// nothing for it.
  trace_context trace;

  // after authorisation
  std::shared_ptr<actors::session_view> session;
  std::shared_ptr<const provider> who;  ///< facts of the caller
  bytes32 token_hash{};
  admin_identity admin;
  /// Of a bulk part: its place among those in flight, given back when the call ends.
  std::shared_ptr<void> permit;

  instant now() const;
  worker_state& here() const;
  /// Headers for every answer of this call (RateLimit), set by the handler.
  std::string header_lines;

  void answer(response&& reply);
  void refuse(errc code) { answer(problem(code)); }
  void refuse(errc code, const problem_details& more) { answer(problem(code, more)); }
  /// 200 (or `status`) with a JSON body.
  void answer_json(std::string json, int status = 200);

  /// Asks an actor; then(const Answer&) runs on this worker. The call lives until then.
  template <class Answer, class Handle, class Message, class Then>
  void ask(const Handle& whom, Message&& what, Then then,
           std::optional<std::chrono::milliseconds> left = {}) {
    actors.ask<Answer>(whom, std::forward<Message>(what), left.value_or(default_left()),
                       [self = shared_from_this(),
                        then = std::move(then)](const Answer& got) mutable { then(got); });
  }
  /// The owner of a shard, whichever node that is when it is asked.
  struct shard_owner {
    shard_id shard = 0;
  };
  shard_owner owner_of(shard_id shard) const { return {shard}; }
  /// The route to put first in a message to it; view and epoch are filled in when it leaves.
  actors::route route_to(shard_id shard, std::optional<std::chrono::milliseconds> left = {}) const {
    return {shard, 0, left.value_or(default_left()), 0, trace};
  }
  /// Asks the owner of a shard. The one place with a policy for what did not get there: it is asked
  /// again, of the owner by then and within the time left, if it certainly was not done (at most
  /// twice: nodes hear of a move one after the other) or changes nothing (once).
  template <class Answer, class Message, class Then>
  void ask(shard_owner whom, Message what, Then then,
           std::optional<std::chrono::milliseconds> left = {}) {
    what.via.shard = whom.shard;
    what.via.left = left.value_or(default_left());
    what.via.trace = trace;
    fetch_owner(whom.shard);
    const auto until = to.home()->now() + what.via.left;
    ask_owner<Answer>(std::move(what), std::move(then), until, most_asks);
  }
  /// This provider's session actor.
  actors::session_actor session_actor() const;

 private:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr int most_asks = 3;

  /// A question for the owner of a shard, from when it is put until its answer is here.
  template <class Answer, class Message, class Then>
  class owner_question final : public bridge::waiting_question {
   public:
    owner_question(std::shared_ptr<call> of, Message what, Then then, time_point until, int asks)
        : of_(std::move(of)),
          what_(std::move(what)),
          then_(std::move(then)),
          until_(until),
          asks_(asks) {}

    void leave(std::unique_ptr<bridge::waiting_question> self) override {
      const auto whom = of_->find_owner(what_.via);
      asked_ = whom.get();
      of_->actors.send(whom, Message(what_), what_.via.left, std::move(self));
    }
    void take(const caf::type_erased_tuple* answer, errc failure) override {
      bridge::hand_on<Answer>(answer, failure, [this](const Answer& got) { took(got); });
    }

   private:
    void took(const Answer& got) {
      if (!may_ask_again<Message>(got.code, asks_))
        return then_(got);
      of_->when_moved(what_.via.shard, asked_, until_,
                      [of = of_, what = std::move(what_), then = std::move(then_), until = until_,
                       asks = asks_]() mutable {
                        what.via.left = left_until(until);
                        of->template ask_owner<Answer>(std::move(what), std::move(then), until,
                                                       asks - 1);
                      });
    }

    std::shared_ptr<call> of_;
    Message what_;
    Then then_;
    time_point until_;
    int asks_;
    const void* asked_ = nullptr;
  };

  template <class Answer, class Message, class Then>
  void ask_owner(Message what, Then then, time_point until, int asks) {
    actors.ask_soon(std::make_unique<owner_question<Answer, Message, Then>>(
        shared_from_this(), std::move(what), std::move(then), until, asks));
  }
  template <class Message>
  static bool may_ask_again(errc code, int asks) {
    return (code == errc::moved && asks > 1) ||
           (code == errc::deadline && asks == most_asks && actors::changes_nothing<Message>);
  }
  /// Asks for the memory of a shard's owner, if that is on this node.
  void fetch_owner(shard_id shard) const;
  /// Fills in the route by the present table; whom to ask.
  caf::strong_actor_ptr find_owner(actors::route& via) const;
  static std::chrono::milliseconds left_until(time_point until);
  /// Runs `then` once somebody else than `asked` serves the shard, or that takes too long.
  void when_moved(shard_id shard, const void* asked, time_point until, std::function<void()> then);
  void look_for_owner(shard_id shard, const void* asked, time_point until,
                      std::function<void()> then);

  std::chrono::milliseconds default_left() const;
  bool answered_ = false;
};

/// One listener's interface.
class api {
 public:
  api(api_ports& ports, std::span<const route_row> rows, bool admin_listener);
  ~api();

  /// The server's handler. Runs on a worker; the bridge of that worker must exist.
  void operator()(exchange to, const request& from);

  /// How much of a request's body is read, judged by its head: the long limit is for parts of bulk
  /// jobs, with a token that may send them and a place among those in flight. Runs on a worker.
  body_permit permit_body(const request& head, const exchange& here);

  /// A place for one part of a bulk job, given back with the pointer; null: all are taken.
  std::shared_ptr<void> take_place();
  /// The same for the name of a part: it is worked off once at a time.
  std::shared_ptr<void> take_name(const std::string& name);

  /// One a worker, before the server starts.
  void add_bridge(worker& at);

  /// From now on readyz fails; requests are still served.
  void draining(bool now) { draining_ = now; }
  bool is_draining() const { return draining_; }

  api_ports& ports() { return ports_; }
  /// Of the provider listener; the admin listener sends no codes.
  conversion_meter& conversion() { return *conversion_; }
  std::int64_t in_flight() const;

 private:
  friend struct call;
  struct route_metrics;
  struct part_places;
  static std::shared_ptr<part_places> make_places();

  body_permit permit_part(const request& head, const exchange& here);
  void dispatch(const call_ptr& made, const request& from);
  void authorise_provider(const call_ptr& made, const request& from);
  void authorise_admin(const call_ptr& made, const request& from);
  void finish(const call& done, int status);

  api_ports& ports_;
  const bool admin_;
  std::vector<route_row> rows_;
  route_table table_;
  actors::lookup_lines lines_;
  std::vector<std::unique_ptr<worker_state>> states_;
  std::vector<std::unique_ptr<bridge>> bridges_;
  std::unique_ptr<route_metrics> metrics_;
  std::optional<conversion_meter> conversion_;
  std::shared_ptr<part_places> places_ = make_places();
  std::atomic<bool> draining_{false};
};

/// The token of an Authorization header of that scheme; empty if it is none or too long.
std::string_view bearer_token(std::string_view header);

/// The tables, in http/routes.cpp.
std::span<const route_row> provider_routes();
std::span<const route_row> admin_routes();

/// Associated data that binds a sealed user id to its mapping: the SII's key and the provider.
std::string user_aad(const sii_key& key, std::string_view provider_id);

/// The user in clear; nothing when the seal does not fit. It may be bound to the record's name
/// under a later index key than `key` is of, if the record was renamed since.
std::optional<std::string> open_user(const crypto::key_ring& keys, shard_id shard, sii_key key,
                                     std::string_view provider_id, std::string_view sealed);

}  // namespace glados::http
