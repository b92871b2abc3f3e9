#pragma once

#include "qsweep/model/script/image_shapes.hpp"

#include <torch/csrc/jit/api/module.h>

#include <vector>

namespace qsweep {

/// What a run of an instrumented graph showed.
struct ScriptListing {
  std::vector<ScriptLayer> layers;  // in the order of execution
  std::vector<int> constant_ops;    // which take no activation: of parameters alone
  torch::Tensor output;
};

/// Runs the graph on an image of zeros, and on two to see where in each tensor the images lie;
/// where an op seems to be of parameters alone, on other images too. Throws IoError without a file:
/// an op of no table, a weight that is no parameter, a tensor that mixes images, or one that is
/// made of them though no gradient leads to it.
ScriptListing list_script(const torch::jit::Module& module,
                          const std::vector<ScriptOp>& ops,
                          const InputShape& input,
                          const ScriptRun& run);

}  // namespace qsweep
