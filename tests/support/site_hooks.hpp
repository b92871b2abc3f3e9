#pragma once

#include "qsweep/model/site_hook.hpp"

#include <vector>

namespace qsweep::test {

/// Leaves every tensor as it is, and notes the sites in the order of their calls.
class Identity : public SiteHook {
 public:
  torch::Tensor apply(int site, torch::Tensor x) override {
    seen.push_back(site);
    return x;
  }
  std::vector<int> seen;
};

/// Changes one site in a way that gradients go through.
class Doubled : public SiteHook {
 public:
  explicit Doubled(int site) : site_(site) {}
  torch::Tensor apply(int site, torch::Tensor x) override { return site == site_ ? x * 2 : x; }

 private:
  int site_;
};

/// A small change that has a gradient, another one at each site.
class Scaled : public SiteHook {
 public:
  torch::Tensor apply(int site, torch::Tensor x) override {
    return x * (1 + 0.01 * (site + 1)) + 0.001;
  }
};

/// Identity, which takes a ReLU, a sum or a batch norm in front of a site over.
class Absorbing : public Identity {
 public:
  bool absorbs_relu(int /*site*/) const override { return true; }
  bool absorbs_add(int /*site*/) const override { return true; }
  bool absorbs_batch_norm(int /*site*/) const override { return true; }
  torch::Tensor apply_to_relu(int site, torch::Tensor x) override {
    relus.push_back(site);
    return apply(site, at::relu(x));
  }
  torch::Tensor apply_to_sum(int site, torch::Tensor a, torch::Tensor b) override {
    sums.push_back(site);
    return apply(site, a + b);
  }
  torch::Tensor apply_to_batch_norm(int site, torch::Tensor x, const LayerTensors& norm) override {
    norms.push_back(site);
    return apply(site, batch_norm_of(x, norm));
  }
  std::vector<int> relus;
  std::vector<int> sums;
  std::vector<int> norms;
};

}  // namespace qsweep::test
