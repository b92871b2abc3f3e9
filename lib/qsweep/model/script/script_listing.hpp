#pragma once

#include "qsweep/model/model.hpp"
#include "qsweep/model/script/batch_axis.hpp"
#include "qsweep/model/script/op_calls.hpp"
#include "qsweep/model/script/script_op.hpp"

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace qsweep {

/// A layer of a script and the op that it is.
struct ScriptLayer {
  Layer layer;
  int op = 0;                        // position in the list of instrument()
  std::vector<int> operands;         // places of the activations that it takes
  std::map<int, BatchAxis> batches;  // by place: of tensors that are not one image after another
  std::set<int> fixed;               // places of tensors that are made of parameters alone
};

/// What a run of an instrumented graph showed.
struct ScriptListing {
  std::vector<ScriptLayer> layers;  // in the order of execution
  std::vector<int> constant_ops;    // which take no activation: of parameters alone
  torch::Tensor output;
};

/// Runs the graph on an image of zeros, and on two to see where in each tensor the images lie; where
/// an op seems to be of parameters alone, on other images too. Throws IoError without a file: an op
/// of no table, a weight that is no parameter, a tensor that mixes images, or one that is made of
/// them though no gradient leads to it.
ScriptListing list_script(
    const torch::jit::Module& module,
    const std::vector<ScriptOp>& ops,
    const InputShape& input,
    const std::function<torch::Tensor(const torch::Tensor& image,
                                      const c10::intrusive_ptr<OpCalls>&)>& run);

/// The module that has an attribute, "layer1.0.conv1.weight".
torch::jit::Module owner_at(const torch::jit::Module& module, const std::string& path);
/// The tensor of an attribute; undefined if it is None.
torch::Tensor tensor_at(const torch::jit::Module& module, const std::string& path);

}  // namespace qsweep
