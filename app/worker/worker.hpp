#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/trial/workbench.hpp"

#include <string>

namespace qsweep {

/// Everything that an experiment file can name, gathered from the worker's tables.
Catalog whole_catalog();

/// Answers one JSON request per line of standard input with one line: {"settings", "model"} with
/// {"data", "model"}, {"inspect": ModelQuestion} with {"model"}, a CorrectionQuestion with
/// {"corrected_layers"}; or with {"error", "about"}.
/// Until the input ends.
void answer_facts(const std::string& cache_directory, int threads);

/// Runs the trials named by the lines of standard input, {"trial": ID}; tells events as JSON lines
/// and appends each record to the journal of that name. Until the input ends.
void run_trials(const Workbench::Options& options, const std::string& journal_name);

}  // namespace qsweep
