#include "sim/outside.hpp"

#include "sim/life.hpp"
#include "sim/providers.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr moment gateway_deadline = 8 * second;
constexpr moment receiver_deadline = 5 * second;

}  // namespace

void gateways::send(life& from, const actors::send_code& order,
                    std::function<void(bool, bool)> done) {
  const auto how = codes;
  const bool answers = how != mood::silent;
  const bool accepted = how == mood::fine || how == mood::slow;
  moment span = world_.latencies.between(5 * millisecond, 300 * millisecond);
  if (how == mood::slow)
    span = world_.latencies.between(500 * millisecond, gateway_deadline);
  if (!answers)
    span = gateway_deadline;
  world_.after(span,
               [this, &from, how, accepted, id = order.verification_id, done = std::move(done)] {
                 world_.log.note("code", {{"accepted", accepted ? 1 : 0}}, id);
                 if (accepted)
                   world_.callers->code_arrived(id);
                 if (!from.dead)
                   done(accepted, how == mood::refuse_for_good);
               });
}

void gateways::post(life& from, actors::notice_order order,
                    std::function<void(actors::post_result)> done) {
  const auto span = world_.latencies.between(
      5 * millisecond, receivers_fail ? receiver_deadline : 200 * millisecond);
  world_.after(span, [this, &from, span, order = std::move(order), done = std::move(done)] {
    actors::post_result out;
    out.latency = std::chrono::milliseconds(span / millisecond);
    out.answer.status = receivers_fail ? 500 : 204;
    if (!receivers_fail)
      posted_[order.what.provider_id].push_back(order.what);
    world_.log.note("webhook", {{"status", out.answer.status}}, order.what.provider_id);
    if (!from.dead)
      done(out);
  });
}

}  // namespace glados::sim
