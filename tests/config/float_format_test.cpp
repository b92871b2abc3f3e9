#include "qsweep/config/float_format.hpp"

#include "support/catch.hpp"

using namespace qsweep;

TEST_CASE("float formats: bits, bias and largest number are those of OCP and IEEE", "[config]") {
  struct Known {
    std::string name;
    int bits;
    int bias;
    double max;
  };
  const std::vector<Known> table = {
      {"e4m3", 8, 7, 448},
      {"e5m2", 8, 15, 57344},
      {"e3m2", 6, 3, 28},
      {"e2m3", 6, 1, 7.5},
      {"e2m1", 4, 1, 6},
      {"fp16", 16, 15, 65504},
      {"e5m10", 16, 15, 65504},
      {"bf16", 16, 127, 338953138925153547590470800371487866880.0},
      {"e3m4", 8, 3, 31},  // all codes are numbers: (2 - 1/16) 2^4
  };
  for (const Known& known : table) {
    INFO(known.name);
    const auto format = float_format(known.name);
    REQUIRE(format);
    CHECK(format->bits() == known.bits);
    CHECK(format->bias() == known.bias);
    CHECK(format->max() == known.max);
  }
}

TEST_CASE("float formats: what is no name of one", "[config]") {
  for (const char* name : {"",
                           "e",
                           "e4",
                           "em",
                           "e4m",
                           "em3",
                           "m3e4",
                           "e1m3",
                           "e9m3",
                           "e4m0",
                           "e4m11",
                           "e04m3",
                           "e4m3x",
                           "E4M3",
                           "e4.m3",
                           "e-4m3",
                           "fp32",
                           "e4m 3"}) {
    INFO(name);
    CHECK_FALSE(float_format(name));
  }
}
