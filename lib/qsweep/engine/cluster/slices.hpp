#pragma once

#include "qsweep/journal/run_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// A part of a run that is run as one: what one element of a job array does. Its number stands for
/// the same trials for as long as the run's folder is there, so that a job that waited for a week
/// still knows what it is about.
struct Slice {
  uint32_t number = 0;
  int64_t made = 0;  // milliseconds since 1970
  std::vector<std::string> trials;
};

constexpr int64_t kUsualSlices = 64;  // of float trials, and of the others, at most

/// Slices that were made together: those of float trials, which have to end first, and after them
/// those of the others.
struct SliceRange {
  uint32_t first = 0;
  uint32_t floats = 0;
  uint32_t others = 0;
};

/// Trials spread over at most so many slices of similar work (Cost::trial_macs): longest first,
/// each to the slice that has least so far. The same for the same trials; no slice is empty.
std::vector<std::vector<std::string>> pack(const std::vector<FrozenTrial>& trials, size_t most);

/// Packs the trials, and adds the slices to slices.jsonl of the run's folder: a line
/// {"made", "slice", "trials"} each. Throws WriteError.
SliceRange add_slices(const std::string& run_directory,
                      const std::vector<FrozenTrial>& trials,
                      size_t most);

/// All slices that a run ever had, by number. Throws IoError for a damaged file.
std::vector<Slice> read_slices(const std::string& run_directory);

/// Throws IoError if the run has no such slice.
Slice read_slice(const std::string& run_directory, uint32_t number);

}  // namespace qsweep
