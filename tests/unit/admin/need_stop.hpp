// What a command refuses, and in which words.
#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>

#include "admin/outcome.hpp"

namespace glados::admin::test {

/// Fails unless `act` ends by a `stop` of that outcome that says `words`.
inline void need_stop(outcome how, const std::string& words, const std::function<void()>& act) {
  try {
    act();
    BOOST_ERROR("nothing was found: " + words);
  } catch (const stop& why) {
    BOOST_TEST((why.how == how), why.what());
    BOOST_TEST((std::string(why.what()).find(words) != std::string::npos), why.what());
  }
}

}  // namespace glados::admin::test
