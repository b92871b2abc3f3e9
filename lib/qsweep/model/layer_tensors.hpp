#pragma once

#include <torch/types.h>

namespace qsweep {

/// What a layer computes with: the network's own tensors, undefined where it has none.
struct LayerTensors {
  torch::Tensor weight;    // of a product or a norm; a leaf
  torch::Tensor bias;      // likewise
  torch::Tensor mean;      // running statistics of a batch norm, whose output is
  torch::Tensor variance;  // weight (x - mean) / sqrt(variance + eps) + bias
  double eps = 0;
};

}  // namespace qsweep
