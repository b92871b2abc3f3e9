#include "qsweep/model/input_check.hpp"
#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/model/sequence.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>

#include <cmath>

// The vision transformer of DeiT-tiny (Touvron et al., 2021) with the names, the order of
// operations and the initialisation of timm: queries are scaled before the product with the keys,
// which makes the scaling a Mul. The class token and the position embedding are parameters and stay
// in float; adding the embedding is an Add of one input.

namespace qsweep::zoo {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr int64_t kWidth = 192;
constexpr int64_t kHeads = 3;
constexpr int64_t kHeadWidth = kWidth / kHeads;
constexpr int64_t kHiddenWidth = 4 * kWidth;

nn::LayerNorm layer_norm() {
  return nn::LayerNorm(nn::LayerNormOptions({kWidth}).eps(1e-6));
}

struct PatchEmbed : Net<PatchEmbed> {
  PatchEmbed(int64_t image_channels, int64_t patch_side)
      : channels(image_channels), patch(patch_side) {
    reset();
  }

  void reset() override {
    proj = child("proj", nn::Conv2d(nn::Conv2dOptions(channels, kWidth, patch).stride(patch)));
  }

  // (N, C, H, W) to (N, patches, width)
  Tensor forward(Tensor x) { return proj(std::move(x)).flatten(2).transpose(1, 2); }

  int64_t channels, patch;
  Slot proj;
};

struct Attention : Net<Attention> {
  Attention() { reset(); }

  void reset() override {
    qkv = child("qkv", nn::Linear(kWidth, 3 * kWidth));
    proj = child("proj", nn::Linear(kWidth, kWidth));
    mul = op("mul", ops::scale(1 / std::sqrt(static_cast<double>(kHeadWidth))));
    matmul = op("matmul", ops::matmul());
    softmax = op("softmax", ops::softmax(-1));
  }

  Tensor forward(Tensor x) {
    const int64_t images = x.size(0);
    const int64_t tokens = x.size(1);
    const Tensor parts =
        qkv(std::move(x)).reshape({images, tokens, 3, kHeads, kHeadWidth}).permute({2, 0, 3, 1, 4});
    Tensor weights = softmax(matmul(mul(parts[0]), parts[1].transpose(-2, -1)));
    Tensor mixed = matmul(std::move(weights), parts[2]);
    return proj(mixed.transpose(1, 2).reshape({images, tokens, kWidth}));
  }

  Slot qkv, proj, mul, matmul, softmax;
};

struct BlockMlp : Net<BlockMlp> {
  BlockMlp() { reset(); }

  void reset() override {
    fc1 = child("fc1", nn::Linear(kWidth, kHiddenWidth));
    act = op("act", ops::gelu());
    fc2 = child("fc2", nn::Linear(kHiddenWidth, kWidth));
  }

  Tensor forward(Tensor x) { return fc2(act(fc1(std::move(x)))); }

  Slot fc1, act, fc2;
};

struct EncoderBlock : Net<EncoderBlock> {
  struct Options {};

  explicit EncoderBlock(const Options& /*all are alike*/) { reset(); }

  void reset() override {
    norm1 = child("norm1", layer_norm());
    attn = register_module("attn", std::make_shared<Attention>());
    norm2 = child("norm2", layer_norm());
    mlp = register_module("mlp", std::make_shared<BlockMlp>());
    add = op("add", ops::add());
  }

  Tensor forward(Tensor x) {
    Tensor attended = attn->forward(norm1(x));
    x = add(std::move(x), std::move(attended));
    Tensor changed = mlp->forward(norm2(x));
    return add(std::move(x), std::move(changed));
  }

  Slot norm1, norm2, add;
  std::shared_ptr<Attention> attn;
  std::shared_ptr<BlockMlp> mlp;
};

struct VisionTransformer : Net<VisionTransformer> {
  struct Options {
    InputShape input;
    int64_t patch, depth, classes;

    int64_t patches() const { return (input.height / patch) * (input.width / patch); }
  };

  explicit VisionTransformer(const Options& o) : options(o) { reset(); }

  void reset() override {
    cls_token = register_parameter("cls_token", torch::zeros({1, 1, kWidth}));
    pos_embed = register_parameter("pos_embed", torch::zeros({1, 1 + options.patches(), kWidth}));
    patch_embed = register_module(
        "patch_embed", std::make_shared<PatchEmbed>(options.input.channels, options.patch));
    blocks = register_module(
        "blocks",
        std::make_shared<Sequence<EncoderBlock>>(
            std::vector<EncoderBlock::Options>(static_cast<size_t>(options.depth))));
    norm = child("norm", layer_norm());
    head = child("head", nn::Linear(kWidth, options.classes));
    add = op("add", ops::add_parameter(&pos_embed));
  }

  Tensor forward(Tensor x) {
    x = patch_embed->forward(std::move(x));
    x = add(torch::cat({cls_token.expand({x.size(0), 1, kWidth}), x}, 1));
    x = norm(blocks->forward(std::move(x)));
    return head(x.select(1, 0));
  }

  Options options;
  Tensor cls_token, pos_embed;
  std::shared_ptr<PatchEmbed> patch_embed;
  std::shared_ptr<Sequence<EncoderBlock>> blocks;
  Slot norm, head, add;
};

// timm truncates these at 100 standard deviations, which is to say never.
void initialize(VisionTransformer& network) {
  constexpr double kDeviation = 0.02;
  nn::init::normal_(network.cls_token, 0, 1e-6);
  nn::init::normal_(network.pos_embed, 0, kDeviation);
  for (const auto& module : network.modules()) {
    if (const auto* linear = module->as<nn::Linear>()) {
      nn::init::normal_(linear->weight, 0, kDeviation);
      nn::init::zeros_(linear->bias);
    }
  }
}

std::unique_ptr<Model> make_vit_tiny(const ModelOptions& options) {
  const auto patch = options.parameters.at("patch").get<int64_t>();
  require_side("vit_tiny", options.input, patch);
  require_multiple("vit_tiny", options.input, patch, "the patch size");
  auto network = std::make_shared<VisionTransformer>(VisionTransformer::Options{
      options.input, patch, options.parameters.at("depth").get<int64_t>(), options.classes});
  initialize(*network);
  return make_native_model(std::move(network), options.input);
}

}  // namespace

ModelEntry vit_tiny() {
  using Type = Parameter::Type;
  return {{"vit_tiny",
           "DeiT-tiny, a vision transformer of width 192 with 3 heads",
           {{"patch", Type::Integer, 4, 1, 64, {}, "side of a patch in pixels"},
            {"depth", Type::Integer, 12, 1, 48, {}, "blocks"}}},
          make_vit_tiny};
}

}  // namespace qsweep::zoo
