#pragma once

#include "qsweep/model/model.hpp"
#include "qsweep/model/script/batch_axis.hpp"
#include "qsweep/model/script/op_calls.hpp"
#include "qsweep/model/script/script_op.hpp"

#include <torch/types.h>

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

/// Runs an instrumented graph on images.
using ScriptRun =
    std::function<torch::Tensor(const torch::Tensor& images, const c10::intrusive_ptr<OpCalls>&)>;

torch::Tensor zero_images(const InputShape& input, int64_t images);

/// Brings the shapes of layers, which were listed with one image, from those of whole tensors to
/// those of one image: a run with two images shows where in each tensor they lie. Throws IoError
/// without a file: a tensor that mixes images, a network that fails on two.
void find_image_shapes(std::vector<ScriptLayer>& layers,
                       const std::vector<ScriptOp>& ops,
                       const InputShape& input,
                       const ScriptRun& run);

}  // namespace qsweep
