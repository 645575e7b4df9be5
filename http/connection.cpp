#include "http/connection.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace glados::http {

namespace {

/// After this many bytes in one go the socket may hold more than the TLS layer's buffer took, and
/// only an empty read proves that a new edge will come.
constexpr std::size_t surely_drained_below = 8 * 1024;
constexpr int reads_per_turn = 16;
constexpr std::size_t keep_capacity = 4 * 1024;
constexpr std::size_t out_keep_capacity = 256 * 1024;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

void release(std::string& buffer) {
  if (buffer.capacity() > keep_capacity)
    std::string().swap(buffer);
  else
    buffer.clear();
}

/// What the caller sent as X-Request-Id.
std::string_view request_id_of(const request_head& head) {
  for (const auto& field : head.headers())
    if (same_name(field.name, "X-Request-Id"))
      return field.value;
  return {};
}

}  // namespace

connection::connection(connection_host& host, connection_id id, int descriptor, SSL* tls,
                       client_identity client, std::string remote_address)
    : host_(host),
      id_(id),
      descriptor_(descriptor),
      tls_(tls),
      client_(std::move(client)),
      remote_address_(std::move(remote_address)) {
  due_in(host.draining ? host.options.drain_idle_grace : host.options.idle_deadline);
}

void connection::on_event(bool hangup) {
  if (phase_ == phase::lingering)
    return discard();
  if (!out_.empty())
    flush();
  if (reading())
    return read();
  readable_ = true;
  if (hangup && phase_ != phase::closed)
    close(false);
}

void connection::resume() {
  if (phase_ == phase::lingering)
    discard();
  else if (reading())
    pump();
}

void connection::read() {
  readable_ = false;
  std::size_t total = 0;
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    ERR_clear_error();
    const int got = SSL_read(tls_, host_.scratch.data(), static_cast<int>(host_.scratch.size()));
    if (got <= 0) {
      const int why = SSL_get_error(tls_, got);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        close(why == SSL_ERROR_ZERO_RETURN);
      return;
    }
    const auto size = static_cast<std::size_t>(got);
    total += size;
    host_.self.counters().bytes_in.add(size);
    take({host_.scratch.data(), size});
    const bool more = total >= surely_drained_below || SSL_has_pending(tls_) == 1;
    if (!reading())
      readable_ = readable_ || more;
    if (!reading() || !more)
      return;
  }
  readable_ = true;
  host_.resume_later(*this);
}

void connection::take(std::string_view data) {
  if (in_.empty()) {
    const auto used = consume(data);
    if (phase_ < phase::lingering)
      in_.assign(data.substr(used));
    return;
  }
  in_.append(data);
  const auto used = consume(in_);
  in_.erase(0, used);
  if (in_.empty())
    release(in_);
}

void connection::pump() {
  if (!in_.empty() && reading()) {
    const auto used = consume(in_);
    in_.erase(0, std::min(used, in_.size()));
    if (in_.empty())
      release(in_);
  }
  if (readable_ && reading())
    read();
}

/// Takes as many requests as may be taken now; returns how many bytes were used up.
std::size_t connection::consume(std::string_view data) {
  std::size_t used = 0;
  while (reading() && used < data.size()) {
    const auto rest = data.substr(used);
    if (phase_ == phase::idle) {
      phase_ = phase::head;
      scanner_.reset();
      due_in(host_.options.header_deadline);
    }
    const auto step = phase_ == phase::head ? take_head(rest) : take_body(rest);
    if (step == 0)
      break;
    used += step;
  }
  return phase_ >= phase::lingering ? data.size() : used;
}

