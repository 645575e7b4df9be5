// Entry point of every Boost.Test program.
#define BOOST_TEST_MODULE glados
#include <boost/test/unit_test.hpp>
