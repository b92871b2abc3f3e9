#include "qsweep/report/accuracy_change.hpp"

#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("the interval comes from the images on which the two differ", "[report]") {
  // delta = -4 %; variance 3 + 7 - 16/100 = 9.84; 1.96 * sqrt(9.84) = 6.1482798
  const AccuracyChange change = accuracy_change(3, 7, 100);
  CHECK(change.delta == Approx(-4.0));
  CHECK(change.low == Approx(-10.1482798).epsilon(1e-7));
  CHECK(change.high == Approx(2.1482798).epsilon(1e-7));
}

TEST_CASE("no image differs: no change and no doubt", "[report]") {
  const AccuracyChange change = accuracy_change(0, 0, 2000);
  CHECK(change.delta == 0);
  CHECK(change.low == 0);
  CHECK(change.high == 0);
}

TEST_CASE("all images changed one way: no variance is left", "[report]") {
  const AccuracyChange change = accuracy_change(10, 0, 10);
  CHECK(change.delta == Approx(100.0));
  CHECK(change.low == Approx(100.0));
  CHECK(change.high == Approx(100.0));
}

}  // namespace qsweep
