#include "storage/bulk_codec.hpp"

#include <boost/test/unit_test.hpp>

namespace glados::storage {

BOOST_AUTO_TEST_SUITE(bulk_codec)

BOOST_AUTO_TEST_CASE(results_come_back_as_they_were) {
  row_results sent{3, {}};
  sent.rows.push_back({1, row_status::created, errc::none, true, {{1, 2, 3}}, 0xFEEDBEEF});
  sent.rows.push_back({2, row_status::rejected, errc::identifier_invalid, false, {}, 0});
  sent.rows.push_back({300'000, row_status::conflict, errc::none, false, {}, 0});
  const auto text = encode(sent);
  const auto read = decode_results(text);
  BOOST_REQUIRE(read);
  BOOST_TEST(read->index_version == 3);
  BOOST_REQUIRE_EQUAL(read->rows.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& got = read->rows[i];
    const auto& was = sent.rows[i];
    BOOST_TEST((got.line == was.line && got.status == was.status && got.problem == was.problem));
    BOOST_TEST((got.has_claim == was.has_claim && got.key == was.key && got.salt == was.salt));
  }
  for (std::size_t size = 0; size < text.size(); ++size)
    BOOST_TEST(!decode_results(text.substr(0, size)));
  BOOST_TEST(!decode_results(text + "x"));
}

BOOST_AUTO_TEST_CASE(a_created_row_takes_little) {
  row_results sent{1, {}};
  for (std::uint32_t line = 1; line <= 100; ++line)
    sent.rows.push_back({line * 10, row_status::created, errc::none, true, {}, 0xFFFFFFFF});
  BOOST_TEST(encode(sent).size() <= 100u * 23 + 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
