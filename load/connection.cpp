#include "load/connection.hpp"

namespace glados::load {

bool connection::open(const target& to, const identity& who, std::uint64_t now) {
  close();
  since_ = now;
  used_ = 0;
  if (!link_.open(to, who))
    return false;
  at_ = state::connecting;
  return true;
}

void connection::close() {
  link_.close();
  at_ = state::closed;
  unwritten_ = false;
}

connection::event connection::fail(event how) {
  was_ = at_;
  close();
  return how;
}

bool connection::send(std::string_view text, std::uint64_t now, bool keep_body) {
  since_ = now;
  ++used_;
  text_ = text;
  reader_.reset(keep_body);
  at_ = state::waiting;
  return write();
}

bool connection::write() {
  const auto got = link_.write(text_);
  unwritten_ = got == tls_link::step::blocked;
  if (got == tls_link::step::broken)
    fail(event::failed);
  return got != tls_link::step::broken;
}

connection::event connection::receive() {
  for (;;) {
    std::string_view bytes;
    const auto got = link_.read(bytes);
    if (got == tls_link::step::blocked)
      return event::none;
    if (got == tls_link::step::broken)
      return fail(event::failed);
    if (at_ != state::waiting)
      return fail(event::malformed);  // an answer nobody asked for
    const auto now = reader_.feed(bytes);
    if (now == response_reader::progress::malformed)
      return fail(event::malformed);
    if (now == response_reader::progress::done) {
      at_ = state::idle;
      return event::answered;
    }
  }
}

connection::event connection::on_ready() {
  if (at_ == state::closed)
    return event::none;  // closed while handling an earlier event of the same round
  if (at_ == state::connecting) {
    const auto got = link_.shake_hands();
    if (got == tls_link::step::broken)
      return fail(event::failed);
    if (got == tls_link::step::blocked)
      return event::none;
    at_ = state::idle;
    return event::ready;
  }
  if (unwritten_ && !write())
    return event::failed;
  return receive();
}

}  // namespace glados::load
