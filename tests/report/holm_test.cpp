#include "qsweep/report/holm.hpp"

#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("Holm multiplies the smallest p most, and keeps their order", "[report]") {
  // 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04, which may not be below the one before
  const std::vector<double> corrected = holm_corrected({0.01, 0.04, 0.03, 0.005});
  REQUIRE(corrected.size() == 4);
  CHECK(corrected[0] == Approx(0.03));
  CHECK(corrected[1] == Approx(0.06));
  CHECK(corrected[2] == Approx(0.06));
  CHECK(corrected[3] == Approx(0.02));
}

TEST_CASE("a corrected p is at most 1, and one test needs no correction", "[report]") {
  CHECK(holm_corrected({0.7, 0.6, 1}) == std::vector<double>{1, 1, 1});
  CHECK(holm_corrected({0.04}) == std::vector<double>{0.04});
  CHECK(holm_corrected({}).empty());
}

}  // namespace qsweep
