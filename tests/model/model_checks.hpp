#pragma once

#include "qsweep/model/model.hpp"

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/site_hooks.hpp"

// What every front end keeps to, whatever the network is written in.

namespace qsweep {

struct ExpectedLayer {
  const char* name;
  const char* type;
  const char* op;
  std::vector<std::vector<int>> sources;
  std::vector<int64_t> shape;
  int64_t macs;
  int64_t parameters;
};

inline void check_layers(const std::vector<Layer>& layers,
                         const std::vector<ExpectedLayer>& expected) {
  REQUIRE(layers.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].name);
    CHECK(layers[i].name == expected[i].name);
    CHECK(layers[i].type == expected[i].type);
    CHECK(layers[i].op == expected[i].op);
    CHECK(layers[i].sources == expected[i].sources);
    CHECK(layers[i].output_shape == expected[i].shape);
    CHECK(layers[i].macs == expected[i].macs);
    CHECK(layers[i].parameters == expected[i].parameters);
  }
}

inline std::vector<std::string> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  for (const Layer& layer : layers) {
    names.push_back(layer.name);
  }
  return names;
}

inline void check_same_bits(const NamedTensors& got, const NamedTensors& expected) {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    INFO(got[i].first);
    CHECK(got[i].first == expected[i].first);
    CHECK(got[i].second.equal(expected[i].second));
  }
}

inline NamedTensors gradients_of(const torch::nn::Module& module) {
  NamedTensors gradients;
  for (const auto& item : module.named_parameters()) {
    INFO(item.key());
    REQUIRE(item.value().grad().defined());
    gradients.emplace_back(item.key(), item.value().grad());
  }
  return gradients;
}

/// In evaluation; the hook is left out again behind it.
inline void check_each_site_changes_the_logits(Model& model, const torch::Tensor& images) {
  model.train(false);
  const torch::NoGradGuard no_grad;
  const torch::Tensor expected = model.forward(images);
  const std::vector<Site> sites = sites_of(model.layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    INFO(model.layers()[static_cast<size_t>(sites[i].layer)].name << ", site " << i);
    test::Doubled hook(static_cast<int>(i));
    CHECK_FALSE(model.forward(images, &hook).equal(expected));
  }
  CHECK(model.forward(images).equal(expected));
}

inline void check_a_throwing_hook_leaves_no_trace(Model& model, const torch::Tensor& images) {
  struct Throwing : SiteHook {
    torch::Tensor apply(int site, torch::Tensor x) override {
      if (site == 5) {  // behind a weight
        throw std::runtime_error("enough");
      }
      return x * 2;
    }
  };
  model.train(false);
  const torch::Tensor expected = model.forward(images);
  Throwing hook;
  CHECK_THROWS_WITH(model.forward(images, &hook), "enough");
  CHECK(model.forward(images).equal(expected));
  test::Identity identity;
  CHECK(model.forward(images, &identity).equal(expected));
}

/// The layer is a product without a bias.
inline void check_a_product_gets_a_bias(Model& model,
                                        int layer,
                                        const std::string& name,
                                        const torch::Tensor& images) {
  model.train(false);
  const torch::Tensor before = model.forward(images);
  const size_t parameters = model.parameters().size();
  CHECK_FALSE(model.tensors(layer).bias.defined());
  model.add_bias(layer);
  model.add_bias(layer);  // has one now
  REQUIRE(model.parameters().size() == parameters + 1);
  CHECK(torch::allclose(model.forward(images), before, 1e-4, 1e-5));
  const torch::Tensor bias = model.tensors(layer).bias;
  {
    const torch::NoGradGuard no_grad;
    bias.fill_(1);
  }
  const torch::Tensor after = model.forward(images);
  CHECK_FALSE(after.equal(before));
  test::Identity hook;
  CHECK(model.forward(images, &hook).equal(after));
  after.sum().backward();
  CHECK(bias.grad().defined());
  bool is_listed = false;
  for (const auto& [known, tensor] : model.parameters()) {
    is_listed = is_listed || (known == name && tensor.is_same(bias));
  }
  CHECK(is_listed);
}

inline void check_a_bypassed_norm_does_nothing(Model& model,
                                               int layer,
                                               const torch::Tensor& images) {
  model.train(false);
  const torch::NoGradGuard no_grad;
  const LayerTensors norm = model.tensors(layer);
  CHECK(norm.eps == 1e-5);
  norm.weight.fill_(3);
  const torch::Tensor with = model.forward(images);
  model.bypass(layer);
  const torch::Tensor without = model.forward(images);
  CHECK_FALSE(with.equal(without));
  norm.weight.fill_(7);
  CHECK(model.forward(images).equal(without));
  test::Identity hook;
  CHECK(model.forward(images, &hook).equal(without));
  CHECK(hook.seen.size() == sites_of(model.layers()).size());
}

}  // namespace qsweep
