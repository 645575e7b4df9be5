// Files of back-ups: what they hold comes back, whatever was done to them is found, and whoever
// ends in the middle of one goes on.
#include "admin/backup_file.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "../crypto/seeded_random.hpp"
#include "need_stop.hpp"
#include "scripted.hpp"

using namespace glados;
using namespace glados::admin;
using glados::admin::test::folder;
using glados::admin::test::need_stop;

namespace {

crypto::secret32 key_of(std::uint8_t fill) {
  crypto::secret32 out;
  for (auto& byte : out.writable()) byte = fill;
  return out;
}

const std::vector<std::pair<char, std::string>> frames{
    {'H', "{}"}, {'R', std::string(1000, '\0')}, {'R', ""}, {'E', "x"}, {'Z', "end"}};

/// A file of the first `count` frames; answers its path.
std::string write_file(const folder& in, const std::string& name, std::size_t count = frames.size(),
                       unsigned seed = 1) {
  crypto::test::seeded_random random(seed);
  backup_writer to(in.at(name), file_kind::backup, key_of(7), random);
  for (std::size_t i = 0; i < count; ++i) to.put(frames[i].first, frames[i].second);
  to.sync();
  return in.at(name);
}

/// How many frames come out as they went in; whether all is whole is the reader's to say.
std::size_t read_file(backup_reader& from) {
  std::size_t read = 0;
  while (const auto one = from.next()) {
    BOOST_REQUIRE(read < frames.size());
    BOOST_TEST(one->type == frames[read].first);
    BOOST_TEST((one->content == frames[read].second));
    ++read;
  }
  return read;
}

std::size_t read_file(const std::string& path) {
  const auto key = key_of(7);
  backup_reader from(path, file_kind::backup, key);
  return read_file(from);
}

/// The places where frames begin, and the end.
std::vector<std::size_t> places(const std::string& bytes) {
  std::vector<std::size_t> out{42};
  while (out.back() < bytes.size()) {
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i)
      size = size << 8 | static_cast<unsigned char>(bytes[out.back() + static_cast<size_t>(i)]);
    out.push_back(out.back() + 4 + size);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_files)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const folder at;
  const auto path = write_file(at, "b");
  BOOST_TEST(at.mode("b") == 0600u);
  const auto key = key_of(7);
  backup_reader from(path, file_kind::backup, key);
  BOOST_TEST(read_file(from) == frames.size());
  BOOST_TEST(from.ended());
  BOOST_TEST(!from.torn());
  BOOST_TEST(from.id().size() == 32u);
}

BOOST_AUTO_TEST_CASE(nothing_of_it_stands_there_in_clear) {
  const folder at;
  crypto::test::seeded_random random(1);
  const auto key = key_of(7);
  backup_writer to(at.at("b"), file_kind::backup, key, random);
  to.put('R', "a plain secret");
  to.put('R', "a plain secret");
  to.sync();
  const auto bytes = at.read("b");
  BOOST_TEST((bytes.find("a plain secret") == std::string::npos));
  const auto from = places(bytes);
  BOOST_TEST((bytes.substr(from[0], 30) != bytes.substr(from[1], 30)));
}

BOOST_AUTO_TEST_CASE(another_key_is_refused_and_named) {
  const folder at;
  const auto path = write_file(at, "b");
  const auto other = key_of(8);
  need_stop(outcome::bad_line, "another key",
            [&] { backup_reader(path, file_kind::backup, other); });
  const auto key = key_of(7);
  need_stop(outcome::bad_line, "other kind", [&] { backup_reader(path, file_kind::changes, key); });
  at.put("text", "something else that is long enough to be a header of ours, and is none");
  need_stop(outcome::bad_line, "no file of ours",
            [&] { backup_reader(at.at("text"), file_kind::backup, key); });
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_found) {
  const folder at;
  write_file(at, "b");
  const auto bytes = at.read("b");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    at.put("c", changed);
    bool found = false;
    try {
      const auto key = key_of(7);
      backup_reader from(at.at("c"), file_kind::backup, key);
      while (from.next()) {
      }
      found = !from.ended();  // a length that leads behind the end looks like a cut
    } catch (const stop&) {
      found = true;
    }
    BOOST_REQUIRE_MESSAGE(found, "byte " << i);
  }
}

BOOST_AUTO_TEST_CASE(frames_that_moved_are_found) {
  const folder at;
  write_file(at, "b");
  write_file(at, "other", frames.size(), 2);
  const auto bytes = at.read("b"), other = at.read("other");
  const auto from = places(bytes);
  const auto part = [&](std::size_t i) { return bytes.substr(from[i], from[i + 1] - from[i]); };
  const auto head = bytes.substr(0, 42);
  const std::vector<std::string> made{
      head + part(1) + part(0) + part(2) + part(3) + part(4),            // moved
      head + part(0) + part(2) + part(3) + part(4),                      // left out
      head + part(0) + part(1) + part(1) + part(2) + part(3) + part(4),  // repeated
      head + part(0) + part(4),                                          // the end put forward
      head + other.substr(42),                                           // of another file
      bytes + part(1),                                                   // behind the end
  };
  for (std::size_t i = 0; i < made.size(); ++i) {
    at.put("c" + std::to_string(i), made[i]);
    need_stop(outcome::untrue, "", [&] { read_file(at.at("c" + std::to_string(i))); });
  }
}

