#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/model/layer_tensors.hpp"
#include "qsweep/model/site_hook.hpp"
#include "qsweep/plan/layer.hpp"

#include <torch/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// A network whose tensors can be quantized from outside. The front ends implement it. One instance
/// is used by one thread at a time.
class Model {
 public:
  virtual ~Model() = default;

  /// In the order of execution, as found by running the network once.
  virtual const std::vector<Layer>& layers() const = 0;

  /// The logits, (N, classes), for images (N, C, H, W). Without a hook this is the float network.
  virtual torch::Tensor forward(const torch::Tensor& images, SiteHook* hook = nullptr) = 0;

  /// The float parameters, leaves with gradients, whatever is quantized; names as in a state_dict.
  virtual NamedTensors parameters() const = 0;
  virtual NamedTensors buffers() const = 0;
  virtual void train(bool on) = 0;
  /// Until the next train(): batch norms use their running statistics and leave them as they are.
  /// Their scales and shifts stay parameters.
  virtual void freeze_batch_norms() = 0;
  virtual bool is_training() const = 0;
  virtual void to(torch::Device device) = 0;

  // What changes single layers for good. Layers are positions in layers().

  /// Those of the layer, which may be written to without gradients.
  virtual LayerTensors tensors(int layer) const = 0;
  /// Gives a product that has no bias one of zeros: a parameter like the others.
  virtual void add_bias(int layer) = 0;
  /// From now on the layer's module passes on what it is given. Its sites stay.
  virtual void bypass(int layer) = 0;
  /// What a product with one input makes of `input`, with `weight` in place of its own.
  virtual torch::Tensor forward_product(int layer,
                                        const torch::Tensor& input,
                                        const torch::Tensor& weight) = 0;
};

/// Parameters and buffers: what a state_dict holds. The tensors are the model's own.
NamedTensors state_of(const Model& model);

/// Copies values in by name. Throws IoError that lists missing, unexpected and mis-shaped keys
/// (num_batches_tracked may be missing); then nothing was copied. `origin` names the file.
void load_state(Model& model, const NamedTensors& state, const std::string& origin);

/// SHA-256 over names, shapes, types and values.
std::string fingerprint_of(const NamedTensors& state);

/// The images that a network is made for.
struct InputShape {
  int64_t channels = 3;
  int64_t height = 32;
  int64_t width = 32;
};

/// What a network of the zoo is made from.
struct ModelOptions {
  InputShape input;
  int64_t classes = 10;
  Json parameters = Json::object();  // complete: every one that its catalog entry lists
};

/// A line of the zoo's table. `make` initialises from torch's default generator, and throws IoError
/// if the network cannot take that input ("needs images of at least 32x32, got 28x28").
struct ModelEntry {
  Catalog::Model info;
  std::unique_ptr<Model> (*make)(const ModelOptions& options);
};
using ModelTable = std::vector<ModelEntry>;

}  // namespace qsweep
