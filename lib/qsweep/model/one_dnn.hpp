#pragma once

#include "qsweep/model/model.hpp"

namespace qsweep {

// LibTorch leaves convolutions on the CPU to oneDNN. In Debian 13's build (LibTorch 2.6.0, oneDNN
// 3.7.2) many whose channel counts are no multiples of 16 are wrong by half of their values, or
// NaN; see docs/numerics.md. So oneDNN is not trusted unseen.

/// Whether oneDNN computes a convolution that shows the defect right, with its gradients. Found
/// once per process, within milliseconds.
bool is_one_dnn_sound();

/// Whether the network's answers to two images of noise, and the gradients of its parameters, are
/// the same with oneDNN and without, up to rounding.
bool is_same_without_one_dnn(Model& model, const InputShape& input);

/// Whether LibTorch may use oneDNN in this process.
bool uses_one_dnn();

/// From now on LibTorch uses oneDNN if it is sound, or makes no difference to this network; found
/// once per process for networks of the same layers.
void settle_one_dnn(Model& model, const InputShape& input);

}  // namespace qsweep
