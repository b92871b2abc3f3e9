#pragma once

#include "qsweep/engine/row_filter.hpp"
#include "qsweep/report/results.hpp"

#include <cstdint>
#include <vector>

namespace qsweep {

/// Which part of a run is asked for.
struct SelectionOptions {
  RowFilter only;  // empty: all rows
  RowFilter skip;
  bool failed = false;  // only what failed, for whatever reason
};

/// The trials of a run that a command is about, as positions in the plan, ascending.
struct Selection {
  std::vector<uint32_t> trials;  // all of them, with the float trials that they are compared with
  std::vector<uint32_t> to_run;  // those without a result that running them could give
};

/// What has a result is never run again. A failure is, if it may have been bad luck (a crash, a
/// kill, memory, time), or if failures are asked for.
Selection select_trials(const Results& results, const SelectionOptions& options);

}  // namespace qsweep
