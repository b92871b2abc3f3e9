#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// Something that a scheduler took: an array that runs slices, element i the slice first + i; or,
/// with no slices, what merges the run.
struct Job {
  std::string engine;  // "slurm"
  std::string id;      // as the scheduler names it
  uint32_t first = 0;
  uint32_t slices = 0;
};

/// jobs.jsonl of a run's folder: {"engine", "first", "job", "slices"} for each job ever submitted.
/// Throws IoError for a damaged file.
std::vector<Job> read_jobs(const std::string& run_directory);
/// Throws WriteError.
void add_job(const std::string& run_directory, const Job& job);

}  // namespace qsweep
