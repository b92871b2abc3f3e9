#pragma once

#include "qsweep/plan/row_resolver.hpp"

#include <cstdint>

namespace qsweep {

/// How many bytes a worker is likely to take at most for a row's trial, files that it shares with
/// others (its libraries, decoded images) not counted. Follows from the layers' outputs, the
/// weights, and the stages' batches; the factors were measured on the zoo with LibTorch 1.13, where
/// it is 0.7 to 1.4 of what workers take (docs/performance.md).
int64_t expected_memory(const ResolvedRow& row);

}  // namespace qsweep
