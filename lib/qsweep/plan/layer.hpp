#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/core/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// One call of one module or of one functional op. Layers are listed in the order of execution.
struct Layer {
  std::string name;  // "layer1.0.conv1"; without parameters "<path>.<op>": "layer1.0.add"
  std::string type;  // Conv2d, ReLU, Add, ...
  std::string op;    // conv2d, relu, add, ...
  std::vector<int64_t> output_shape;  // of one image, without the batch
  // Per activation that it takes: the layers that made it, through ops that only move data; -1 is
  // the image. More than one for a concatenation. Empty: a product of a parameter and a constant,
  // which takes none.
  std::vector<std::vector<int>> sources;
  int64_t macs = 0;                   // per image
  int64_t parameters = 0;             // all of the layer's own
  std::vector<int64_t> weight_shape;  // empty: no weight
  int weight_channel_axis = 0;
  std::string weight_name;                         // of the parameter: "layer1.0.conv1.weight"
  std::vector<std::vector<int64_t>> input_shapes;  // per activation that it takes, of one image
  int channel_axis = 0;                 // of the output: of (C, H, W) 0, of tokens (T, C) 1
  std::vector<int> input_channel_axes;  // per activation that it takes
};

/// A tensor of a layer that can be quantized.
struct Site {
  int layer = 0;
  SiteKind kind = SiteKind::Output;
  int operand = 0;  // of inputs: which one
};

/// What passes an input or an output, of one image.
struct Activation {
  const std::vector<int64_t>& shape;
  int channel_axis = 0;

  int64_t channels() const {
    return shape.empty() ? 1 : shape.at(static_cast<size_t>(channel_axis));
  }
};
Activation activation_at(const Layer& layer, SiteKind kind, int operand);

/// The sites of a network, layer by layer: inputs, weight, output. The position in this list is the
/// site's number, in the plan and in the worker.
std::vector<Site> sites_of(const std::vector<Layer>& layers);

/// Which layers are first, last, and at or behind the last ones; see `position` in the format.
struct Positions {
  std::vector<char> first;
  std::vector<char> last;
  std::vector<char> logits;
};
Positions positions_of(const std::vector<Layer>& layers);

void to_json(Json& json, const Layer& layer);
void from_json(const Json& json, Layer& layer);

}  // namespace qsweep
