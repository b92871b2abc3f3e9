#pragma once

#include <vector>

#include "qsweep/model/slot.hpp"

namespace qsweep::ops {

// Layers without parameters, as calls for slots. Types and ops are named as TorchScript names them,
// so that a network's zoo and TorchScript versions have the same sites.

Call relu();
Call relu6();
Call gelu();
Call add();
Call mul();
Call matmul();
Call softmax(int64_t dim);
Call avg_pool2d(int64_t kernel);
/// Mean over each channel's plane, (N, C, H, W) to (N, C, 1, 1).
Call adaptive_avg_pool2d();
/// Mean over the given dimensions, which vanish.
Call mean(std::vector<int64_t> dims);

}  // namespace qsweep::ops
