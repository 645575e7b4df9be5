#include "telemetry/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#include "telemetry/redaction.hpp"

using namespace glados::telemetry;

namespace {

enum class colour { red };
std::string_view to_string(colour) { return "red"; }

/// A folder of its own, removed at the end.
struct scratch {
  std::filesystem::path path;
  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "glados-log-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch() {
    close_log();
    std::filesystem::remove_all(path);
  }
  std::string file() const { return (path / "node.jsonl").string(); }
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in{path};
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string value_line(std::string_view value) {
  return format_line(0, level::info, "e", {field("v", value)});
}

std::string expected_line(const std::string& literal) {
  return R"({"time":"1970-01-01T00:00:00.000Z","level":"info","event":"e","v":)" + literal + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(structured_log)

BOOST_AUTO_TEST_CASE(a_line_has_time_level_event_and_fields) {
  auto line = format_line(1'795'424'461'007, level::warn, "claim.refused",
                          {field("shard", 5), field("code", "conflict"), field("late", true),
                           field("share", 0.5), field("colour", colour::red)});
  BOOST_TEST(line == R"({"time":"2026-11-23T09:01:01.007Z","level":"warn","event":"claim.refused",)"
                     R"("shard":5,"code":"conflict","late":true,"share":0.5,"colour":"red"})");
}

BOOST_AUTO_TEST_CASE(ids_are_hexadecimal_and_kept_whatever_they_look_like) {
  const auto line =
      format_line(0, level::info, "e",
                  {field("trace_id", log_id{0x4915112345678901U, 0x2345678901234567U}),
                   field("span_id", log_id{0, 0x00f067aa0ba902b7U, false})});
  BOOST_TEST(line.find(R"("trace_id":"49151123456789012345678901234567",)"
                       R"("span_id":"00f067aa0ba902b7")") != line.npos);
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_full_range) {
  auto line = format_line(0, level::info, "e",
                          {field("least", std::numeric_limits<std::int64_t>::min()),
                           field("most", std::numeric_limits<std::uint64_t>::max()),
                           field("none", std::numeric_limits<double>::quiet_NaN())});
  BOOST_TEST(line.find(R"("least":-9223372036854775808,"most":18446744073709551615,"none":null)") !=
             line.npos);
}

BOOST_AUTO_TEST_CASE(strings_are_escaped) {
  BOOST_TEST(value_line("a\"b\\c\n\x01") == expected_line(R"("a\"b\\c\u000a\u0001")"));
  BOOST_TEST(value_line("gr\xc3\xbc\xc3\x9f") == expected_line("\"gr\xc3\xbc\xc3\x9f\""));
}

BOOST_AUTO_TEST_CASE(broken_utf8_becomes_the_replacement_character) {
  for (std::string_view bad :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    auto line = value_line(bad);
    BOOST_TEST(line.find("\\ufffd") != line.npos);
    BOOST_TEST(std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20; }));
  }
}

BOOST_AUTO_TEST_CASE(what_looks_personal_is_replaced) {
  for (std::string_view secret :
       {"tel:+14155550123", "MAILTO:alice", "alice@example.org", "tel%3a1", "alice%40example",
        "call +1 (415) 555-0123 now", "+4915112345678", "14155550123", "code 123456", "#123456",
        "123456", "dGhpcyBpcyBhIHNlY3JldCB0b2tlbiBvZiBtaW5l"}) {
    BOOST_TEST_CONTEXT(secret) {
      BOOST_TEST(looks_personal(secret));
      BOOST_TEST(value_line(secret) == expected_line("\"[redacted]\""));
    }
  }
}

BOOST_AUTO_TEST_CASE(ordinary_words_stay) {
  for (std::string_view word :
       {"conflict", "a2b", "127.0.0.1:8443", "12345", "c++", "2026-11-23T09:01:01.123456Z",
        "a-long-name-of-lower-case-words-with-hyphens", "+12345", "node-1", ""}) {
    BOOST_TEST_CONTEXT(word) {
      BOOST_TEST(!looks_personal(word));
      BOOST_TEST(value_line(word) == expected_line('"' + std::string{word} + '"'));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_event_name_is_redacted_too) {
  auto line = format_line(0, level::info, "tel:+14155550123", {});
  BOOST_TEST(line.find("4155") == line.npos);
}

BOOST_AUTO_TEST_CASE(a_string_may_have_128_bytes) {
  BOOST_TEST(value_line(std::string(128, 'a')) == expected_line('"' + std::string(128, 'a') + '"'));
  BOOST_TEST(value_line(std::string(129, 'a')) == expected_line("\"[too long]\""));
}

BOOST_AUTO_TEST_CASE(lines_below_the_threshold_are_dropped) {
  scratch here;
  BOOST_REQUIRE(open_log(here.file(), level::warn));
  BOOST_TEST(!log_enabled(level::info));
  log_event(level::info, "quiet");
  log_event(level::warn, "loud");
  set_log_level(level::debug);
  log_event(level::debug, "finest");
  close_log();
  log_event(level::error, "after.the.end");
  auto lines = lines_of(here.file());
  BOOST_REQUIRE(lines.size() == 2u);
  BOOST_TEST(lines[0].find("\"loud\"") != std::string::npos);
  BOOST_TEST(lines[1].find("\"finest\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unwritable_path_is_reported) {
  BOOST_TEST(!open_log("/nonexistent/folder/log", level::info));
  BOOST_TEST(!log_enabled(level::error));
}

BOOST_AUTO_TEST_CASE(the_file_is_not_readable_by_others) {
  scratch here;
  BOOST_REQUIRE(open_log(here.file(), level::info));
  struct stat seen {};
  BOOST_REQUIRE(::stat(here.file().c_str(), &seen) == 0);
  BOOST_TEST((seen.st_mode & 07) == 0u);
}

BOOST_AUTO_TEST_CASE(after_a_rotation_lines_go_to_a_new_file) {
  scratch here;
  BOOST_REQUIRE(open_log(here.file(), level::info));
  log_event(level::info, "first");
  std::filesystem::rename(here.file(), here.file() + ".1");
  BOOST_TEST(reopen_log());
  log_event(level::info, "second");
  close_log();
  auto last = lines_of(here.file());
  BOOST_REQUIRE(!last.empty());
  BOOST_TEST(last.back().find("\"second\"") != std::string::npos);
  BOOST_TEST(lines_of(here.file() + ".1").size() + last.size() == 2u);
}

BOOST_AUTO_TEST_CASE(many_threads_write_whole_lines) {
  scratch here;
  BOOST_REQUIRE(open_log(here.file(), level::info));
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([w] {
      for (int i = 0; i < 500; ++i)
        log_event(level::info, "tick", {field("writer", w), field("i", i)});
    });
  for (auto& one : writers) one.join();
  close_log();
  auto lines = lines_of(here.file());
  BOOST_TEST(lines.size() == 2000u);
  for (const auto& line : lines) BOOST_REQUIRE((line.front() == '{' && line.back() == '}'));
}

BOOST_AUTO_TEST_SUITE_END()
