#pragma once

#include "qsweep/model/native_model.hpp"
#include "qsweep/model/net.hpp"
#include "qsweep/model/ops.hpp"
#include "qsweep/quant/correction.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <string>
#include <utility>
#include <vector>

namespace qsweep::test {

/// A network and what a policy makes of it, with corrections run one after the other.
struct Corrected {
  std::unique_ptr<Model> model;
  LayerGraph graph;
  Binding binding;
  torch::Tensor images;
  std::unique_ptr<FloatNetwork> float_network;

  Corrected(std::unique_ptr<Model> network, std::vector<SiteGroup> groups, torch::Tensor shown)
      : model(std::move(network)),
        graph(model->layers(), quantizers_by_site(groups, sites_of(model->layers()).size())),
        binding(model->layers(), groups),
        images(std::move(shown)) {
    model->train(false);
  }

  /// From here, what the network computes now is what corrections of the quantized one aim at.
  void keep_float() { float_network = std::make_unique<FloatNetwork>(*model); }

  /// The names of the layers that it found.
  std::vector<std::string> run(const std::string& name, const Json& parameters = Json::object()) {
    const CorrectionEntry& entry = correction_entry(name);
    if (float_network == nullptr) {
      keep_float();
    }
    const std::vector<int> layers = entry.find(graph);
    const EachBatch each_batch = [this](const auto& visit) {  // two batches, the first larger
      const int64_t first = (images.size(0) + 1) / 2;
      visit(images.narrow(0, 0, first));
      if (images.size(0) > first) {
        visit(images.narrow(0, first, images.size(0) - first));
      }
    };
    entry.apply({*model, binding, *float_network, graph, layers, parameters, each_batch, 0});
    std::vector<std::string> names;
    for (const int layer : layers) {
      names.push_back(graph[layer].name);
    }
    return names;
  }

  torch::Tensor float_logits() {
    const torch::NoGradGuard no_grad;
    return model->forward(images);
  }
  torch::Tensor quantized_logits() {
    const torch::NoGradGuard no_grad;
    binding.begin_evaluation();
    return model->forward(images, &binding);
  }
  LayerTensors tensors(const std::string& name) const {
    for (int layer = 0; layer < graph.size(); ++layer) {
      if (graph[layer].name == name) {
        return model->tensors(layer);
      }
    }
    throw std::logic_error("no layer " + name);
  }
};

/// A uniform quantizer of weights, symmetric and narrow: 2 bits give -max, 0 and max.
inline Json uniform_weight(int bits, const std::string& granularity = "per_tensor") {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", true},
          {"narrow", true},
          {"calibrate", "minmax"},
          {"granularity", granularity}};
}

/// The sites of that kind, one group for all.
inline SiteGroup all_sites(const Model& model, SiteKind kind, Json quantizer) {
  SiteGroup group;
  group.quantizer = std::move(quantizer);
  group.rule = "p:1";
  const std::vector<Site> sites = sites_of(model.layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == kind) {
      group.sites.push_back(static_cast<int>(i));
    }
  }
  return group;
}

inline void put(const torch::Tensor& tensor, const std::vector<float>& values) {
  const torch::NoGradGuard no_grad;
  tensor.copy_(torch::tensor(values).view_as(tensor));
}

inline torch::Tensor numbers(const std::vector<float>& values, torch::IntArrayRef shape) {
  return torch::tensor(values).view(shape);
}

/// Two linear layers of two inputs and outputs and a ReLU in between, over images of two pixels.
struct TwoLinear : Net<TwoLinear> {
  Slot fc1, relu, fc2;
  TwoLinear() { reset(); }
  void reset() override {
    fc1 = child("fc1", torch::nn::Linear(2, 2));
    relu = op("relu", ops::relu());
    fc2 = child("fc2", torch::nn::Linear(2, 1));
  }
  torch::Tensor forward(torch::Tensor x) { return fc2(relu(fc1(x.flatten(1)))); }

  static std::unique_ptr<Model> make() {
    return make_native_model(std::make_shared<TwoLinear>(), InputShape{2, 1, 1});
  }
};

/// conv1 (1x1, no bias), bn1, relu, conv2 (3x3, padded, no bias), bn2: an add of what the ReLU
/// makes may be between, so that it has two consumers.
struct NormNet : Net<NormNet> {
  bool adds;
  Slot conv1, bn1, relu, conv2, bn2, add;
  explicit NormNet(bool with_add) : adds(with_add) { reset(); }
  void reset() override {
    namespace nn = torch::nn;
    conv1 = child("conv1", nn::Conv2d(nn::Conv2dOptions(2, 2, 1).bias(false)));
    bn1 = child("bn1", nn::BatchNorm2d(2));
    relu = op("relu", ops::relu());
    conv2 = child("conv2", nn::Conv2d(nn::Conv2dOptions(2, 2, 3).padding(1).bias(false)));
    bn2 = child("bn2", nn::BatchNorm2d(2));
    add = op("add", ops::add());
  }
  torch::Tensor forward(torch::Tensor x) {
    x = relu(bn1(conv1(std::move(x))));
    torch::Tensor y = bn2(conv2(x));
    return (adds ? add(std::move(y), std::move(x)) : y).flatten(1);
  }

  static std::unique_ptr<Model> make(int64_t side, bool with_add = false) {
    return make_native_model(std::make_shared<NormNet>(with_add), InputShape{2, side, side});
  }
};

}  // namespace qsweep::test
