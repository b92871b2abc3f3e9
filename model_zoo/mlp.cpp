#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>

// A multilayer perceptron: the pixels in a row, `depth` hidden layers of `width` neurons with ReLU,
// and the logits. Layers fc1, fc2, ...

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

struct Mlp : Net<Mlp> {
  struct Options {
    int64_t inputs, width, depth, classes;
  };

  explicit Mlp(const Options& o) : options(o) { reset(); }

  void reset() override {
    layers.clear();
    int64_t inputs = options.inputs;
    for (int64_t i = 1; i <= options.depth; ++i) {
      layers.push_back(child("fc" + std::to_string(i), nn::Linear(inputs, options.width)));
      inputs = options.width;
    }
    logits = child("fc" + std::to_string(options.depth + 1), nn::Linear(inputs, options.classes));
    relu = op("relu", ops::relu());
  }

  Tensor forward(const Tensor& images) {
    Tensor x = images.flatten(1);
    for (const Slot& layer : layers) {
      x = relu(layer(std::move(x)));
    }
    return logits(std::move(x));
  }

  Options options;
  std::vector<Slot> layers;
  Slot logits, relu;
};

void initialize(Mlp& network) {
  for (const auto& module : network.modules()) {
    if (const auto* linear = module->as<nn::Linear>()) {
      nn::init::kaiming_normal_(linear->weight, 0, torch::kFanIn, torch::kReLU);
      nn::init::zeros_(linear->bias);
    }
  }
}

std::unique_ptr<Model> make_mlp(const ModelOptions& options) {
  const InputShape& input = options.input;
  require_side("mlp", input, 1);
  auto network = std::make_shared<Mlp>(Mlp::Options{input.channels * input.height * input.width,
                                                    options.parameters.at("width").get<int64_t>(),
                                                    options.parameters.at("depth").get<int64_t>(),
                                                    options.classes});
  initialize(*network);
  return make_native_model(std::move(network), input);
}

}  // namespace

ModelEntry mlp() {
  using Type = Parameter::Type;
  return {{"mlp",
           "a multilayer perceptron with ReLU",
           {{"width", Type::Integer, 512, 1, 16384, {}, "neurons of each hidden layer"},
            {"depth", Type::Integer, 2, 1, 32, {}, "hidden layers"}}},
          make_mlp};
}

}  // namespace qsweep::zoo
