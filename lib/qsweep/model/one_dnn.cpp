#include "qsweep/model/one_dnn.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace qsweep {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

constexpr double kRounding = 1e-2;  // of a tensor's norm; the defect is beyond 0.1
constexpr double kNothing = 1e-5;   // of the largest norm: gradients that are zero but for rounding

class WithOneDnn {
 public:
  explicit WithOneDnn(bool on) : before_(uses_one_dnn()) {
    torch::globalContext().setUserEnabledMkldnn(on);
  }
  ~WithOneDnn() { torch::globalContext().setUserEnabledMkldnn(before_); }
  WithOneDnn(const WithOneDnn&) = delete;
  WithOneDnn& operator=(const WithOneDnn&) = delete;

 private:
  bool before_;
};

// Not of the default generator: that one draws weights.
Tensor noise(torch::IntArrayRef shape) {
  at::Generator own = at::detail::createCPUGenerator(/*seed_val=*/1);
  return torch::randn(shape, own);
}

// The output, and the gradients of its square with respect to the inputs.
template <class Compute>
Tensors results_of(const Compute& compute, const Tensors& inputs) {
  const torch::AutoGradMode with_gradients(true);
  const Tensor output = compute();
  Tensors results;
  if (output.requires_grad() && !inputs.empty()) {
    results = torch::autograd::grad({output.square().sum()},
                                    inputs,
                                    /*grad_outputs=*/{},
                                    /*retain_graph=*/c10::nullopt,
                                    /*create_graph=*/false,
                                    /*allow_unused=*/true);
  }
  results.push_back(output.detach());
  return results;
}

double norm_of(const Tensor& tensor) {
  return tensor.defined() ? tensor.to(torch::kDouble).norm().item<double>() : 0;
}

// What is not finite without oneDNN either says nothing.
bool are_alike(const Tensors& with, const Tensors& without) {
  double largest = 0;
  for (const Tensor& tensor : without) {
    largest = std::max(largest, norm_of(tensor));
  }
  for (size_t i = 0; i < with.size(); ++i) {
    const double norm = norm_of(without[i]);
    if (!with[i].defined() || !std::isfinite(norm)) {
      continue;
    }
    const double error = norm_of(with[i] - without[i]);
    if (!(error <= kRounding * norm + kNothing * largest)) {  // NaN
      return false;
    }
  }
  return true;
}

template <class Compute>
bool is_same_without(const Compute& compute, const Tensors& inputs) {
  const auto results = [&](bool one_dnn) {
    const WithOneDnn setting(one_dnn);
    return results_of(compute, inputs);
  };
  return are_alike(results(true), results(false));
}

bool convolves_right(int64_t from, int64_t to) {
  const Tensor images = noise({2, from, 16, 16}).requires_grad_();
  const Tensor weight = noise({to, from, 3, 3}).requires_grad_();
  const auto convolve = [&] {
    return torch::conv2d(images, weight, /*bias=*/{}, /*stride=*/1, /*padding=*/1);
  };
  return is_same_without(convolve, {images, weight});
}

}  // namespace

bool is_one_dnn_sound() {
  static const bool sound = convolves_right(24, 24) && convolves_right(4, 4);
  return sound;
}

bool is_same_without_one_dnn(Model& model, const InputShape& input) {
  const Tensor images = noise({2, input.channels, input.height, input.width});
  Tensors parameters;
  for (const auto& [name, parameter] : model.parameters()) {
    if (parameter.requires_grad()) {
      parameters.push_back(parameter);
    }
  }
  const bool was_training = model.is_training();
  model.train(false);
  const bool same = is_same_without([&] { return model.forward(images); }, parameters);
  model.train(was_training);
  return same;
}

bool uses_one_dnn() {
  return torch::globalContext().userEnabledMkldnn();
}

void settle_one_dnn(Model& model, const InputShape& input) {
  static std::map<std::string, bool> tried;  // by the layers: a worker's trials share few networks
  bool right = is_one_dnn_sound();
  if (!right) {
    const std::string layers = Json(model.layers()).dump();
    const auto found = tried.find(layers);
    right = found != tried.end() ? found->second : is_same_without_one_dnn(model, input);
    tried[layers] = right;
  }
  torch::globalContext().setUserEnabledMkldnn(right);
}

}  // namespace qsweep
