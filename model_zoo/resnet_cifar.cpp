#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/model/sequence.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>

// The CIFAR-10 networks of He et al., "Deep residual learning for image recognition", section 4.2:
// 6n + 2 layers. Shortcuts of option A, which has no parameters. Names and initialisation are those
// of akamaster/pytorch_resnet_cifar10.

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

nn::Conv2d conv3x3(int64_t in, int64_t out, int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
}

struct Block : Net<Block> {
  struct Options {
    int64_t in, out, stride;
  };

  explicit Block(const Options& o) : options(o) { reset(); }

  void reset() override {
    conv1 = child("conv1", conv3x3(options.in, options.out, options.stride));
    bn1 = child("bn1", nn::BatchNorm2d(options.out));
    conv2 = child("conv2", conv3x3(options.out, options.out, 1));
    bn2 = child("bn2", nn::BatchNorm2d(options.out));
    relu = op("relu", ops::relu());
    add = op("add", ops::add());
  }

  Tensor forward(const Tensor& x) {
    Tensor y = relu(bn1(conv1(x)));
    return relu(add(bn2(conv2(std::move(y))), shortcut(x)));
  }

  // Every second pixel, with channels of zeros on both sides: nothing is computed.
  Tensor shortcut(const Tensor& x) const {
    if (options.stride == 1 && options.in == options.out) {
      return x;
    }
    using torch::indexing::None;
    using torch::indexing::Slice;
    const Slice second(None, None, 2);
    const int64_t more = (options.out - options.in) / 2;
    return torch::constant_pad_nd(x.index({Slice(), Slice(), second, second}),
                                  {0, 0, 0, 0, more, more});
  }

  Options options;
  Slot conv1, bn1, conv2, bn2, relu, add;
};

using Stage = Sequence<Block>;

std::shared_ptr<Stage> stage(int blocks, const Block::Options& first) {
  std::vector<Block::Options> options(static_cast<size_t>(blocks), {first.out, first.out, 1});
  options.front() = first;
  return std::make_shared<Stage>(std::move(options));
}

struct ResNet : Net<ResNet> {
  ResNet(int stage_blocks, const ModelOptions& o)
      : blocks(stage_blocks), channels(o.input.channels), classes(o.classes) {
    reset();
  }

  void reset() override {
    conv1 = child("conv1", conv3x3(channels, 16, 1));
    bn1 = child("bn1", nn::BatchNorm2d(16));
    layer1 = register_module("layer1", stage(blocks, {16, 16, 1}));
    layer2 = register_module("layer2", stage(blocks, {16, 32, 2}));
    layer3 = register_module("layer3", stage(blocks, {32, 64, 2}));
    linear = child("linear", nn::Linear(64, classes));
    relu = op("relu", ops::relu());
    pool = op("avg_pool2d", ops::avg_pool2d_of_plane());
  }

  Tensor forward(Tensor x) {
    x = relu(bn1(conv1(std::move(x))));
    x = layer3->forward(layer2->forward(layer1->forward(std::move(x))));
    return linear(pool(std::move(x)).flatten(1));
  }

  int blocks;
  int64_t channels;
  int64_t classes;
  Slot conv1, bn1, linear, relu, pool;
  std::shared_ptr<Stage> layer1, layer2, layer3;
};

void initialize(ResNet& network) {
  for (const auto& module : network.modules()) {
    if (const auto* conv = module->as<nn::Conv2d>()) {
      nn::init::kaiming_normal_(conv->weight);
    } else if (const auto* linear = module->as<nn::Linear>()) {
      nn::init::kaiming_normal_(linear->weight);
    }
  }
}

template <int kLayers>
std::unique_ptr<Model> make_resnet(const ModelOptions& options) {
  require_side("resnet" + std::to_string(kLayers), options.input, 4);
  auto network = std::make_shared<ResNet>((kLayers - 2) / 6, options);
  initialize(*network);
  return make_native_model(std::move(network), options.input);
}

ModelEntry entry(int layers, decltype(ModelEntry::make) make) {
  const std::string count = std::to_string(layers);
  return {{"resnet" + count, "the CIFAR-10 ResNet of " + count + " layers, option A", {}}, make};
}

}  // namespace

ModelEntry resnet20() {
  return entry(20, make_resnet<20>);
}
ModelEntry resnet32() {
  return entry(32, make_resnet<32>);
}
ModelEntry resnet44() {
  return entry(44, make_resnet<44>);
}
ModelEntry resnet56() {
  return entry(56, make_resnet<56>);
}

}  // namespace qsweep::zoo
