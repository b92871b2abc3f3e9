#pragma once

#include <torch/nn/functional/activation.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

#include <memory>

// Networks as people write them in C++: typed members, functions, in-place ops.

namespace qsweep {

struct PlainBlock : torch::nn::Module {
  PlainBlock() {
    conv = register_module(
        "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 4, 3).padding(1).bias(false)));
    bn = register_module("bn", torch::nn::BatchNorm2d(4));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = bn(conv(x)).relu_();
    y = y + x;
    return torch::relu_(y);
  }
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d bn{nullptr};
};

/// Images of 1x6x6; residual blocks, and much that only moves data.
struct PlainNetwork : torch::nn::Module {
  PlainNetwork() {
    stem = register_module("stem", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 4, 3)));
    block1 = register_module("block1", std::make_shared<PlainBlock>());
    block2 = register_module("block2", std::make_shared<PlainBlock>());
    drop = register_module("drop", torch::nn::Dropout(0.5));
    head = register_module("head", torch::nn::Linear(4 * 2 * 3 * 3, 3));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::max_pool2d(stem(x), 2);
    const torch::Tensor a = block1->forward(x);
    const torch::Tensor b = block2->forward(a);
    x = torch::cat(
        {torch::constant_pad_nd(a, {0, 1, 0, 1}), torch::constant_pad_nd(b, {0, 1, 0, 1})}, 1);
    return head(drop(x.reshape({x.size(0), -1})));
  }
  torch::nn::Conv2d stem{nullptr};
  std::shared_ptr<PlainBlock> block1, block2;
  torch::nn::Dropout drop{nullptr};
  torch::nn::Linear head{nullptr};
};

/// Images of 3x8x8 as four tokens of 12 numbers: nn::Linear computes them by two ops.
struct PlainAttention : torch::nn::Module {
  PlainAttention() {
    patch =
        register_module("patch", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 12, 4).stride(4)));
    place = register_parameter("place", torch::randn({1, 4, 12}) * 0.1);
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({12})));
    qkv = register_module("qkv", torch::nn::Linear(12, 36));
    out = register_module("out", torch::nn::Linear(torch::nn::LinearOptions(12, 12).bias(false)));
    head = register_module("head", torch::nn::Linear(12, 3));
  }
  torch::Tensor forward(const torch::Tensor& images) {
    torch::Tensor x = patch(images).flatten(2).transpose(1, 2) + place;
    const auto parts = qkv(norm(x)).chunk(3, -1);
    const torch::Tensor weights =
        torch::softmax(torch::matmul(parts[0], parts[1].transpose(-2, -1)) * 0.25, -1);
    x = x + out(torch::matmul(weights, parts[2]));
    return head(torch::gelu(1 - x).mean(1));
  }
  torch::nn::Conv2d patch{nullptr};
  torch::Tensor place;
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::Linear qkv{nullptr}, out{nullptr}, head{nullptr};
};

}  // namespace qsweep
