#pragma once

#include "qsweep/model/slot.hpp"

#include <vector>

namespace qsweep::ops {

// Layers without parameters, as calls for slots. Types and ops are named as TorchScript names them,
// so that a network's zoo and TorchScript versions have the same sites.

Call relu();
Call relu6();
Call gelu();
Call add();
/// Adds a parameter of the network, which is no activation and stays in float: an Add of one input.
/// `parameter` is the network's member, which outlives the call.
Call add_parameter(const torch::Tensor* parameter);
Call mul();
/// Multiplies by a number: a Mul of one input.
Call scale(double factor);
Call matmul();
Call softmax(int64_t dim);
/// The average pooling whose kernel is the whole plane: (N, C, H, W) to (N, C, 1, 1).
Call avg_pool2d_of_plane();
/// Mean over each channel's plane, (N, C, H, W) to (N, C, 1, 1).
Call adaptive_avg_pool2d();
/// Mean over the given dimensions, which vanish.
Call mean(std::vector<int64_t> dims);

}  // namespace qsweep::ops
