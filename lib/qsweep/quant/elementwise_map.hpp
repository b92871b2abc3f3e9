#pragma once

#include "qsweep/quant/quantizer.hpp"

#include <torch/types.h>

#include <cstdint>
#include <memory>

namespace qsweep {

/// A map of float tensors of the CPU that treats each element alone, with parameters per tensor or
/// per channel. Autograd sees maps through this class, so that it is compiled once and not for each
/// kernel of elementwise.hpp.
class ElementwiseMap {
 public:
  virtual ~ElementwiseMap() = default;

  int64_t axis() const { return axis_; }      // the channels'
  int64_t scales() const { return scales_; }  // 1 is the whole tensor's

  /// The same map with the channels on another axis.
  virtual std::shared_ptr<const ElementwiseMap> along(int64_t axis) const = 0;
  /// Is its backward fast where the channels are neighbours in memory?
  virtual bool has_backward_rows() const = 0;
  /// Fills y, of x's memory layout; they may be the same. True if every x is finite.
  virtual bool forward(const torch::Tensor& x, torch::Tensor& y) const = 0;
  /// Fills dx, of x's and dy's memory layout. Returns the gradients of what the map learns, double
  /// (numbers, scales) with 0 to 2 numbers.
  virtual torch::Tensor backward(const torch::Tensor& x,
                                 const torch::Tensor& dy,
                                 torch::Tensor& dx) const = 0;

 protected:
  ElementwiseMap(int64_t axis, int64_t scales) : axis_(axis), scales_(scales) {}
  ElementwiseMap(const ElementwiseMap&) = default;
  ElementwiseMap& operator=(const ElementwiseMap&) = default;

 private:
  int64_t axis_;
  int64_t scales_;
};

/// Quantizes x, differentiable in x and in `learned`, the numbers that the map learns, (numbers,
/// scales), or undefined; in place where nobody else holds x and no gradient is recorded.
Quantized map_elements(torch::Tensor x, const ElementwiseMap& map, const torch::Tensor& learned);

}  // namespace qsweep
