#pragma once

#include "qsweep/model/dispatch/dispatched_op.hpp"
#include "qsweep/model/layer_tensors.hpp"
#include "qsweep/model/model.hpp"

#include <torch/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// One op of a forward, in its place among all that count.
struct ListedOp {
  /// What of a layer it computes. C++'s nn::Linear computes tokens by two ops, which are one layer.
  enum class Part {
    None,  // of parameters and constants alone, or its output is no activation
    Whole,
    Product,  // a linear layer whose bias the next op adds
    Bias,     // that one
  };

  std::string name;                             // for messages
  const c10::FunctionSchema* schema = nullptr;  // of the operator
  Part part = Part::None;
  int layer = -1;
  std::vector<int> operands;                  // positions of the arguments with activations
  int weight = -1;                            // position of the weight
  int bias = -1;                              // position of a product's bias, given or not
  bool transposed = false;                    // it computes with the transpose of its weight
  std::optional<c10::OperatorHandle> handle;  // of products
  std::vector<c10::IValue> arguments;         // likewise, without their tensors
};

/// What running a module once showed.
struct DispatchListing {
  std::vector<ListedOp> ops;          // all that count, in order
  std::vector<Layer> layers;          // in the order of execution
  std::vector<LayerTensors> tensors;  // of each layer
  torch::Tensor output;
};

/// Runs the module on an image of zeros; where an op seems to be of parameters alone, on other
/// images too. A layer with parameters is named by the path of its parameters, any other `<path of
/// the last parameter's module>.<op>`. Throws IoError without a file: an op of no table, a weight
/// that is no parameter, a tensor that is made of the image though no gradient leads to it.
DispatchListing list_dispatched(const ModuleTensors& own,
                                const std::function<torch::Tensor(torch::Tensor)>& forward,
                                const InputShape& input);

}  // namespace qsweep
