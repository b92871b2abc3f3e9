#include "qsweep/quant/groups.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/quant/binding.hpp"

#include "support/catch.hpp"
#include "support/tiny_net.hpp"

using namespace qsweep;
using torch::Tensor;

TEST_CASE("groups are neighbours of one output channel; the last may be shorter", "[quant]") {
  const Groups groups({2, 5}, 0, 3);
  const Tensor w = torch::arange(1, 11, torch::kFloat).view({2, 5});
  CHECK(groups.count() == 4);
  CHECK(groups.padding() == 2);
  CHECK(groups.split(w).equal(torch::tensor(
      {{1.0F, 2.0F, 3.0F}, {4.0F, 5.0F, 0.0F}, {6.0F, 7.0F, 8.0F}, {9.0F, 10.0F, 0.0F}})));
  CHECK(groups.join(groups.split(w)).equal(w));
}

TEST_CASE("groups follow the logical order in every layout, and other channel axes", "[quant]") {
  torch::manual_seed(1);
  const Tensor w = torch::randn({4, 6, 3, 3});
  const Tensor last = w.contiguous(torch::MemoryFormat::ChannelsLast);
  const Groups groups({4, 6, 3, 3}, 0, 7);
  CHECK(groups.split(last).equal(groups.split(w)));
  CHECK(groups.split(w)[0].equal(w.view(-1).slice(0, 0, 7)));
  CHECK(groups.join(groups.split(last)).equal(w));
  const Groups transposed({4, 6, 3, 3}, 1, 5);
  CHECK(transposed.count() == 6 * 8);
  CHECK(transposed.join(transposed.split(w)).equal(w));
  const Groups whole({4, 6, 3, 3}, 0, 1000);  // a group per channel
  CHECK(whole.count() == 4);
}

TEST_CASE("a gradient passes through groups unchanged", "[quant]") {
  const Groups groups({2, 5}, 0, 3);
  const Tensor w = torch::randn({2, 5}).requires_grad_(true);
  const Tensor g = torch::randn({2, 5});
  groups.join(groups.split(w)).backward(g);
  CHECK(w.grad().equal(g));
}

namespace {

Json per_group(int64_t size) {
  return {{"quantizer", "uniform"},
          {"bits", 4},
          {"symmetric", true},
          {"narrow", true},
          {"calibrate", "minmax"},
          {"granularity", "per_group"},
          {"group", size}};
}

int weight_site(const Model& model) {
  const auto sites = sites_of(model.layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == SiteKind::Weight) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace

TEST_CASE("a binding gives each group of a weight a scale of its own values", "[quant]") {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  const auto model = tiny_net();
  const int site = weight_site(*model);
  const Tensor weight = model->parameters()[0].second;
  Binding binding(model->layers(), {{per_group(5), {site}, "p:1"}});
  binding.begin_evaluation();
  const Tensor y = binding.apply(site, weight);
  REQUIRE(y.sizes() == weight.sizes());
  const Tensor from = weight.reshape({weight.size(0), -1});
  const Tensor to = y.reshape({weight.size(0), -1});
  for (int64_t c = 0; c < from.size(0); ++c) {
    for (int64_t first = 0; first < from.size(1); first += 5) {
      const Tensor group = from[c].slice(0, first, first + 5);
      const double scale = static_cast<double>((group.abs().max() / 7).item<float>());
      const Tensor expected = torch::fake_quantize_per_tensor_affine(group, scale, 0, -7, 7);
      CHECK(to[c].slice(0, first, first + 5).equal(expected));
    }
  }
  CHECK(binding.reports()[static_cast<size_t>(site)].tally.elements == weight.numel());
}

TEST_CASE("groups of an activation are refused", "[quant]") {
  const auto model = tiny_net();
  const auto sites = sites_of(model->layers());
  int output = 0;
  while (sites[static_cast<size_t>(output)].kind != SiteKind::Output) {
    ++output;
  }
  CHECK_THROWS_WITH(Binding(model->layers(), {{per_group(5), {output}, "p:1"}}),
                    "'per_group' is for weights, not for the output of conv");
}

TEST_CASE("sites draw different numbers, and the same again for the same seed and epoch",
          "[quant]") {
  const auto model = tiny_net();
  std::vector<int> outputs;
  const auto sites = sites_of(model->layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == SiteKind::Output) {
      outputs.push_back(static_cast<int>(i));
    }
  }
  REQUIRE(outputs.size() >= 2);
  const Json spec = {{"quantizer", "sign"}, {"stochastic", true}, {"bits", 1}};
  Binding binding(model->layers(), {{spec, outputs, "p:1"}});
  const Tensor x = torch::zeros({64, 3, 8, 8});
  const auto drawn = [&](int site, int epoch, uint64_t seed) {
    binding.begin_training({epoch, 3, 0, seed});
    return binding.apply(site, x);
  };
  const Tensor first = drawn(outputs[0], 1, 7);
  CHECK(drawn(outputs[0], 1, 7).equal(first));
  CHECK_FALSE(drawn(outputs[1], 1, 7).equal(first));
  CHECK_FALSE(drawn(outputs[0], 2, 7).equal(first));
  CHECK_FALSE(drawn(outputs[0], 1, 8).equal(first));
}
