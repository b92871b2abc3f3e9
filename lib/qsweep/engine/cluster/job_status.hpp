#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/engine/cluster/engine.hpp"
#include "qsweep/report/results.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// How far a job's slices are, as the run's folder and the scheduler tell it. The state is as the
/// scheduler names it while something waits or runs; else
///   done      all trials have results
///   ended     the scheduler has nothing of it any more, whatever became of its trials
///   unknown   the scheduler was not there to be asked
struct JobStatus {
  struct SliceStatus {
    uint32_t number = 0;
    std::string state;
    size_t trials = 0;  // that the plan still has
    size_t done = 0;
    size_t failed = 0;
  };
  Job job;
  std::string state;                // of a job without slices, the merge
  std::vector<SliceStatus> slices;  // ascending
};

/// Of a run's jobs, in their order. `live` is what schedulers tell, nothing where none answered;
/// `slices` are all that the run ever had.
std::vector<JobStatus> job_status(const std::vector<Job>& jobs,
                                  const std::vector<Slice>& slices,
                                  const Results& results,
                                  const std::optional<std::vector<LiveElement>>& live);

/// "job 102 of slurm: slices 1 to 3, 5 RUNNING: 4 of 12 trials done, 1 failed": a line for each
/// state of each job.
std::string to_string(const JobStatus& status);
void to_json(Json& json, const JobStatus& status);

}  // namespace qsweep
