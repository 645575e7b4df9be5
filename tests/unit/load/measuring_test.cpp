// The arithmetic of the load generator: what it measures with and whom it asks for.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "load/histogram.hpp"
#include "load/keys.hpp"
#include "load/pause.hpp"
#include "load/response.hpp"
#include "load/schedule.hpp"

using namespace glados::load;

BOOST_AUTO_TEST_SUITE(load_histogram)

BOOST_AUTO_TEST_CASE(small_values_are_exact) {
  latency_histogram h;
  for (std::uint64_t v = 1; v <= 100; ++v) h.record(v);
  BOOST_TEST(h.count() == 100u);
  BOOST_TEST(h.percentile(50) == 50u);
  BOOST_TEST(h.percentile(99) == 99u);
  BOOST_TEST(h.percentile(100) == 100u);
  BOOST_TEST(h.percentile(0) == 1u);
  BOOST_TEST(h.max() == 100u);
  BOOST_TEST(h.mean() == 50.5, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(percentiles_are_never_below_and_at_most_a_thousandth_above) {
  std::vector<std::uint64_t> values;
  std::uint64_t seed = 7;
  for (int i = 0; i < 20'000; ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    values.push_back(1 + (seed >> 33) % (1ULL << (1 + i % 36)));
  }
  latency_histogram h;
  for (const auto v : values) h.record(v);
  std::sort(values.begin(), values.end());
  for (const double percent : {0.01, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::lround(percent * 200));
    const auto exact = values[std::max<std::size_t>(rank, 1) - 1];
    BOOST_TEST_CONTEXT("percentile " << percent) {
      BOOST_TEST(h.percentile(percent) >= exact);
      BOOST_TEST(h.percentile(percent) <= exact + exact / 1024 + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_rank_of_a_percentile_is_not_rounded_up_by_binary_fractions) {
  latency_histogram h;
  for (int i = 0; i < 999; ++i) h.record(10);
  h.record(100);
  BOOST_TEST(h.percentile(99.9) == 10u);
  BOOST_TEST(h.percentile(99.95) == 100u);
}

BOOST_AUTO_TEST_CASE(huge_values_share_the_last_bucket_and_keep_the_maximum) {
  latency_histogram h;
  h.record(~0ULL);
  h.record(1ULL << 45);
  BOOST_TEST(h.percentile(50) == ~0ULL);
  BOOST_TEST(h.max() == ~0ULL);
}

BOOST_AUTO_TEST_CASE(merging_equals_recording_in_one) {
  latency_histogram a, b, both;
  for (std::uint64_t v = 1; v < 100'000; v += 7) {
    (v % 2 ? a : b).record(v);
    both.record(v);
  }
  a.merge(b);
  BOOST_TEST(a.count() == both.count());
  BOOST_TEST(a.max() == both.max());
  for (const double percent : {10.0, 50.0, 99.0})
    BOOST_TEST(a.percentile(percent) == both.percentile(percent));
}

BOOST_AUTO_TEST_CASE(a_coarse_one_is_as_coarse_as_it_says) {
  latency_histogram h(5);
  h.record(1'000'003);
  h.record(9'000'000);
  BOOST_TEST(h.percentile(50) >= 1'000'003u);
  BOOST_TEST(h.percentile(50) <= 1'000'003u + 1'000'003u / 32);
  BOOST_TEST(h.percentile(50) > 1'000'003u + 1'000'003u / 1024);
}

BOOST_AUTO_TEST_CASE(its_steps_say_the_same_as_itself) {
  latency_histogram h;
  for (std::uint64_t v = 1; v < 5'000'000; v += 1'237) h.record(v);
  std::uint64_t count = 0, before = 0;
  for (const auto& [value, times] : h.steps()) {
    BOOST_TEST(value > before);
    before = value;
    count += times;
  }
  BOOST_TEST(count == h.count());
  BOOST_TEST(before == h.max());
  h.clear();
  BOOST_TEST(h.steps().empty());
  BOOST_TEST(h.max() == 0u);
  BOOST_TEST(h.mean() == 0.0);
}

BOOST_AUTO_TEST_CASE(an_empty_one_says_zero) {
  const latency_histogram h;
  BOOST_TEST(h.percentile(99) == 0u);
  BOOST_TEST(h.mean() == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_schedule)

BOOST_AUTO_TEST_CASE(lanes_together_keep_the_rate_evenly) {
  std::vector<std::uint64_t> due;
  for (unsigned lane = 0; lane < 3; ++lane) {
    send_schedule schedule(1000, lane, 3);
    for (int i = 0; i < 100; ++i, schedule.advance()) due.push_back(schedule.due());
  }
  std::sort(due.begin(), due.end());
  for (std::size_t i = 0; i < due.size(); ++i) BOOST_TEST(due[i] == i * 1'000'000);
}

BOOST_AUTO_TEST_CASE(lanes_share_all_requests) {
  for (const std::uint64_t all : {1u, 7u, 100u, 401u})
    BOOST_TEST(share_of(all, 0, 3) + share_of(all, 1, 3) + share_of(all, 2, 3) == all);
  BOOST_TEST(share_of(0, 2, 3) == ~0ULL);
}

BOOST_AUTO_TEST_CASE(no_drift_at_a_rate_that_does_not_divide_a_second) {
  send_schedule schedule(30'007, 0, 1);
  for (int i = 0; i < 30'007 * 60; ++i) schedule.advance();
  BOOST_TEST(schedule.due() / 1000 == 60'000'000u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_poisson_schedule)

BOOST_AUTO_TEST_CASE(lanes_together_are_one_process_of_the_rate) {
  std::vector<std::uint64_t> due;
  for (unsigned lane = 0; lane < 4; ++lane) {
    send_schedule schedule(1000, lane, 4, glados::workload::draw(11, "schedule", lane));
    for (; schedule.due() < 100'000'000'000; schedule.advance()) due.push_back(schedule.due());
  }
  // 100,000 are expected, with a standard deviation of 316.
  BOOST_TEST(due.size() > 98'500u);
  BOOST_TEST(due.size() < 101'500u);
  std::sort(due.begin(), due.end());
  // Of exponential gaps 63.2 % are shorter than their mean, of even ones none.
  std::size_t shorter = 0;
  for (std::size_t i = 1; i < due.size(); ++i) shorter += due[i] - due[i - 1] < 1'000'000;
  BOOST_TEST(static_cast<double>(shorter) > 0.62 * static_cast<double>(due.size()));
  BOOST_TEST(static_cast<double>(shorter) < 0.645 * static_cast<double>(due.size()));
}

BOOST_AUTO_TEST_CASE(a_seed_decides_every_start) {
  const auto take = [](std::uint64_t seed) {
    send_schedule schedule(500, 0, 1, glados::workload::draw(seed, "schedule"));
    std::vector<std::uint64_t> out;
    for (int i = 0; i < 50; ++i, schedule.advance()) out.push_back(schedule.due());
    return out;
  };
  BOOST_TEST(take(1) == take(1));
  BOOST_TEST(take(1) != take(2));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_pauses)

BOOST_AUTO_TEST_CASE(only_whole_spans_are_taken) {
  for (const char* good : {"0", "0.5", "0.2..3", "3600", "0..1"})
    BOOST_TEST(parse_pause(good).has_value(), good);
  for (const char* bad : {"", "..", "1..", "..5", "-1", "3..1", "2..2", "3601", "1x", "nan", "inf"})
    BOOST_TEST(!parse_pause(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(means_are_as_asked) {
  for (const char* text : {"0.4", "0.1..0.7"}) {
    const auto law = *parse_pause(text);
    glados::workload::draw from(3, "pauses");
    double sum = 0, least = 1e9;
    for (int i = 0; i < 100'000; ++i) {
      const auto one = law.draw(from);
      sum += one;
      least = std::min(least, one);
    }
    BOOST_TEST(sum / 100'000 == 0.4, boost::test_tools::tolerance(0.02));
    BOOST_TEST((least >= 0.1) == (std::string_view(text) == "0.1..0.7"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_keys)

BOOST_AUTO_TEST_CASE(only_whole_ranges_are_taken) {
  BOOST_TEST(parse_key_space("14152000000..50000").has_value());
  for (const char* bad : {"", "..", "1..", "..5", "0..5", "12..0", "12,5", "99990..10", "1x..5",
                          "1234567890123456..5", "14152000000..10000001", "14152000000..5 "})
    BOOST_TEST(!parse_key_space(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(unknown_numbers_come_as_often_as_asked_and_from_behind_the_known) {
  auto space = *parse_key_space("14152000000..1000");
  space.unknown_share = 0.5;
  key_picker picker(space, 42, 0, 1, nullptr);
  int unknown = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto at = picker.next();
    BOOST_REQUIRE(at >= 14152000000u);
    BOOST_REQUIRE(at < 14152002000u);
    unknown += at >= 14152001000u;
  }
  BOOST_TEST(unknown > 49'000);
  BOOST_TEST(unknown < 51'000);
}

BOOST_AUTO_TEST_CASE(a_seed_decides_everything_and_lanes_differ) {
  const auto space = *parse_key_space("14152000000..50000");
  const auto take = [&](std::uint64_t seed, unsigned lane) {
    key_picker picker(space, seed, lane, 2, nullptr);
    std::vector<std::uint64_t> out;
    for (int i = 0; i < 20; ++i) out.push_back(picker.next());
    return out;
  };
  BOOST_TEST(take(1, 0) == take(1, 0));
  BOOST_TEST(take(1, 0) != take(2, 0));
  BOOST_TEST(take(1, 0) != take(1, 1));
}

BOOST_AUTO_TEST_CASE(lanes_in_sequence_cover_every_number_once) {
  auto space = *parse_key_space("100..50");
  space.sequential = true;
  space.unknown_share = 0.5;
  std::multiset<std::uint64_t> seen;
  for (unsigned lane = 0; lane < 3; ++lane) {
    key_picker picker(space, 1, lane, 3, nullptr);
    for (unsigned i = lane; i < 100; i += 3) seen.insert(picker.next());
  }
  BOOST_TEST(seen.size() == 100u);
  BOOST_TEST(std::set(seen.begin(), seen.end()).size() == 100u);
  BOOST_TEST(*seen.rbegin() == 199u);
}

BOOST_AUTO_TEST_CASE(popularity_falls_with_the_rank) {
  const auto space = *parse_key_space("10000..1000");
  key_picker picker(space, 5, 0, 1, std::make_shared<zipf_table>(1000, 1.0));
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 100'000; ++i) ++seen[picker.next() - 10000];
  // The harmonic number of 1,000 is 7.49: the first rank gets 13.4 %, the tenth a tenth of that.
  BOOST_TEST(seen[0] > 12'700);
  BOOST_TEST(seen[0] < 14'000);
  BOOST_TEST(seen[9] > 1'100);
  BOOST_TEST(seen[9] < 1'600);
  BOOST_TEST(seen.rbegin()->first < 1000u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(load_response)

using progress = response_reader::progress;

progress read_in_pieces(std::string_view text, std::size_t piece, response_reader& reader) {
  auto got = progress::more;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    BOOST_REQUIRE(got == progress::more);
    got = reader.feed(text.substr(at, piece));
  }
  return got;
}

BOOST_AUTO_TEST_CASE(answers_end_where_they_end_however_they_are_cut) {
  const std::vector<std::pair<std::string, int>> answers{
      {"HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\n\r\nhello", 200},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a;x=1\r\n"
       "abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
       200},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", 200}};
  for (const auto& [text, status] : answers)
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      response_reader reader;
      BOOST_TEST_CONTEXT(text << " in pieces of " << piece) {
        BOOST_TEST((read_in_pieces(text, piece, reader) == progress::done));
        BOOST_TEST(reader.status() == status);
        BOOST_TEST(!reader.closes());
      }
    }
}

BOOST_AUTO_TEST_CASE(a_closing_answer_says_so_and_a_reset_forgets_it) {
  response_reader reader;
  BOOST_TEST((reader.feed("HTTP/1.1 503 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") ==
              progress::done));
  BOOST_TEST(reader.closes());
  reader.reset();
  BOOST_TEST(!reader.closes());
}

BOOST_AUTO_TEST_CASE(a_body_is_kept_when_it_is_asked_for) {
  const std::string text = "HTTP/1.1 202 A\r\nContent-Length: 12\r\n\r\n{\"id\":\"abc\"}";
  for (const bool keep : {true, false})
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      response_reader reader;
      reader.reset(keep);
      BOOST_TEST((read_in_pieces(text, piece, reader) == progress::done));
      BOOST_TEST(reader.body() == (keep ? "{\"id\":\"abc\"}" : ""));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_malformed) {
  for (const char* bad : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", "SSH-2.0-x\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    response_reader reader;
    BOOST_TEST((reader.feed(bad) == progress::malformed), bad);
  }
}

BOOST_AUTO_TEST_SUITE_END()
