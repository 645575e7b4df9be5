// The lookup budget in Redis, and what is left of a provider's day.
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

void redis_provider::lease_lookups(const std::string& provider, const lease_request& ask,
                                   reply<lease_grant> done) {
  constexpr std::chrono::microseconds lifetime = lease_lifetime;
  arguments args;
  args.add(ask.node).add(ask.terms.budget).add(ask.terms.version).add(ask.terms.fixed ? 1 : 0);
  args.add(ask.returned).add(ask.returned_budget).add(ask.held).add(ask.wanted);
  args.add(ask.hold ? 1 : 0).add(static_cast<std::uint64_t>(lifetime.count()));
  const auto parse = [](const redisReply& value) -> result<lease_grant> {
    const auto number = [&](std::size_t at) {
      return static_cast<std::uint64_t>(number_of(element(value, at)));
    };
    return lease_grant{number(0),
                       number(1),
                       number(2),
                       number_of(element(value, 3)),
                       {number_of(element(value, 4))}};
  };
  client_.send(script_command(true, scripts::lease, arguments().add(keys::lookups(provider)), args),
               answering<lease_grant>(std::move(done), parse));
}

void redis_provider::load_day(const std::string& provider, reply<provider_day> done) {
  const auto parse = [](const redisReply& value) -> result<provider_day> {
    const auto count = [&](std::size_t at) {
      return static_cast<std::uint64_t>(number_of(element(value, at)));
    };
    return provider_day{count(0), count(1), count(2),
                        std::chrono::seconds(number_of(element(value, 3)))};
  };
  client_.send(script_command(false, scripts::load_day,
                              arguments().add(keys::sends(provider)).add(keys::guesses(provider))),
               answering<provider_day>(std::move(done), parse));
}

}  // namespace glados::storage
