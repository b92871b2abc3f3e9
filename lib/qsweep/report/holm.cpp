#include "qsweep/report/holm.hpp"

#include <algorithm>
#include <numeric>

namespace qsweep {

std::vector<double> holm_corrected(const std::vector<double>& p) {
  std::vector<size_t> ascending(p.size());
  std::iota(ascending.begin(), ascending.end(), 0);
  std::stable_sort(
      ascending.begin(), ascending.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double least = 0;
  for (size_t rank = 0; rank < p.size(); ++rank) {
    const size_t test = ascending[rank];
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - rank) * p[test]));
    corrected[test] = least;
  }
  return corrected;
}

}  // namespace qsweep