std::size_t connection::take_head(std::string_view rest) {
  const auto size = scanner_.scan(rest, host_.options.head_limit);
  if (scanner_.refused()) {
    refuse(scanner_.refused());
    return 0;
  }
  if (size == 0)
    return 0;
  auto& head = host_.head;
  if (auto why = parse_head(rest.substr(0, size), head)) {
    refuse(why);
    return 0;
  }
  if (!head.has_body()) {
    dispatch(head, {});
    return size;
  }
  if (!permit_body(head))
    return 0;
  if (!head.chunked && rest.size() - size >= head.content_length) {
    const auto length = static_cast<std::size_t>(head.content_length);
    dispatch(head, rest.substr(size, length));
    return size + length;
  }
  begin_body(rest.substr(0, size), rest.substr(size));
  return size;
}

/// False: the request was refused, or its head is to be judged again later.
bool connection::permit_body(const request_head& head) {
  body_permit permit{body_permit::verdict::read, host_.options.body_limit, errc::none, {}};
  if (host_.options.permit_body) {
    const request view{head.method,    head.path, head.query,      {},
                       head.headers(), &client_,  remote_address_, head.http10};
    permit = host_.options.permit_body(view, current());
  }
  body_limit_ = permit.limit;
  if (permit.what == body_permit::verdict::wait) {
    phase_ = phase::waiting;
    return false;
  }
  if (permit.what == body_permit::verdict::refuse)
    refuse({permit.code, permit.detail}, request_id_of(head));
  else if (head.content_length > body_limit_)
    refuse({errc::payload_too_large, "body over the limit"}, request_id_of(head));
  return phase_ == phase::head;
}

void connection::judge_again(std::uint64_t ordinal) {
  if (phase_ != phase::waiting || ordinal != ordinal_)
    return;
  phase_ = phase::head;
  scanner_.reset();
  host_.resume_later(*this);
}

void connection::begin_body(std::string_view head_text, std::string_view rest) {
  const auto& head = host_.head;
  phase_ = phase::body;
  due_in(host_.options.body_deadline);
  chunked_ = head.chunked;
  body_left_ = head.content_length;
  chunks_.reset();
  head_.assign(head_text);
  body_.clear();
  if (head.expects_continue && rest.empty())
    out_.append(continue_line.substr(write_some(continue_line)));
}

std::size_t connection::take_body(std::string_view rest) {
  auto left = rest;
  if (chunked_) {
    const auto status = chunks_.feed(left, body_, body_limit_);
    if (status == chunked_reader::status::refused) {
      parse_head(head_, host_.head);
      refuse(chunks_.why(), request_id_of(host_.head));
      return 0;
    }
    if (status == chunked_reader::status::more)
      return rest.size() - left.size();
  } else {
    const auto part = left.substr(0, static_cast<std::size_t>(body_left_));
    body_ += part;
    body_left_ -= part.size();
    left.remove_prefix(part.size());
    if (body_left_ > 0)
      return part.size();
  }
  parse_head(head_, host_.head);  // its views were into a buffer that is gone
  dispatch(host_.head, body_);
  release(head_);
  release(body_);
  return rest.size() - left.size();
}

void connection::dispatch(const request_head& head, std::string_view body) {
  phase_ = phase::handling;
  ++ordinal_;
  keep_alive_ = head.keep_alive;
  http10_ = head.http10;
  head_only_ = head.method == "HEAD";
  due_in(host_.options.request_deadline);
  host_.self.counters().requests.add();
  host_.self.counters().requests_in_flight.add();
  const request view{head.method,    head.path, head.query,      body,
                     head.headers(), &client_,  remote_address_, head.http10};
  in_dispatch_ = true;
  host_.deliver(*this, view);
  in_dispatch_ = false;
  if (phase_ == phase::lingering)  // put off: the handler's view had to stay valid
    discard();
}

bool connection::open(std::uint64_t ordinal) const {
  return phase_ == phase::handling && ordinal == ordinal_;
}

bool connection::answer(std::uint64_t ordinal, response&& reply) {
  if (!open(ordinal))
    return false;
  host_.self.counters().requests_in_flight.sub();
  respond(reply, {reply.close || !keep_alive_ || host_.draining, http10_, head_only_});
  return true;
}

