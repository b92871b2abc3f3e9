#include "qsweep/report/mcnemar.hpp"

#include "support/catch.hpp"

namespace qsweep {

TEST_CASE("McNemar's exact p is twice the tail of a fair coin", "[report]") {
  CHECK(mcnemar_exact_p(0, 5) == Approx(2.0 / 32));
  CHECK(mcnemar_exact_p(1, 5) == Approx(2.0 * (1 + 6) / 64));
  CHECK(mcnemar_exact_p(10, 2) == Approx(2.0 * (1 + 12 + 66) / 4096));
  CHECK(mcnemar_exact_p(2, 10) == mcnemar_exact_p(10, 2));
}

TEST_CASE("no more than chance is a p of 1", "[report]") {
  CHECK(mcnemar_exact_p(0, 0) == 1);
  CHECK(mcnemar_exact_p(3, 3) == 1);  // the two tails share the middle
  CHECK(mcnemar_exact_p(0, 1) == 1);
  CHECK(mcnemar_exact_p(1, 2) == 1);
}

// With exact fractions: 2 * sum(comb(n, k) for k in range(m + 1)) / 2**n.
TEST_CASE("the test stays exact where 2^n is no double any more", "[report]") {
  CHECK(mcnemar_exact_p(40, 60) == Approx(0.05688793364098079).epsilon(1e-9));
  CHECK(mcnemar_exact_p(5100, 4900) == Approx(0.04658552770494739).epsilon(1e-9));
  CHECK(mcnemar_exact_p(0, 50) == Approx(1.7763568394002505e-15).epsilon(1e-9));
  CHECK(mcnemar_exact_p(0, 50000) == 0);
}

}  // namespace qsweep
