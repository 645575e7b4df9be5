#include "storage/event_codec.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/codec.hpp"

using namespace glados;
using namespace glados::storage;

namespace {

event some_event() {
  event out;
  out.type = event_type::mapping_restored;
  out.provider_id = "alpha";
  out.created_at = {1'800'000'000'000'001};
  out.detail = R"("a":1)";
  out.mapping.emplace();
  out.mapping->change_id = "c";
  out.mapping->shard = 1023;
  out.mapping->salt = 0xffffffff;
  out.mapping->user = std::string("\0x", 2);
  out.mapping->sequence = ~0ull;
  return out;
}

/// Whatever is cut off or added, the answer is nothing; never a wrong value.
template <class Decode>
void refuses_other_lengths(const std::string& bytes, Decode decode) {
  BOOST_TEST(decode(bytes).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_TEST(!decode(std::string_view(bytes).substr(0, size)).has_value(), size);
  BOOST_TEST(!decode(bytes + '\0').has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_codec)

BOOST_AUTO_TEST_CASE(everything_comes_back) {
  const auto back = decode_event(encode(some_event()));
  BOOST_REQUIRE((back.has_value() && back->mapping.has_value()));
  BOOST_TEST((back->type == event_type::mapping_restored && back->detail == R"("a":1)"));
  BOOST_TEST((back->mapping->user.size() == 2u && back->mapping->sequence == ~0ull));
  webhook settings;
  settings.state = webhook_state::disabled;
  settings.url = "https://receiver.example/";
  settings.types = {event_type::webhook_test, event_type::mapping_removed};
  settings.keys = {{{1, 2}, "sealed", {7}}, {}};
  const auto same = decode_webhook(encode(settings));
  BOOST_REQUIRE(same.has_value());
  BOOST_TEST((same->state == settings.state && same->url == settings.url));
  BOOST_TEST((same->types == settings.types && same->keys.size() == 2u));
  BOOST_TEST((same->keys[0].public_key == settings.keys[0].public_key));
  BOOST_TEST((same->keys[0].seed == "sealed" && same->keys[0].retired_at.us == 7));
}

BOOST_AUTO_TEST_CASE(a_notice_keeps_how_many_layers_its_name_has) {
  auto sent = some_event();
  const auto usual = encode(sent);
  for (const std::uint8_t layers : {1, 2, 64}) {
    sent.mapping->key.layers = layers;
    const auto back = decode_event(encode(sent));
    BOOST_REQUIRE((back && back->mapping));
    BOOST_TEST(int{back->mapping->key.layers} == int{layers});
    refuses_other_lengths(encode(sent), decode_event);
  }
  BOOST_TEST(usual.size() + 1 == encode(sent).size());
}

BOOST_AUTO_TEST_CASE(what_is_cut_is_nothing) {
  refuses_other_lengths(encode(some_event()), decode_event);
  webhook settings;
  settings.types = {event_type::webhook_test};
  settings.keys = {{{1}, "sealed", {7}}};
  refuses_other_lengths(encode(settings), decode_webhook);
  courier_progress at;
  at.open = {{{1, 2}, 3, 4, {5}}};
  refuses_other_lengths(encode(at), decode_progress);
  delivery_attempt made;
  made.event_id = "1-1";
  refuses_other_lengths(encode(made), decode_attempt);
  outbox_entry entry;
  entry.what = outbox_entry::kind::event;
  entry.notice = some_event();
  refuses_other_lengths(encode(entry), decode_outbox);
}

BOOST_AUTO_TEST_CASE(what_no_encoder_wrote_is_nothing) {
  auto far = some_event();
  far.mapping->shard = shard_count;
  BOOST_TEST(!decode_event(encode(far)).has_value());
  auto bytes = encode(some_event());
  bytes[1] = 10;  // no such type
  BOOST_TEST(!decode_event(bytes).has_value());
  bytes[0] = 9;  // no such format
  BOOST_TEST(!decode_event(bytes).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