void connection::refuse(refusal why, std::string_view request_id) {
  host_.self.counters().refused.add();
  respond(host_.options.framing_problem(why.code, why.detail, request_id), {true, false, false});
}

void connection::respond(const response& reply, const answer_form& form) {
  phase_ = phase::writing;
  client_.permit.reset();
  close_after_ = form.close;
  host_.out.clear();
  append_response(host_.out, reply, form, host_.date.get());
  const auto seconds = host_.out.size() / host_.options.slow_reader_bytes_per_second;
  due_in(host_.options.write_deadline + std::chrono::seconds(seconds));
  if (!out_.empty()) {  // the end of a 100 Continue: nothing may overtake it
    out_ += host_.out;
    return flush();
  }
  const auto done = write_some(host_.out);
  if (phase_ == phase::writing && done < host_.out.size())
    out_.assign(host_.out, done);
  if (host_.out.capacity() > out_keep_capacity)
    std::string().swap(host_.out);
  if (phase_ == phase::writing && out_.empty())
    written();
}

/// Writes what the socket takes; returns how much that was. May close the connection.
std::size_t connection::write_some(std::string_view data) {
  std::size_t done = 0;
  while (done < data.size()) {
    ERR_clear_error();
    const auto size = std::min<std::size_t>(data.size() - done, 1U << 30U);
    const int put = SSL_write(tls_, data.data() + done, static_cast<int>(size));
    if (put <= 0) {
      const int why = SSL_get_error(tls_, put);
      if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ)
        close(false);
      break;
    }
    done += static_cast<std::size_t>(put);
    host_.self.counters().bytes_out.add(static_cast<std::size_t>(put));
  }
  return done;
}

void connection::flush() {
  out_sent_ += write_some(std::string_view(out_).substr(out_sent_));
  if (phase_ == phase::closed || out_sent_ < out_.size())
    return;
  release(out_);
  out_sent_ = 0;
  if (phase_ == phase::writing)
    written();
}

void connection::written() {
  if (close_after_)
    return linger();
  go_idle();
  if (!in_dispatch_)
    pump();
}

void connection::go_idle() {
  phase_ = phase::idle;
  due_in(host_.draining ? host_.options.drain_idle_grace : host_.options.idle_deadline);
}

/// Says that nothing more comes, and drops what the client still sends: closing with unread input
/// would reset the connection and might take the answer with it.
void connection::linger() {
  phase_ = phase::lingering;
  due_in(host_.options.linger_deadline);
  ERR_clear_error();
  SSL_shutdown(tls_);
  ::shutdown(descriptor_, SHUT_WR);
  if (!in_dispatch_)
    discard();
}

void connection::discard() {
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    const auto got = ::recv(descriptor_, host_.scratch.data(), host_.scratch.size(), MSG_DONTWAIT);
    if (got > 0)
      continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    if (got < 0 && errno == EINTR)
      continue;
    return close(false);
  }
  host_.resume_later(*this);
}

void connection::on_tick(clock::time_point now) {
  if (now < deadline_ || phase_ == phase::closed)
    return;
  auto& counters = host_.self.counters();
  switch (phase_) {
    case phase::handling:
      counters.late.add();
      answer(ordinal_, host_.options.framing_problem(errc::deadline, "no answer in time", {}));
      break;
    case phase::lingering:
      close(false);
      break;
    default:
      counters.dropped_slow.add();
      close(phase_ == phase::idle);
      break;
  }
}

void connection::begin_drain(clock::time_point idle_until) {
  if (phase_ == phase::idle)
    deadline_ = std::min(deadline_, idle_until);
}

void connection::close(bool politely) {
  if (phase_ == phase::closed)
    return;
  if (phase_ == phase::handling)
    host_.self.counters().requests_in_flight.sub();
  phase_ = phase::closed;
  if (politely) {
    ERR_clear_error();
    SSL_shutdown(tls_);
  }
  host_.bury(*this);
}

}  // namespace glados::http
