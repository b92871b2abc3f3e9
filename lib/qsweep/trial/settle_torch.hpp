#pragma once

namespace qsweep {

/// Makes this process's LibTorch compute the same on every run: with so many threads, and with what
/// does not depend on timing or on less than float32.
void settle_torch(int threads);

}  // namespace qsweep
