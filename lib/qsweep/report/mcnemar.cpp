#include "qsweep/report/mcnemar.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep {

double mcnemar_exact_p(int64_t won, int64_t lost) {
  const auto n = static_cast<double>(won + lost);
  const auto smaller = static_cast<double>(std::min(won, lost));
  // The largest term of the tail, (n choose smaller) / 2^n, by logarithms: 2^n overflows early.
  double term = std::exp(std::lgamma(n + 1) - std::lgamma(smaller + 1) -
                         std::lgamma(n - smaller + 1) - n * std::log(2.0));
  double tail = 0;
  for (double k = smaller; k >= 0 && term > tail * 1e-17; --k) {
    tail += term;
    term *= k / (n - k + 1);
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace qsweep
