#include "qsweep/quant/quantizer.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

std::unique_ptr<Quantizer> ternary(Json parameters, SiteShape shape = {0, 1, SiteKind::Weight}) {
  parameters["quantizer"] = "ternary";
  return make_quantizer(parameters, shape);
}

void set(const NamedTensors& parameters, const std::vector<float>& values) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < values.size(); ++i) {
    Tensor parameter = parameters[i].second;
    parameter.fill_(values[i]);
  }
}

}  // namespace

TEST_CASE("ternary, twn: threshold and value by hand", "[quant]") {
  // mean|w| = 1, d = 0.7: above it are 1.5, -2 and 1, whose mean is 1.5.
  const Tensor w = torch::tensor({1.5F, -2.0F, 0.5F, 1.0F, 0.0F});
  const auto quantizer = ternary({});
  CHECK(quantizer->quantize(w).values.equal(torch::tensor({1.5F, -1.5F, 0.0F, 1.5F, 0.0F})));
  CHECK(quantizer->range_text() == "[-1.5, 1.5]");
  CHECK(quantizer->parameters().empty());
  // d = 1.5: what equals the threshold is not above it.
  CHECK(ternary({{"threshold", 1.5}})
            ->quantize(w)
            .values.equal(torch::tensor({0.0F, -2.0F, 0.0F, 0.0F, 0.0F})));
}

TEST_CASE("ternary, twn: the gradient passes straight through", "[quant]") {
  const Tensor w = torch::tensor({1.5F, -2.0F, 0.5F}).requires_grad_(true);
  const Tensor g = torch::tensor({1.0F, 2.0F, 3.0F});
  ternary({})->quantize(w).values.backward(g);
  CHECK(w.grad().equal(g));
}

TEST_CASE("ternary per channel equals per tensor applied to each channel", "[quant]") {
  torch::manual_seed(1);
  const Tensor w = torch::randn({4, 5, 3, 3});
  const Tensor g = torch::randn_like(w);
  for (const std::string method : {"twn", "ttq"}) {
    INFO(method);
    const auto all =
        ternary({{"method", method}, {"granularity", "per_channel"}}, {0, 4, SiteKind::Weight});
    const Tensor leaf = w.clone().requires_grad_(true);
    const Tensor y = all->quantize(leaf).values;
    y.backward(g);
    for (int64_t c = 0; c < 4; ++c) {
      const auto one = ternary({{"method", method}});
      const Tensor own = w[c].clone().requires_grad_(true);
      const Tensor z = one->quantize(own).values;
      z.backward(g[c]);
      CHECK(z.equal(y[c]));
      CHECK(own.grad().equal(leaf.grad()[c]));
      for (size_t i = 0; i < one->parameters().size(); ++i) {
        CHECK(one->parameters()[i].second.grad()[0].item<float>() ==
              Approx(all->parameters()[i].second.grad()[c].item<float>()));
      }
    }
  }
}

TEST_CASE("ternary, ttq: start, values and gradients by hand", "[quant]") {
  // max|w| = 4, d = 0.25 * 4 = 1: above are 3 and 2, below is -4.
  const Tensor w = torch::tensor({3.0F, -4.0F, 0.5F, 2.0F, -1.0F}).requires_grad_(true);
  const auto quantizer = ternary({{"method", "ttq"}, {"max_threshold", 0.25}});
  CHECK(quantizer->parameters().empty());
  CHECK(
      quantizer->quantize(w.detach()).values.equal(torch::tensor({2.5F, -4.0F, 0.0F, 2.5F, 0.0F})));
  const NamedTensors learned = quantizer->parameters();
  REQUIRE(learned.size() == 2);
  CHECK(learned[0].first == "positive");
  CHECK(learned[1].first == "negative");
  set(learned, {0.5F, 2.0F});
  const Tensor y = quantizer->quantize(w).values;
  CHECK(y.equal(torch::tensor({0.5F, -2.0F, 0.0F, 0.5F, 0.0F})));
  y.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F}));
  CHECK(w.grad().equal(torch::tensor({0.5F, 4.0F, 3.0F, 2.0F, 5.0F})));
  CHECK(learned[0].second.grad().item<float>() == 5.0F);   // 1 + 4
  CHECK(learned[1].second.grad().item<float>() == -2.0F);  // of -n
}

