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

}  // namespace qsweep::test
