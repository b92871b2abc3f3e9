#pragma once

#include "qsweep/core/random_stream.hpp"
#include "qsweep/quant/kernels/noise.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <optional>

namespace qsweep {

/// What a stochastic quantizer draws from: while training a new key for each tensor that passes,
/// else none.
class NoiseStream {
 public:
  void begin(const Phase& phase);
  std::optional<kernels::NoiseKey> next();

 private:
  std::optional<RandomStream> stream_;
};

/// The numbers of a key over a tensor as kernels see them, of its type and on its device: a number
/// belongs to a place in memory, which strides tell; x is dense.
torch::Tensor noise_like(const torch::Tensor& x, const kernels::NoiseKey& key);

}  // namespace qsweep
