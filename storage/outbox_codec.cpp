// Stored form of outbox entries; declared in codec.hpp.
#include "storage/bytes.hpp"
#include "storage/codec.hpp"
#include "storage/event_codec.hpp"
#include "storage/standing_codec.hpp"

namespace glados::storage {

namespace {

template <class T>
std::optional<T> whole(const byte_reader& in, T&& value) {
  if (!in.done())
    return std::nullopt;
  return std::move(value);
}

}  // namespace

std::string encode(const outbox_entry& entry) {
  byte_writer out;
  out.choice(entry.what);
  if (entry.what == outbox_entry::kind::send_code || entry.what == outbox_entry::kind::taken) {
    out.text(entry.subject);
  } else if (entry.what == outbox_entry::kind::event) {
    out.text(encode(entry.notice));
  } else if (entry.what == outbox_entry::kind::note) {
    out.text(encode(entry.note));
  } else if (entry.what == outbox_entry::kind::report) {
    out.text(entry.filed.id);
    out.text(encode(entry.filed));
  } else {
    out.text(entry.change.provider_id);
    out.choice(entry.change.method);
    out.signed_number(entry.change.delta);
    out.tag(entry.change.mail_domain);
    out.byte(entry.change.due ? 1 : 0);
    out.text(entry.change.region);
  }
  return out.take();
}

std::optional<outbox_entry> decode_outbox(std::string_view bytes) {
  byte_reader in(bytes);
  outbox_entry entry;
  entry.what = in.choice(outbox_entry::kind::taken);
  if (entry.what == outbox_entry::kind::send_code || entry.what == outbox_entry::kind::taken) {
    entry.subject = in.text();
  } else if (entry.what == outbox_entry::kind::event) {
    auto notice = decode_event(in.text());
    if (!notice)
      return std::nullopt;
    entry.notice = std::move(*notice);
  } else if (entry.what == outbox_entry::kind::note) {
    auto note = decode_note(in.text());
    if (!note)
      return std::nullopt;
    entry.note = std::move(*note);
  } else if (entry.what == outbox_entry::kind::report) {
    auto id = in.text();
    auto filed = decode_report(in.text());
    if (!filed)
      return std::nullopt;
    entry.filed = std::move(*filed);
    entry.filed.id = std::move(id);
  } else {
    entry.change.provider_id = in.text();
    entry.change.method = in.choice(proof_method::asserted);
    const std::int64_t delta = in.signed_number();
    entry.change.delta = static_cast<std::int32_t>(delta);
    if (entry.change.delta != delta)
      in.fail();
    entry.change.mail_domain = in.tag();
    entry.change.due = in.choice(std::uint8_t{1}) != 0;
    entry.change.region = in.text();
  }
  return whole(in, std::move(entry));
}

}  // namespace glados::storage
