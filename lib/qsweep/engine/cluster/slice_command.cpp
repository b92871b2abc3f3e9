#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/engine/cluster/shell_words.hpp"

#include <algorithm>

namespace qsweep {

int workers_of_slice(const SlicedRun& run, int processors) {
  if (run.workers) {
    return *run.workers;
  }
  return run.devices > 0 ? run.devices : std::max(1, processors / run.threads);
}

std::string slice_command(const SlicedRun& run, const std::string& number, int workers) {
  std::vector<std::string> options{"-j", std::to_string(workers)};
  options.insert(options.end(), run.worker_options.begin(), run.worker_options.end());
  return shell_words({run.program, "worker", run.run_directory, "--slice"}) + " " + number + " " +
         shell_words(options);
}

std::string merge_command(const SlicedRun& run) {
  return shell_words({run.program, "worker", run.run_directory, "--merge"});
}

}  // namespace qsweep
