#include "qsweep/report/accuracy_change.hpp"

#include <algorithm>
#include <cmath>

namespace qsweep {

AccuracyChange accuracy_change(int64_t won, int64_t lost, int64_t images) {
  constexpr double kPercent = 100;
  constexpr double kNormal95 = 1.96;
  const auto n = static_cast<double>(images);
  const auto gain = static_cast<double>(won - lost);
  const double variance = std::max(0.0, static_cast<double>(won + lost) - gain * gain / n);
  const double delta = kPercent * gain / n;
  const double half = kPercent * kNormal95 * std::sqrt(variance) / n;
  return {delta, delta - half, delta + half};
}

}  // namespace qsweep
