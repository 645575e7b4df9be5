#include "stage.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "crypto/digest.hpp"

namespace glados::testing {
namespace {

using namespace glados::actors;

constexpr shard_id the_shard = 7;
constexpr std::string_view secret = "secret-one";
constexpr std::string_view token = "token-one";

template <class Answer>
Answer say(script* s, const char* name, const Answer& answer) {
  s->asked.emplace_back(name);
  return answer;
}

/// A handler that keeps the question and says the answer.
template <class Message, class Answer>
auto keeping(script* s, std::optional<Message> script::*kept, const char* name,
             Answer script::*answer) {
  return [=](const Message& asked) {
    s->*kept = asked;
    return say(s, name, s->*answer);
  };
}

std::string guess_name(storage::provider_store::guess how) {
  constexpr std::array<const char*, 3> names{"wrong", "right", "not_compared"};
  return names[static_cast<std::size_t>(how)];
}

session_actor::behavior_type scripted_session(session_actor::pointer self, script* s) {
  return {
      [s](const issue_token& asked) {
        s->issued = asked;
        return say(s, "issue", s->issue);
      },
      [s](const find_token&) { return say(s, "find", s->find); },
      [s](const revoke_token&) { return say(s, "revoke", s->revoke); },
      [s](const revoke_all_tokens&) { return say(s, "revoke_all", s->revoke_all); },
      [s](const begin_call& asked) {
        s->begun = asked;
        return say(s, "begin", s->begin);
      },
      [s](const end_call& asked) { return say(s, asked.kept ? "keep" : "free", s->end); },
      [s](const debit_send&) { return say(s, "debit", s->debit); },
      [s](const return_send&) { return say(s, "return", s->returned); },
      [s](const reserve_guess&) { return say(s, "reserve", s->reserve); },
      [s](const settle_guess& asked) {
        s->settled = asked;
        return say(s, guess_name(asked.how).c_str(), s->settle);
      },
      [s](const charge_lookup&) { return say(s, "charge", s->charge); },
      [](const tend_lease&) {},
      [s](const read_quota&) { return say(s, "quota", s->quota); },
      [s](const read_usage& asked) {
        s->usage_read = asked;
        return say(s, "usage", s->usage);
      },
      [](const sweep&) {},
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

template <class Answer>
Answer coded(errc code) {
  Answer out;
  out.code = code;
  return out;
}

shard_actor::behavior_type scripted_shard(shard_actor::pointer self, script* s) {
  return {
      [](const lookup_mapping&) { return coded<lookup_answer>(errc::not_found); },
      [](const proof_accepted&) { return coded<proof_answer>(errc::internal); },
      keeping(s, &script::decided, "decide", &script::decide),
      keeping(s, &script::got, "get_mapping", &script::own),
      keeping(s, &script::sought, "find_mapping", &script::own),
      keeping(s, &script::removed, "remove_mapping", &script::remove),
      [s](const open_verification& asked) {
        s->opened = asked;
        auto out = s->open;
        if (s->open_as_asked)
          out.view.id = asked.record.id;
        return say(s, "open", out);
      },
      [s](const check_code& asked) {
        s->checked = asked;
        return say(s, "check", s->check);
      },
      [s](const plan_resend&) { return say(s, "plan", s->plan); },
      [s](const resend_code& asked) {
        s->resent = asked;
        return say(s, "resend", s->resend);
      },
      [s](const cancel_verification&) { return say(s, "cancel", s->cancel); },
      [s](const get_verification&) { return say(s, "get", s->get); },
      [s](const find_answer&) { return say(s, "look", s->found); },
      keeping(s, &script::sought_change, "change", &script::change),
      keeping(s, &script::filed, "report", &script::report),
      [](const register_rows& asked) {
        return register_answer{errc::none, std::vector<row_outcome>(asked.rows.size())};
      },
      [](const retract_rows&) { return retract_answer{}; },
      [](const code_sent&) {},
      [](const outcome_unsure&) { return epoch_raised{}; },
      [](const verification_ended&) {},
      [](const sweep_shard&) { return shard_swept{}; },
      [](const tend_mapping&) { return mapping_tended{}; },
      [](const rename_records&) { return records_renamed{}; },
      [](const sweep&) {},
      [](const recover&) {},
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

feed_actor::behavior_type scripted_feed(feed_actor::pointer self, script* s) {
  return {
      [s](const read_events& asked) {
        s->read = asked;
        return say(s, "events", s->events);
      },
      [](const events_grown&) {},
      [](const sweep&) {},
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

courier_actor::behavior_type scripted_courier(courier_actor::pointer self, script* s) {
  return {
      [s](const get_webhook&) { return say(s, "get", s->webhook); },
      [s](const put_webhook& asked) {
        s->put = asked;
        return say(s, "put", s->webhook);
      },
      [s](const delete_webhook&) { return say(s, "delete", s->webhook); },
      [s](const test_webhook&) { return say(s, "test", s->webhook); },
      [s](const redeliver_notice& asked) {
        s->redelivered = asked;
        return say(s, "redeliver", s->webhook);
      },
      [s](const list_attempts&) { return say(s, "attempts", s->attempts); },
      [](const events_grown&) {},
      [](const sweep&) {},
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

registrar_actor::behavior_type scripted_registrar(registrar_actor::pointer self, script* s) {
  return {
      [s](const registry_call& asked) {
        if (std::holds_alternative<catch_up>(asked.what)) {
          s->news();
          return say(s, "news", s->registry);
        }
        s->changed = asked;
        return say(s, "registry", s->registry);
      },
      [](const sweep&) {},
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

caf::scheduler::test_coordinator& scheduler_of(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
}

}  // namespace

std::string script::order() const {
  std::string out;
  for (const auto& question : asked) out.append(out.empty() ? "" : " ").append(question);
  return out;
}

stage::stage() {
  worker_.attach(&book_);
  alpha.id = "alpha";
  alpha.name = "Alpha Chat";
  alpha.client_id = "alpha-client";
  alpha.scopes = {"lookup", "map"};
  alpha.secrets = {{1, crypto::sha256(secret), {}, {}}};
  alpha.certificates = {{certificate, {}, {}, clock.at + std::chrono::hours(24)}};
  update(alpha);
  allow(alpha.scopes);
  lease(1'000, 1'000);
  verification_id = crypto::new_verification_id(the_shard, random);

  session_ = system_.spawn(scripted_session, &script_);
  feed_ = system_.spawn(scripted_feed, &script_);
  courier_ = system_.spawn(scripted_courier, &script_);
  auto table = std::make_shared<shard_table>();
  table->owners.fill(system_.spawn(scripted_shard, &script_));
  shards_.publish(table);
  ports_.reset(new http::api_ports{
      .system = system_,
      .keys = keys,
      .random = random,
      .sessions = sessions,
      .shards = shards_,
      .clock = clock,
      .metrics = metrics_,
      .settings = {.base_url = "https://glados.test", .version = "1.0", .move_patience = {}},
      .registrar = system_.spawn(scripted_registrar, &script_),
      .session_of = [this](const std::string&) { return session_; },
      .openapi_json = R"({"openapi":"3.1.0"})",
      .feed_of = [this](const std::string&) { return feed_; },
      .courier_of = [this](const std::string&) { return courier_; },
  });
  scheduler_of(system_).run();
  api_ = std::make_unique<http::api>(*ports_, http::provider_routes(), false);
  api_->add_bridge(worker_);
}

void stage::lease(std::uint64_t budget, std::uint64_t units) {
  auto& lookups = sessions.by_id("alpha")->lookups();
  sessions.by_id("alpha")->lookup_product(budget);
  lookups.take_up_to(lookups.units());
  lookups.add(lookups.now_era(), units);
  // Storage has nothing more: what is left is what the node holds.
  lookups.told({units, budget, budget, clock.at.us + 86'400'000'000, clock.at}, clock.at);
}

void stage::allow(const std::vector<std::string>& scopes) {
  storage::access_token known;
  known.hash = crypto::sha256(token);
  known.thumbprint = certificate;
  known.scopes = scopes;
  known.expires_at = clock.at + std::chrono::minutes(5);
  sessions.by_id("alpha")->keep_token(known);
}

stage::~stage() {
  api_.reset();
  caf::anon_send(session_, stop{});
  caf::anon_send(feed_, stop{});
  caf::anon_send(courier_, stop{});
  caf::anon_send(shards_.table()->owners[0], stop{});
  caf::anon_send(ports_->registrar, stop{});
  scheduler_of(system_).run();
  shards_.publish(std::make_shared<shard_table>());
  session_ = session_actor();
  feed_ = feed_actor();
  courier_ = courier_actor();
  ports_.reset();
}

http::response stage::send(const sent_request& what) {
  scheduler_of(system_).run();  // what earlier requests left to be done
  book_.answers.clear();
  script_.asked.clear();
  std::vector<http::header_field> fields;
  for (const auto& [name, value] : what.headers) fields.push_back({name, value});
  const auto bearer = "Bearer " + std::string(token);
  if (what.with_token)
    fields.push_back({"Authorization", bearer});
  if (!what.body.empty())
    fields.push_back({"Content-Type", what.type});
  http::client_identity client;
  client.certificate = certificate;
  http::request request;
  request.method = what.method;
  const auto mark = std::min(what.path.find('?'), what.path.size());
  request.path = std::string_view(what.path).substr(0, mark);
  if (mark < what.path.size())
    request.query = std::string_view(what.path).substr(mark + 1);
  request.body = what.body;
  request.headers = fields;
  request.client = &client;
  worker_.begin_round();
  (*api_)(http::exchange(&worker_, 0, 0, 0), request);
  worker_.end_round();
  BOOST_REQUIRE_EQUAL(book_.answers.size(), 1u);
  return book_.answers.front();
}

http::response stage::post(const std::string& path, const std::string& body,
                           const std::string& key) {
  sent_request what{.method = "POST", .path = path, .body = body};
  if (!key.empty())
    what.headers.emplace_back("Idempotency-Key", key);
  return send(what);
}

http::response stage::form(const std::string& path, const std::string& body,
                           const std::string& basic) {
  sent_request what{.method = "POST",
                    .path = path,
                    .body = body,
                    .type = "application/x-www-form-urlencoded",
                    .with_token = false};
  if (!basic.empty())
    what.headers.emplace_back("Authorization", "Basic " + basic);
  return send(what);
}

verification_view stage::view(verification_state state) const {
  return {verification_id,
          state,
          channel::sms,
          clock.at + std::chrono::minutes(10),
          4,
          clock.at,
          3,
          clock.at + std::chrono::seconds(60)};
}

verification_answer stage::verified() const {
  verification_answer out;
  out.view = view(verification_state::verified);
  out.key.value = {1, 2, 3};
  out.has_mapping = true;
  out.mapping.user =
      keys.shard_sealer(the_shard, 1).seal_deterministic("alice", http::user_aad(out.key, "alpha"));
  out.mapping.preferred = true;
  out.mapping.verified_at = clock.at;
  out.compared = true;
  return out;
}

bool has_header(const http::response& reply, const std::string& line) {
  return ("\r\n" + reply.header_lines).find("\r\n" + line + "\r\n") != std::string::npos;
}

bool holds(const http::response& reply, std::string_view text) {
  return reply.body.find(text) != std::string::npos;
}

std::string problem_name(const http::response& reply) {
  constexpr std::string_view start = R"({"type":"urn:glados:problem:)";
  if (!reply.body.starts_with(start))
    return {};
  const auto rest = std::string_view(reply.body).substr(start.size());
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace glados::testing