TEST_CASE("ternary, ttq: the learned values' gradients are finite differences", "[quant]") {
  torch::manual_seed(2);
  const Tensor w = torch::randn({6, 7}, torch::kDouble);
  const Tensor g = torch::randn({6, 7}, torch::kDouble);
  const auto quantizer = ternary({{"method", "ttq"}});
  const auto loss = [&] { return (quantizer->quantize(w).values * g).sum(); };
  loss().backward();
  for (const auto& [name, parameter] : quantizer->parameters()) {
    INFO(name);
    const torch::NoGradGuard no_grad;
    Tensor changed = parameter;
    constexpr float kStep = 1.0F / 64;
    const Tensor before = changed.clone();
    changed.add_(kStep);
    const double up = loss().item<double>();
    changed.copy_(before - kStep);
    const double down = loss().item<double>();
    changed.copy_(before);
    CHECK(parameter.grad().item<double>() ==
          Approx((up - down) / (2 * double{kStep})).epsilon(1e-4));
  }
}

TEST_CASE("ternary, ttq: the paper's start, kept positive, saved by its numbers", "[quant]") {
  const Tensor w = torch::tensor({0.3F, -0.4F, 0.2F});
  const auto quantizer = ternary({{"method", "ttq"}, {"start", "one"}});
  CHECK(quantizer->quantize(w).values.equal(torch::tensor({1.0F, -1.0F, 1.0F})));
  set(quantizer->parameters(), {-2.0F, 0.25F});
  Tensor latent = w.clone();
  {
    const torch::NoGradGuard no_grad;
    quantizer->after_step(latent);
  }
  CHECK(latent.equal(w));
  CHECK(quantizer->parameters()[0].second.item<float>() > 0);
  CHECK(quantizer->parameters()[1].second.item<float>() == 0.25F);

  const auto again = ternary({{"method", "ttq"}});
  again->quantize(w);
  set(again->parameters(), {quantizer->parameters()[0].second.item<float>(), 0.25F});
  CHECK(again->quantize(w).values.equal(quantizer->quantize(w).values));
}

TEST_CASE("ternary, ttq: a side without weights has a positive value all the same", "[quant]") {
  const auto quantizer = ternary({{"method", "ttq"}});
  CHECK(quantizer->quantize(torch::tensor({1.0F, 2.0F})).values.equal(torch::tensor({1.5F, 1.5F})));
  CHECK(quantizer->parameters()[1].second.item<float>() == Approx(0.1));
  const auto zeros = ternary({{"method", "ttq"}});
  CHECK(zeros->quantize(torch::zeros({3})).values.equal(torch::zeros({3})));
  CHECK(zeros->parameters()[0].second.item<float>() > 0);
}

TEST_CASE("ternary: kernel and torch's operators agree, learned gradients included", "[quant]") {
  torch::manual_seed(6);
  const Tensor w = torch::randn({8, 9, 3, 3});
  const Tensor g = torch::randn_like(w);
  for (const std::string granularity : {"per_tensor", "per_channel"}) {
    std::vector<Tensor> found;
    for (const auto type : {torch::kFloat, torch::kDouble}) {
      const auto quantizer =
          ternary({{"method", "ttq"}, {"granularity", granularity}}, {0, 8, SiteKind::Weight});
      const Tensor leaf = w.to(type).clone().requires_grad_(true);
      quantizer->quantize(leaf).values.backward(g.to(type));
      for (const auto& [name, parameter] : quantizer->parameters()) {
        found.push_back(parameter.grad().to(torch::kDouble));
      }
      found.push_back(leaf.grad().to(torch::kDouble));
    }
    for (size_t i = 0; i < 3; ++i) {
      CHECK(found[i].allclose(found[i + 3], 1e-4, 1e-5));
    }
  }
}

TEST_CASE("ternary: codes, zeros, NaN", "[quant]") {
  const auto quantizer = ternary({});
  quantizer->quantize(torch::tensor({1.5F, -2.0F, 0.5F, 1.0F, 0.0F}));
  CHECK(quantizer->codes(torch::tensor({-1.5F, 0.0F, 1.5F, 1.0F, -0.0F}))
            .equal(torch::tensor({0, 1, 2, -1, 1}, torch::kLong)));
  CHECK_FALSE(quantizer->zero_width());
  CHECK(quantizer->quantize(torch::zeros({4})).values.equal(torch::zeros({4})));
  CHECK(quantizer->zero_width());
  CHECK_FALSE(quantizer->quantize(torch::tensor({1.0F, std::nanf("")})).finite);
  CHECK_FALSE(quantizer->quantize(torch::tensor({1.0F, -INFINITY})).finite);
  CHECK(quantizer->quantize(torch::tensor({1e-40F, -1e-40F})).finite);
}

TEST_CASE("ternary: monotone", "[quant]") {
  torch::manual_seed(7);
  const Tensor w = std::get<0>(torch::randn({5000}).sort());
  for (const std::string method : {"twn", "ttq"}) {
    const Tensor y = ternary({{"method", method}})->quantize(w).values.detach();
    CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
  }
}