BOOST_AUTO_TEST_CASE(a_frame_of_an_abandoned_end_does_not_fit) {
  const folder at;
  write_file(at, "b", 2);
  const auto two = at.read("b");
  at.put("c", two);
  const auto key = key_of(7);
  const auto go_on = [&](const std::string& name, unsigned seed) {
    backup_reader from(at.at(name), file_kind::backup, key);
    read_file(from);
    crypto::test::seeded_random random(seed);
    backup_writer to(from, key, random);
    for (std::size_t i = 2; i < frames.size(); ++i) to.put(frames[i].first, frames[i].second);
  };
  go_on("b", 5);
  go_on("c", 6);
  const auto left = at.read("b"), right = at.read("c");
  BOOST_TEST(read_file(at.at("b")) == frames.size());
  const auto from = places(left);
  // the same places of the same file, written in two lives of it
  at.put("mixed", left.substr(0, from[3]) + right.substr(from[3]));
  need_stop(outcome::untrue, "moved", [&] { read_file(at.at("mixed")); });
}

BOOST_AUTO_TEST_CASE(a_cut_is_found_and_gone_on_from) {
  const folder at;
  write_file(at, "b");
  const auto bytes = at.read("b");
  const auto from = places(bytes);
  const auto key = key_of(7);
  for (std::size_t size = 42; size < bytes.size(); ++size) {
    const auto name = "c" + std::to_string(size);
    at.put(name, bytes.substr(0, size));
    backup_reader cut(at.at(name), file_kind::backup, key);
    const auto read = read_file(cut);
    BOOST_REQUIRE(!cut.ended());
    BOOST_REQUIRE(cut.torn() == (from[read] != size));
    crypto::test::seeded_random random(9);
    {
      backup_writer to(cut, key, random);
      for (std::size_t i = read; i < frames.size(); ++i) to.put(frames[i].first, frames[i].second);
    }
    BOOST_REQUIRE(read_file(at.at(name)) == frames.size());
    std::filesystem::remove(at.at(name));
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_loses_nothing) {
  const folder at;
  const auto key = key_of(7);
  crypto::test::seeded_random random(1);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handled = std::signal(SIGXFSZ, SIG_IGN);
  {
    backup_writer to(at.at("b"), file_kind::backup, key, random);
    to.put(frames[0].first, frames[0].second);
    rlimit small = before;
    small.rlim_cur = 500;  // the next frame is longer
    setrlimit(RLIMIT_FSIZE, &small);
    need_stop(outcome::bad_line, "goes on from there",
              [&] { to.put(frames[1].first, frames[1].second); });
    setrlimit(RLIMIT_FSIZE, &before);
    // in the same life as well as in the next one
    to.put(frames[1].first, frames[1].second);
  }
  std::signal(SIGXFSZ, handled);
  backup_reader from(at.at("b"), file_kind::backup, key);
  BOOST_TEST(read_file(from) == 2u);
  BOOST_TEST(!from.torn());
}

BOOST_AUTO_TEST_CASE(two_commands_do_not_write_one_file) {
  const folder at;
  const auto key = key_of(7);
  crypto::test::seeded_random random(1);
  backup_writer first(at.at("b"), file_kind::backup, key, random);
  backup_reader from(at.at("b"), file_kind::backup, key);
  from.next();
  need_stop(outcome::bad_line, "another command", [&] { backup_writer(from, key, random); });
  need_stop(outcome::bad_line, "cannot be made",
            [&] { backup_writer(at.at("b"), file_kind::backup, key, random); });
}

BOOST_AUTO_TEST_CASE(a_key_is_private_and_of_32_bytes) {
  const folder at;
  const std::string raw(32, 'k');
  at.put("raw", raw);
  at.put("hex", "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b\n");
  const auto one = read_backup_key(at.at("raw")), two = read_backup_key(at.at("hex"));
  BOOST_TEST(std::equal(one.bytes().begin(), one.bytes().end(), two.bytes().begin()));
  at.put("open", raw, 0640);
  at.put("short", raw.substr(1));
  at.put("long", raw + "x");
  need_stop(outcome::bad_line, "open to group", [&] { read_backup_key(at.at("open")); });
  need_stop(outcome::bad_line, "no key", [&] { read_backup_key(at.at("short")); });
  need_stop(outcome::bad_line, "no key", [&] { read_backup_key(at.at("long")); });
  need_stop(outcome::bad_line, "cannot be opened", [&] { read_backup_key(at.at("none")); });
}

BOOST_AUTO_TEST_SUITE_END()
