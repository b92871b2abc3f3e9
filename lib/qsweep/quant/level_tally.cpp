#include "qsweep/quant/level_tally.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qsweep {

int64_t LevelTally::levels() const {
  return std::count_if(seen.begin(), seen.end(), [](uint8_t occurred) { return occurred != 0; });
}

double LevelTally::saturation() const {
  return elements == 0 ? 0 : static_cast<double>(saturated) / static_cast<double>(elements);
}

double LevelTally::sqnr_db() const {
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

}  // namespace qsweep
