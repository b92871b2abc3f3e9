#pragma once

#include "qsweep/tables/tables.hpp"
#include "qsweep/trial/workbench.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// Prints it on a line of its own, whatever a script, a plugin or a library has printed.
void tell(const Json& line);

/// The worker's tables, with what plugins add: paths of shared libraries, whose code runs. Throws
/// IoError, see load_plugin().
Tables tables_with(const std::vector<std::string>& plugins);

/// The same with the plugins that a run was planned with. Throws IoError if one is another build.
Tables tables_of_run(const std::string& run_directory);

/// Prints everything that an experiment file can name, as one JSON line. Before it a line
/// {"loading": number} and a line {"plugin": PluginFacts} for each plugin; {"error"} is the last
/// where one cannot be loaded. Lines that are no JSON are a plugin's own.
void tell_catalog(const std::vector<std::string>& plugins);

/// Answers one JSON request per line of standard input with one line: {"settings", "model"} with
/// {"data", "model"}, {"inspect": ModelQuestion} with {"model"}, a CorrectionQuestion with
/// {"corrected_layers"}; or with {"error"}, and "cannot_write" where a file cannot be written.
/// Until the input ends.
void answer_facts(const Tables& tables, const std::string& cache_directory, int threads);

/// Runs the trials named by the lines of standard input, {"repeats": how often the evaluation is
/// timed, "trial": ID}; tells events as JSON lines
/// and appends each record to the journal of that name. Until the input ends, or a signal asks to
/// stop: then it ends by that signal, once its trial has a result or its training a checkpoint.
void run_trials(Tables tables, Workbench::Options options, const std::string& journal_name);

/// What to write of which trial; see export_trial().
struct ExportRequest {
  std::string trial;
  std::string as;
  std::string out;  // the file
};

/// Prints one line of JSON: what export_trial() tells, or {"error"}. Throws WriteError.
void export_kept(const ExportRequest& request, Tables tables, const Workbench::Options& options);

}  // namespace qsweep
