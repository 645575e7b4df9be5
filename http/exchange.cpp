#include "http/exchange.hpp"

#include <memory>

#include "http/worker.hpp"

namespace glados::http {

bool exchange::answer(response&& reply) const {
  return worker_ && worker_->answers() &&
         worker_->answers()->answer(slot_, generation_, ordinal_, std::move(reply));
}

void exchange::post_answer(response reply) const {
  if (worker_)
    worker_->post([self = *this, held = std::make_shared<response>(std::move(reply))] {
      self.answer(std::move(*held));
    });
}

void exchange::judge_again() const {
  if (worker_ && worker_->answers())
    worker_->answers()->judge_again(slot_, generation_, ordinal_);
}

bool exchange::open() const {
  return worker_ && worker_->answers() && worker_->answers()->open(slot_, generation_, ordinal_);
}

}  // namespace glados::http
