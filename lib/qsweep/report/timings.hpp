#pragma once

#include "qsweep/report/results.hpp"

#include <string>

namespace qsweep {

/// timings.csv: a line per trial that ran, named after the first row that shows it: the seconds of
/// each stage, images per second, how often that was timed, peak memory, host.
std::string timings_csv(const Results& results);

}  // namespace qsweep
