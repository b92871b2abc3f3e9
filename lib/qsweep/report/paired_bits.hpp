#pragma once

#include "qsweep/report/comparison.hpp"

#include <optional>
#include <string>

namespace qsweep {

/// Two trials, image by image.
struct PairedBits {
  std::optional<PairedTest> test;  // without Holm's correction
  std::string obstacle;            // why there is none: "other images are evaluated ..."
};

/// Pairs two rows that have a result, if the same images were evaluated and both trials left
/// correct.bits that agree with the journal.
PairedBits pair_bits(const RunInFolder& base,
                     const RowResult& base_row,
                     const RunInFolder& now,
                     const RowResult& row);

}  // namespace qsweep
