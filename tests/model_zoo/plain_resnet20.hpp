#pragma once

#include "qsweep/model/site_hook.hpp"

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qsweep::zoo {

/// The residual network that is compared, as people write it in C++ who know nothing of qsweep; and
/// once more with each of its sites written out by hand.
struct PlainResNet20 : torch::nn::Module {
  struct Block : torch::nn::Module {
    Block(int64_t in, int64_t out, int64_t step) : stride(step), more((out - in) / 2) {
      using Options = torch::nn::Conv2dOptions;
      conv1 = register_module(
          "conv1", torch::nn::Conv2d(Options(in, out, 3).stride(step).padding(1).bias(false)));
      bn1 = register_module("bn1", torch::nn::BatchNorm2d(out));
      conv2 =
          register_module("conv2", torch::nn::Conv2d(Options(out, out, 3).padding(1).bias(false)));
      bn2 = register_module("bn2", torch::nn::BatchNorm2d(out));
    }
    torch::Tensor shortcut(const torch::Tensor& x) const {
      using torch::indexing::None;
      using torch::indexing::Slice;
      if (stride == 1) {
        return x;
      }
      const Slice second(None, None, 2);
      return torch::constant_pad_nd(x.index({Slice(), Slice(), second, second}),
                                    {0, 0, 0, 0, more, more});
    }
    torch::Tensor forward(const torch::Tensor& x) {
      torch::Tensor y = torch::relu(bn1(conv1(x)));
      y = bn2(conv2(y));
      y += shortcut(x);
      return y.relu_();
    }

    int64_t stride;
    int64_t more;
    torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
    torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  };

  PlainResNet20() {
    conv1 = register_module(
        "conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 16, 3).padding(1).bias(false)));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(16));
    int64_t in = 16;
    for (int stage = 1; stage <= 3; ++stage) {
      const int64_t out = int64_t{8} << stage;
      auto blocks =
          register_module("layer" + std::to_string(stage), std::make_shared<torch::nn::Module>());
      for (int i = 0; i < 3; ++i) {
        layers.push_back(blocks->register_module(
            std::to_string(i), std::make_shared<Block>(in, out, in == out ? 1 : 2)));
        in = out;
      }
    }
    linear = register_module("linear", torch::nn::Linear(64, 10));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(bn1(conv1(x)));
    for (const auto& layer : layers) {
      x = layer->forward(x);
    }
    return linear(torch::avg_pool2d(x, x.size(3)).flatten(1));
  }

  /// The same, quantized by hand: what is called `site` is a site of the network, in the order in
  /// which a forward comes by them.
  torch::Tensor forward_by_hand(torch::Tensor x, SiteHook& hook) {
    next_site_ = 0;
    hook_ = &hook;
    x = rectified(normed(bn1, convolved(conv1, std::move(x))));
    for (const auto& layer : layers) {
      torch::Tensor y = rectified(normed(layer->bn1, convolved(layer->conv1, x)));
      y = site(normed(layer->bn2, convolved(layer->conv2, std::move(y))));
      const torch::Tensor shortcut = site(layer->shortcut(x));
      x = rectified(site(y + shortcut));
    }
    const torch::Tensor pooled = site(torch::avg_pool2d(site(x), x.size(3)));
    const torch::Tensor features = site(pooled.flatten(1));
    const torch::Tensor weight = site(linear->weight);
    return site(torch::linear(features, weight, linear->bias));
  }

  torch::nn::Conv2d conv1{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr};
  std::vector<std::shared_ptr<Block>> layers;
  torch::nn::Linear linear{nullptr};

 private:
  torch::Tensor site(torch::Tensor x) { return hook_->apply(next_site_++, std::move(x)); }
  torch::Tensor convolved(const torch::nn::Conv2d& conv, torch::Tensor x) {
    x = site(std::move(x));
    const torch::Tensor weight = site(conv->weight);
    return site(torch::conv2d(x, weight, {}, conv->options.stride(), 1));
  }
  torch::Tensor normed(torch::nn::BatchNorm2d& norm, torch::Tensor x) {
    return site(norm->forward(site(std::move(x))));
  }
  torch::Tensor rectified(torch::Tensor x) { return site(torch::relu(site(std::move(x)))); }

  SiteHook* hook_ = nullptr;
  int next_site_ = 0;
};

}  // namespace qsweep::zoo
