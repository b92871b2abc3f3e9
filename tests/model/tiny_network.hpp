#pragma once

#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <torch/types.h>

#include <utility>

namespace qsweep {

/// A residual block; its one relu slot is called twice.
struct TinyBlock : Net<TinyBlock> {
  TinyBlock() { reset(); }
  void reset() override {
    conv = child("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 4, 3).padding(1)));
    bn = child("bn", torch::nn::BatchNorm2d(4));
    relu = op("relu", ops::relu());
    add = op("add", ops::add());
  }
  torch::Tensor forward(torch::Tensor x) {
    torch::Tensor y = relu(bn(conv(x)));
    return relu(add(std::move(y), std::move(x)));
  }
  Slot conv, bn, relu, add;
};

/// Two blocks between a stem and a head, with all that only moves data: max-pool, pad, cat,
/// reshape.
struct TinyNetwork : Net<TinyNetwork> {
  TinyNetwork() { reset(); }
  void reset() override {
    stem = child("stem", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 4, 3).bias(false)));
    block1 = register_module("block1", std::make_shared<TinyBlock>());
    block2 = register_module("block2", std::make_shared<TinyBlock>());
    head = child("head", torch::nn::Linear(4 * 2 * 3 * 3, 3));
  }
  torch::Tensor forward(torch::Tensor x) {         // 1 x 6 x 6
    x = torch::max_pool2d(stem(std::move(x)), 2);  // 4 x 2 x 2
    torch::Tensor a = block1->forward(std::move(x));
    torch::Tensor b = block2->forward(a);
    x = torch::cat(
        {torch::constant_pad_nd(a, {0, 1, 0, 1}), torch::constant_pad_nd(b, {0, 1, 0, 1})},
        1);  // 8 x 3 x 3
    return head(x.reshape({x.size(0), -1}));
  }
  Slot stem, head;
  std::shared_ptr<TinyBlock> block1, block2;
};

}  // namespace qsweep
