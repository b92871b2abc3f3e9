#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>

// MobileNetV2 (Sandler et al., 2018) with the names and the initialisation of torchvision. The
// small stem takes the stride out of the first convolution and of the 24-channel stage, so that 32
// pixels end as 4x4.

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr int64_t kStemChannels = 32;
constexpr int64_t kHeadChannels = 1280;
constexpr double kDropout = 0.2;

struct StageShape {
  int64_t expansion, channels, blocks, stride;
};
constexpr std::array<StageShape, 7> kStages = {{{1, 16, 1, 1},
                                                {6, 24, 2, 2},
                                                {6, 32, 3, 2},
                                                {6, 64, 4, 2},
                                                {6, 96, 3, 1},
                                                {6, 160, 3, 2},
                                                {6, 320, 1, 1}}};
constexpr size_t kStageOf24Channels = 1;

nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t groups) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel)
                        .stride(stride)
                        .padding(kernel / 2)
                        .groups(groups)
                        .bias(false));
}

struct ConvBnRelu : Net<ConvBnRelu> {
  struct Options {
    int64_t in, out, kernel, stride, groups;
  };

  explicit ConvBnRelu(const Options& o) : options(o) { reset(); }

  void reset() override {
    const auto& [in, out, kernel, stride, groups] = options;
    conv = child("0", convolution(in, out, kernel, stride, groups));
    bn = child("1", nn::BatchNorm2d(out));
    relu = op("2", ops::relu6());
  }

  Tensor forward(Tensor x) { return relu(bn(conv(std::move(x)))); }

  Options options;
  Slot conv, bn, relu;
};

struct BlockOptions {
  int64_t in, out, stride, expansion;
};

// Wider, depthwise, narrower; the widening is left out where it would not widen.
struct Path : Net<Path> {
  explicit Path(const BlockOptions& o) : options(o) { reset(); }

  void reset() override {
    const int64_t hidden = options.in * options.expansion;
    convs.clear();
    if (options.expansion != 1) {
      add_conv({options.in, hidden, 1, 1, 1});
    }
    add_conv({hidden, hidden, 3, options.stride, hidden});
    const size_t next = convs.size();
    project = child(std::to_string(next), convolution(hidden, options.out, 1, 1, 1));
    bn = child(std::to_string(next + 1), nn::BatchNorm2d(options.out));
  }

  void add_conv(const ConvBnRelu::Options& conv) {
    convs.push_back(
        register_module(std::to_string(convs.size()), std::make_shared<ConvBnRelu>(conv)));
  }

  Tensor forward(Tensor x) {
    for (const auto& conv : convs) {
      x = conv->forward(std::move(x));
    }
    return bn(project(std::move(x)));
  }

  BlockOptions options;
  std::vector<std::shared_ptr<ConvBnRelu>> convs;
  Slot project, bn;
};

struct InvertedResidual : Net<InvertedResidual> {
  explicit InvertedResidual(const BlockOptions& o) : options(o) { reset(); }

  void reset() override {
    conv = register_module("conv", std::make_shared<Path>(options));
    if (options.stride == 1 && options.in == options.out) {
      add = op("add", ops::add());
      has_shortcut = true;
    }
  }

  Tensor forward(Tensor x) {
    if (!has_shortcut) {
      return conv->forward(std::move(x));
    }
    return add(x, conv->forward(x));
  }

  BlockOptions options;
  std::shared_ptr<Path> conv;
  Slot add;
  bool has_shortcut = false;
};

std::vector<BlockOptions> block_options(bool small_stem) {
  std::vector<BlockOptions> options;
  int64_t in = kStemChannels;
  for (size_t i = 0; i < kStages.size(); ++i) {
    const StageShape& stage = kStages[i];
    for (int64_t block = 0; block < stage.blocks; ++block) {
      const bool strided = block == 0 && !(small_stem && i == kStageOf24Channels);
      options.push_back({in, stage.channels, strided ? stage.stride : 1, stage.expansion});
      in = stage.channels;
    }
  }
  return options;
}

struct Features : Net<Features> {
  Features(int64_t image_channels, bool with_small_stem)
      : channels(image_channels), small_stem(with_small_stem) {
    reset();
  }

  void reset() override {
    const int64_t stride = small_stem ? 1 : 2;
    stem = register_module(
        "0",
        std::make_shared<ConvBnRelu>(ConvBnRelu::Options{channels, kStemChannels, 3, stride, 1}));
    blocks.clear();
    for (const BlockOptions& options : block_options(small_stem)) {
      blocks.push_back(register_module(std::to_string(blocks.size() + 1),
                                       std::make_shared<InvertedResidual>(options)));
    }
    head = register_module(std::to_string(blocks.size() + 1),
                           std::make_shared<ConvBnRelu>(ConvBnRelu::Options{
                               kStages.back().channels, kHeadChannels, 1, 1, 1}));
  }

  Tensor forward(Tensor x) {
    x = stem->forward(std::move(x));
    for (const auto& block : blocks) {
      x = block->forward(std::move(x));
    }
    return head->forward(std::move(x));
  }

  int64_t channels;
  bool small_stem;
  std::shared_ptr<ConvBnRelu> stem, head;
  std::vector<std::shared_ptr<InvertedResidual>> blocks;
};

struct Classifier : Net<Classifier> {
  explicit Classifier(int64_t class_count) : classes(class_count) { reset(); }

  void reset() override { linear = child("1", nn::Linear(kHeadChannels, classes)); }

  Tensor forward(const Tensor& x) { return linear(torch::dropout(x, kDropout, is_training())); }

  int64_t classes;
  Slot linear;
};

struct MobileNetV2 : Net<MobileNetV2> {
  MobileNetV2(const ModelOptions& o, bool with_small_stem)
      : channels(o.input.channels), classes(o.classes), small_stem(with_small_stem) {
    reset();
  }

  void reset() override {
    features = register_module("features", std::make_shared<Features>(channels, small_stem));
    classifier = register_module("classifier", std::make_shared<Classifier>(classes));
    pool = op("adaptive_avg_pool2d", ops::adaptive_avg_pool2d());
  }

  Tensor forward(Tensor x) {
    x = pool(features->forward(std::move(x)));
    return classifier->forward(x.flatten(1));
  }

  int64_t channels;
  int64_t classes;
  bool small_stem;
  std::shared_ptr<Features> features;
  std::shared_ptr<Classifier> classifier;
  Slot pool;
};

void initialize(MobileNetV2& network) {
  for (const auto& module : network.modules()) {
    if (const auto* conv = module->as<nn::Conv2d>()) {
      nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut);
    } else if (const auto* linear = module->as<nn::Linear>()) {
      nn::init::normal_(linear->weight, 0, 0.01);
      nn::init::zeros_(linear->bias);
    }
  }
}

std::unique_ptr<Model> make_mobilenet_v2(const ModelOptions& options) {
  const bool small_stem = options.parameters.at("stem") == "small";
  require_side("mobilenet_v2", options.input, small_stem ? 8 : 32);
  auto network = std::make_shared<MobileNetV2>(options, small_stem);
  initialize(*network);
  return make_native_model(std::move(network), options.input);
}

}  // namespace

ModelEntry mobilenet_v2() {
  return {{"mobilenet_v2",
           "torchvision's MobileNetV2",
           {{"stem",
             Parameter::Type::Choice,
             "imagenet",
             0,
             0,
             {"imagenet", "small"},
             "small: strides for images of 32 pixels"}}},
          make_mobilenet_v2};
}

}  // namespace qsweep::zoo
