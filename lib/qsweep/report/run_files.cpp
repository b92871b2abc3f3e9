#include "qsweep/report/run_files.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/report/result_columns.hpp"
#include "qsweep/report/timings.hpp"

namespace qsweep {

void write_run_files(const std::string& run_directory, const Results& results) {
  write_atomically(run_directory + "/results.csv", results_csv(results));
  write_atomically(run_directory + "/timings.csv", timings_csv(results));
}

}  // namespace qsweep
