#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>

// VGG-Small as LQ-Nets has it (Zhang et al., 2018; cifar10-vgg-small.py of microsoft/LQ-Nets):
// 128-128-MP-256-256-MP-512-512-MP-fc. Max-pooling stands between convolution and batch norm. Layer
// names are those of the usual PyTorch ports: conv0 bn0 ... conv5 bn5 fc.

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr std::array<int64_t, 6> kWidths = {128, 128, 256, 256, 512, 512};
constexpr int64_t kReduction = 8;  // three max-poolings

struct VggSmall : Net<VggSmall> {
  explicit VggSmall(const ModelOptions& o) : input(o.input), classes(o.classes) { reset(); }

  void reset() override {
    int64_t in = input.channels;
    for (size_t i = 0; i < kWidths.size(); ++i) {
      const std::string number = std::to_string(i);
      const int64_t out = kWidths[i];
      convs[i] =
          child("conv" + number, nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1).bias(false)));
      bns[i] = child("bn" + number, nn::BatchNorm2d(out));
      in = out;
    }
    fc = child("fc",
               nn::Linear(in * (input.height / kReduction) * (input.width / kReduction), classes));
    relu = op("relu", ops::relu());
  }

  Tensor forward(Tensor x) {
    for (size_t i = 0; i < kWidths.size(); ++i) {
      x = convs[i](std::move(x));
      if (i % 2 == 1) {
        x = torch::max_pool2d(x, 2);
      }
      x = relu(bns[i](std::move(x)));
    }
    return fc(x.flatten(1));
  }

  InputShape input;
  int64_t classes;
  std::array<Slot, kWidths.size()> convs, bns;
  Slot fc, relu;
};

void initialize(VggSmall& network) {
  for (const auto& module : network.modules()) {
    if (const auto* conv = module->as<nn::Conv2d>()) {
      nn::init::kaiming_normal_(conv->weight, 0, torch::kFanIn, torch::kReLU);
    }
  }
}

std::unique_ptr<Model> make_vgg_small(const ModelOptions& options) {
  require_side("vgg_small", options.input, kReduction);
  auto network = std::make_shared<VggSmall>(options);
  initialize(*network);
  return make_native_model(std::move(network), options.input);
}

}  // namespace

ModelEntry vgg_small() {
  return {{"vgg_small", "the VGG of six convolutions of LQ-Nets", {}}, make_vgg_small};
}

}  // namespace qsweep::zoo
