#pragma once

#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"

#include <torch/types.h>

namespace qsweep {

/// conv, relu, add, mean, linear: small enough to be computed by hand.
struct TinyNet : Net<TinyNet> {
  Slot conv, relu, add, mean, linear;
  TinyNet() { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv = child("conv", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).padding(1).bias(false)));
    relu = op("relu", ops::relu());
    add = op("add", ops::add());
    mean = op("mean", ops::mean({2, 3}));
    linear = child("linear", nn::Linear(4, 5));
  }
  torch::Tensor forward(torch::Tensor x) {
    const torch::Tensor y = conv(std::move(x));
    return linear(mean(add(relu(y), y)));
  }
};

inline std::unique_ptr<Model> tiny_net() {
  return make_native_model(std::make_shared<TinyNet>(), InputShape{3, 8, 8});
}

}  // namespace qsweep
