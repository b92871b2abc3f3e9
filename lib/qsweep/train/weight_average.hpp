#pragma once

#include "qsweep/model/model.hpp"

#include <torch/types.h>

#include <vector>

namespace qsweep {

/// The exponential moving average of tensors while they are trained: at first their values, after
/// each step decay * average + (1 - decay) * value (Polyak and Juditsky 1992; decay is constant).
class WeightAverage {
 public:
  explicit WeightAverage(double decay) : decay_(decay) {}

  /// From here on averages these tensors, except those of integers. Those that it averages already
  /// go on; the average of the others starts from their present values.
  void follow(const std::vector<torch::Tensor>& tensors);
  /// After a step.
  void update();
  /// Puts the averages in the tensors' place; the next call puts the values back.
  void swap();

  /// The averages, in the order in which follow() named the tensors; load_state() wants as many.
  NamedTensors state() const;
  void load_state(const NamedTensors& state);

 private:
  struct Entry {
    torch::Tensor tensor;
    torch::Tensor average;
  };
  double decay_;
  std::vector<Entry> entries_;
};

}  // namespace qsweep
