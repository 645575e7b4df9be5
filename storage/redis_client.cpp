#include "storage/redis_client.hpp"

#include "storage/redis_loop.hpp"

namespace glados::storage {

redis_client::redis_client(redis_options options, redis_observer observer)
    : loop_(std::make_unique<loop>(std::move(options), std::move(observer))) {}

redis_client::~redis_client() { loop_->stop(); }

void redis_client::send(redis_command command, answer_handler done) {
  loop_->submit(std::move(command), std::move(done));
}

bool redis_client::connected() const { return loop_->up(); }
std::uint64_t redis_client::connections() const { return loop_->connections(); }
std::size_t redis_client::queued() const { return loop_->open(); }

}  // namespace glados::storage
