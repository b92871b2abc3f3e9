#pragma once

#include "qsweep/report/results.hpp"

#include <string>

namespace qsweep {

/// Writes results.csv and timings.csv of a run, each as a whole or not at all. Throws WriteError.
void write_run_files(const std::string& run_directory, const Results& results);

}  // namespace qsweep
