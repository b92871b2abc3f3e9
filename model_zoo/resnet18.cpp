#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/model/sequence.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>

// ResNet-18 (He et al., "Deep residual learning for image recognition") with the names and the
// initialisation of torchvision. The small stem, a 3x3 convolution without pooling, is the usual
// change for images of 32 pixels.

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return nn::Conv2d(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

struct Downsample : Net<Downsample> {
  Downsample(int64_t in_channels, int64_t out_channels, int64_t step)
      : in(in_channels), out(out_channels), stride(step) {
    reset();
  }

  void reset() override {
    conv = child("0", convolution(in, out, 1, stride));
    bn = child("1", nn::BatchNorm2d(out));
  }

  Tensor forward(const Tensor& x) { return bn(conv(x)); }

  int64_t in, out, stride;
  Slot conv, bn;
};

struct BasicBlock : Net<BasicBlock> {
  struct Options {
    int64_t in, out, stride;
  };

  explicit BasicBlock(const Options& o) : options(o) { reset(); }

  void reset() override {
    const auto& [in, out, stride] = options;
    conv1 = child("conv1", convolution(in, out, 3, stride));
    bn1 = child("bn1", nn::BatchNorm2d(out));
    conv2 = child("conv2", convolution(out, out, 3, 1));
    bn2 = child("bn2", nn::BatchNorm2d(out));
    if (stride != 1 || in != out) {
      downsample = register_module("downsample", std::make_shared<Downsample>(in, out, stride));
    }
    relu = op("relu", ops::relu());
    add = op("add", ops::add());
  }

  Tensor forward(const Tensor& x) {
    Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    Tensor shortcut = downsample ? downsample->forward(x) : x;
    return relu(add(std::move(y), std::move(shortcut)));
  }

  Options options;
  Slot conv1, bn1, conv2, bn2, relu, add;
  std::shared_ptr<Downsample> downsample;
};

using BasicStage = Sequence<BasicBlock>;

std::shared_ptr<BasicStage> stage(int64_t in, int64_t out, int64_t stride) {
  return std::make_shared<BasicStage>(std::vector<BasicBlock::Options>{{in, out, stride}, {out, out, 1}});
}

struct ResNet18 : Net<ResNet18> {
  ResNet18(const ModelOptions& o, bool with_small_stem)
      : channels(o.input.channels), classes(o.classes), small_stem(with_small_stem) {
    reset();
  }

  void reset() override {
    conv1 = child("conv1",
                  small_stem ? convolution(channels, 64, 3, 1) : convolution(channels, 64, 7, 2));
    bn1 = child("bn1", nn::BatchNorm2d(64));
    layer1 = register_module("layer1", stage(64, 64, 1));
    layer2 = register_module("layer2", stage(64, 128, 2));
    layer3 = register_module("layer3", stage(128, 256, 2));
    layer4 = register_module("layer4", stage(256, 512, 2));
    fc = child("fc", nn::Linear(512, classes));
    relu = op("relu", ops::relu());
    avgpool = op("avgpool", ops::adaptive_avg_pool2d());
  }

  Tensor forward(Tensor x) {
    x = relu(bn1(conv1(std::move(x))));
    if (!small_stem) {
      x = torch::max_pool2d(x, 3, 2, 1);
    }
    x = layer2->forward(layer1->forward(std::move(x)));
    x = layer4->forward(layer3->forward(std::move(x)));
    return fc(avgpool(std::move(x)).flatten(1));
  }

  int64_t channels;
  int64_t classes;
  bool small_stem;
  Slot conv1, bn1, fc, relu, avgpool;
  std::shared_ptr<BasicStage> layer1, layer2, layer3, layer4;
};

void initialize(ResNet18& network) {
  for (const auto& module : network.modules()) {
    if (const auto* conv = module->as<nn::Conv2d>()) {
      nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
    }
  }
}

std::unique_ptr<Model> make_resnet18(const ModelOptions& options) {
  const bool small_stem = options.parameters.at("stem") == "small";
  require_side("resnet18", options.input, small_stem ? 8 : 32);
  auto network = std::make_shared<ResNet18>(options, small_stem);
  initialize(*network);
  return make_native_model(std::move(network), options.input);
}

}  // namespace

ModelEntry resnet18() {
  return {{"resnet18",
           "torchvision's ResNet-18",
           {{"stem",
             Parameter::Type::Choice,
             "imagenet",
             0,
             0,
             {"imagenet", "small"},
             "small: a 3x3 convolution of stride 1 and no max-pooling, for small images"}}},
          make_resnet18};
}

}  // namespace qsweep::zoo
