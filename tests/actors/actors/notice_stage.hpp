// A courier and a feed over the world's simulated store, with a receiver that does as it is told.
#pragma once

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/courier.hpp"
#include "actors/feed.hpp"
#include "world.hpp"

namespace glados::testing {

class scripted_poster final : public actors::notice_poster {
 public:
  void post(actors::notice_order order, std::function<void(actors::post_result)> done) override {
    orders.push_back(order);
    if (hold) {
      held.push_back(std::move(done));
      return;
    }
    actors::post_result out;
    out.latency = 20ms;
    out.answer = answer(order);
    done(out);
  }

  std::function<attempt_answer(const actors::notice_order&)> answer =
      [](const actors::notice_order&) {
        return attempt_answer{200, {}};
      };
  std::vector<actors::notice_order> orders;
  bool hold = false;
  std::vector<std::function<void(actors::post_result)>> held;
};

/// Member order: the world's end runs what actors left behind, so the receiver outlives it.
struct notice_stage {
  explicit notice_stage(std::uint64_t seed = 1) : at(seed) {
    provider alpha;
    alpha.id = "alpha";
    providers.update(alpha);
    at.node.poster = &poster;
    start();
  }
  ~notice_stage() { stop(); }

  void start() { courier = actors::spawn_courier(at.system, at.node, providers, "alpha"); }
  void stop() {
    at.wrong = {};
    caf::anon_send(courier, actors::stop{});
    at.run();
    courier = actors::courier_actor();
  }
  void restart() {
    stop();
    start();
  }

  /// Asks and runs until everything is quiet.
  template <class Answer, class Handle, class Message>
  Answer ask(const Handle& whom, Message what) {
    auto out = begin<Answer>(whom, std::move(what));
    at.run();
    BOOST_REQUIRE(out->answers == 1);
    return out->last;
  }
  template <class Answer, class Handle, class Message>
  asked<Answer> begin(const Handle& whom, Message what) {
    auto out = std::make_shared<outcome<Answer>>();
    at.system.spawn([=](caf::event_based_actor* self) {
      self->request(whom, 3600000s, what)
          .then(
              [out](const Answer& got) {
                ++out->answers;
                out->last = got;
              },
              [out](const caf::error&) {
                ++out->answers;
                out->bounced = true;
              });
    });
    return out;
  }

  errc put(const std::string& url = "https://receiver.example/in",
           std::vector<event_type> types = {}, std::uint8_t key = 1) {
    actors::put_webhook what{url, std::move(types), {}};
    what.fresh.public_key.fill(key);
    return ask<actors::webhook_answer>(courier, what).code;
  }

  /// Appends a notice about mapping `salt` and wakes the courier.
  std::string notice(std::uint32_t salt, std::uint64_t sequence,
                     event_type type = event_type::mapping_removed) {
    event what;
    what.type = type;
    what.provider_id = "alpha";
    what.created_at = at.store.now();
    what.mapping.emplace();
    what.mapping->salt = salt;
    what.mapping->sequence = sequence;
    std::string id;
    at.store.append(what, [&](result<std::string> given) { id = *given; });
    at.store.step(at.store.pending() - 1);
    caf::anon_send(courier, actors::events_grown{});
    return id;
  }

  /// Sequences of the notices about mapping `salt` that went out so far. (Between mappings the
  /// order is the store's.)
  std::string posted(std::uint32_t salt) const {
    std::string out;
    for (const auto& order : poster.orders)
      if (order.what.mapping && order.what.mapping->salt == salt)
        out += (out.empty() ? "" : " ") + std::to_string(order.what.mapping->sequence);
    return out;
  }

  std::vector<event> stream() {
    std::vector<event> out;
    at.store.read_events("alpha", "", 1000, [&](auto got) { out = *got; });
    at.store.step(at.store.pending() - 1);
    return out;
  }
  webhook settings() {
    return ask<actors::webhook_answer>(courier, actors::get_webhook{}).settings;
  }

  scripted_poster poster;
  actors::session_directory providers;
  world at;
  actors::courier_actor courier;
};

}  // namespace glados::testing
