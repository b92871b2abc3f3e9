#pragma once

#include "qsweep/engine/cluster/slices.hpp"
#include "qsweep/report/results.hpp"

#include <cstddef>
#include <vector>

namespace qsweep {

/// What a slice has left to do.
struct SliceWork {
  std::vector<FrozenTrial> to_run;
  /// Trials whose float trial is none of this slice's and may still get a result.
  size_t waiting = 0;
};

/// A trial of the slice runs if it has no result, and if it failed, then by bad luck or before the
/// slice was made. Trials that the plan no longer has are gone.
SliceWork work_of(const Slice& slice, const Results& results);

}  // namespace qsweep
