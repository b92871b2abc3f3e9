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

/// Runs the trials named by the lines of standard input, {"repeats": how often the evaluation is
/// timed, "trial": ID}; tells events as JSON lines
/// and appends each record to the journal of that name. Until the input ends, or a signal asks to
/// stop: then it ends by that signal, once its trial has a result or its training a checkpoint.
void run_trials(Workbench::Options options, const std::string& journal_name);

/// What to write of which trial; see export_trial().
struct ExportRequest {
  std::string trial;
  std::string as;
  std::string out;  // the file
};

/// Prints one JSON line: what export_trial() tells, or {"error"}. Throws WriteError.
void export_kept(const ExportRequest& request, const Workbench::Options& options);

}  // namespace qsweep
