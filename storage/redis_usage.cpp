// The ledger of the provider port (docs/usage.md).
#include "storage/keys.hpp"
#include "storage/ledger.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

void redis_provider::enter_usage(const usage_batch& batch, reply<bool> done) {
  arguments names;
  names.add(keys::usage_mark(batch.provider_id, batch.writer));
  names.add(keys::month_cost(batch.provider_id)).add(keys::ledger_prefix(batch.provider_id));
  arguments args;
  args.add(batch.incarnation).add(batch.number);
  args.add(batch.hits).add(batch.misses).add(batch.bulk_rows).add(batch.cost);
  args.add(static_cast<std::uint64_t>(ledger_kept.count()));
  client_.send(script_command(true, scripts::enter_usage, names, args),
               answering<bool>(std::move(done), [](const redisReply& value) -> result<bool> {
                 return text_of(value) == "ok";
               }));
}

void redis_provider::load_usage(const std::string& provider, std::int64_t first_day,
                                std::uint32_t days, reply<usage_counts> done) {
  arguments names;
  for (std::uint32_t i = 0; i < days; ++i) names.add(keys::ledger(provider, first_day + i));
  const auto parse = [](const redisReply& value) -> result<usage_counts> {
    ledger_sum sum;
    for (std::size_t day = 0; day < size_of(value); ++day) {
      const auto& entries = element(value, day);
      for (std::size_t i = 0; i + 1 < size_of(entries); i += 2)
        sum.add(text_of(element(entries, i)), number_of(element(entries, i + 1)));
    }
    return sum.counts();
  };
  client_.send(script_command(false, scripts::read_usage, names),
               answering<usage_counts>(std::move(done), parse));
}

}  // namespace glados::storage
