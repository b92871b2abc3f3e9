#include "qsweep/core/error.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

std::unique_ptr<Quantizer> sign(const std::string& scale,
                                const std::string& granularity = "per_tensor",
                                SiteShape shape = {0, 2}) {
  return make_quantizer({{"quantizer", "sign"}, {"scale", scale}, {"granularity", granularity}},
                        shape);
}

std::unique_ptr<Quantizer> sloped(const std::string& gradient) {
  return make_quantizer({{"quantizer", "sign"}, {"gradient", gradient}}, {1, 1, SiteKind::Output});
}

std::unique_ptr<Quantizer> stochastic() {
  return make_quantizer({{"quantizer", "sign"}, {"stochastic", true}}, {1, 1, SiteKind::Output});
}

Tensor gradient_at(Quantizer& quantizer, const Tensor& x) {
  const Tensor leaf = x.clone().requires_grad_(true);
  quantizer.quantize(leaf).values.sum().backward();
  return leaf.grad();
}

}  // namespace

TEST_CASE("sign: two values, and zero counts as positive", "[quant]") {
  const Tensor x = torch::tensor({-2.0F, -1e-30F, -0.0F, 0.0F, 1e-30F, 5.0F});
  const Tensor y = sign("none")->quantize(x).values;
  CHECK(y.equal(torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F, 1.0F, 1.0F})));
}

TEST_CASE("sign: the gradient is that of a hard tanh, edges included", "[quant]") {
  const Tensor x = torch::tensor({-1.5F, -1.0F, -0.5F, 0.0F, 1.0F, 1.0001F}).requires_grad_(true);
  sign("none")->quantize(x).values.backward(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}));
  CHECK(x.grad().equal(torch::tensor({0.0F, 2.0F, 3.0F, 4.0F, 5.0F, 0.0F})));
}

TEST_CASE("sign with mean_abs: the values are the mean of |w|", "[quant]") {
  const Tensor w = torch::tensor({{1.0F, -3.0F}, {0.5F, 0.5F}});
  CHECK(
      sign("mean_abs")->quantize(w).values.equal(torch::tensor({{1.25F, -1.25F}, {1.25F, 1.25F}})));
  CHECK(sign("mean_abs", "per_channel")
            ->quantize(w)
            .values.equal(torch::tensor({{2.0F, -2.0F}, {0.5F, 0.5F}})));
}

TEST_CASE("sign with mean_abs: the gradient is XNOR-Net's", "[quant]") {
  // a g 1[|w|<=1] + sign(w) mean(g sign(w)), by hand: w = (0.5, -2), g = (3, 1), a = 1.25,
  // mean(g sign(w)) = (3 - 1) / 2 = 1.
  const Tensor w = torch::tensor({0.5F, -2.0F}).requires_grad_(true);
  sign("mean_abs", "per_tensor", {0, 1})->quantize(w).values.backward(torch::tensor({3.0F, 1.0F}));
  CHECK(w.grad().equal(torch::tensor({1.25F * 3 + 1, -1.0F})));
}

TEST_CASE("sign: NaN is noticed", "[quant]") {
  CHECK(sign("none")->quantize(torch::ones({5})).finite);
  CHECK_FALSE(sign("none")->quantize(torch::tensor({1.0F, std::nanf("")})).finite);
}

TEST_CASE("sign: max_abs is the largest |w|, and a constant to the gradient", "[quant]") {
  const Tensor w = torch::tensor({{0.5F, -3.0F}, {0.25F, 0.5F}});
  CHECK(sign("max_abs", "per_channel")
            ->quantize(w)
            .values.equal(torch::tensor({{3.0F, -3.0F}, {0.5F, 0.5F}})));
  CHECK(gradient_at(*sign("max_abs"), w).equal(torch::tensor({{3.0F, 0.0F}, {3.0F, 3.0F}})));
}

TEST_CASE("sign with mean_abs per channel: each channel as a tensor of its own", "[quant]") {
  torch::manual_seed(3);
  const Tensor w = torch::randn({5, 7, 3, 3});
  const Tensor leaf = w.clone().requires_grad_(true);
  const Tensor g = torch::randn_like(w);
  const Tensor y = sign("mean_abs", "per_channel", {0, 5})->quantize(leaf).values;
  y.backward(g);
  for (int64_t c = 0; c < 5; ++c) {
    const Tensor own = w[c].clone().requires_grad_(true);
    const Tensor z = sign("mean_abs")->quantize(own).values;
    z.backward(g[c]);
    CHECK(z.equal(y[c]));
    CHECK(own.grad().allclose(leaf.grad()[c], 1e-6, 1e-7));
  }
}

TEST_CASE("sign: the slopes by hand", "[quant]") {
  const Tensor x = torch::tensor({-1.0F, -0.75F, 0.0F, 0.25F, 1.5F});
  CHECK(gradient_at(*sloped("identity"), x).equal(torch::ones({5})));
  CHECK(gradient_at(*sloped("polynomial"), x).equal(torch::tensor({0.0F, 0.5F, 2.0F, 1.5F, 0.0F})));
}

TEST_CASE("sign: the slope of tanh grows sharper from epoch to epoch", "[quant]") {
  const Tensor x = torch::tensor({0.0F, 0.1F, -0.3F, 2.0F, -50.0F}, torch::kDouble);
  const auto quantizer = sloped("tanh");
  // Five epochs: t = 0.001, 0.01, 0.1, 1, 10.
  for (int epoch = 1; epoch <= 5; ++epoch) {
    quantizer->begin({true, epoch, 5, 0});
    const double t = std::pow(10.0, epoch - 4);
    const Tensor tanh = (t * x).tanh();
    const Tensor expected = std::max(1 / t, 1.0) * t * (1 - tanh * tanh);
    const Tensor found = gradient_at(*quantizer, x.to(torch::kFloat));
    CHECK(found.to(torch::kDouble).allclose(expected, 1e-5, 1e-7));
  }
}

TEST_CASE("sign: the slope of swish is the derivative of SignSwish", "[quant]") {
  const Tensor x = torch::linspace(-3, 3, 241, torch::kDouble);
  const auto sign_swish = [](const Tensor& v) {
    const Tensor s = (5 * v).sigmoid();
    return 2 * s * (1 + 5 * v * (1 - s)) - 1;
  };
  const Tensor expected = (sign_swish(x + 1e-5) - sign_swish(x - 1e-5)) / 2e-5;
  const Tensor found = gradient_at(*sloped("swish"), x.to(torch::kFloat));
  CHECK(found.to(torch::kDouble).allclose(expected, 1e-4, 1e-5));
  CHECK(gradient_at(*sloped("swish"), torch::zeros({1})).item<float>() == Approx(5.0));
}

TEST_CASE("sign: every slope by kernel is that by torch's operators", "[quant]") {
  torch::manual_seed(4);
  const Tensor x = torch::cat({torch::randn({5000}), torch::tensor({1.0F, -1.0F, 0.0F, 20.0F})});
  for (const std::string name : {"clipped", "identity", "polynomial", "tanh", "swish"}) {
    for (const std::string scale : {"none", "mean_abs", "max_abs"}) {
      INFO(name + ' ' + scale);
      const auto quantizer = make_quantizer(
          {{"quantizer", "sign"}, {"gradient", name}, {"scale", scale}}, {0, 1, SiteKind::Weight});
      quantizer->begin({true, 3, 4, 1});
      const Tensor fast = gradient_at(*quantizer, x).to(torch::kDouble);
      CHECK(fast.allclose(gradient_at(*quantizer, x.to(torch::kDouble)), 1e-4, 1e-5));
    }
  }
}

TEST_CASE("sign, stochastic: 1 as often as (x + 1) / 2 says, only in training", "[quant]") {
  const auto quantizer = stochastic();
  constexpr int64_t kDraws = 100000;
  quantizer->begin({true, 1, 1, 11});
  for (const float x : {-1.0F, -0.5F, 0.0F, 0.3F, 0.9F, 1.0F}) {
    const double mean = quantizer->quantize(torch::full({kDraws}, x)).values.mean().item<double>();
    CHECK(std::abs(mean - static_cast<double>(x)) < 4 / std::sqrt(double{kDraws}));
  }
  CHECK(quantizer->quantize(torch::full({99}, 7.0F)).values.equal(torch::ones({99})));
  CHECK(quantizer->quantize(torch::full({99}, -7.0F)).values.equal(-torch::ones({99})));
  quantizer->begin(Phase());
  CHECK(quantizer->quantize(torch::full({99}, 0.01F)).values.equal(torch::ones({99})));
}

TEST_CASE("sign, stochastic: the same by torch's operators, whatever the layout", "[quant]") {
  torch::manual_seed(5);
  const Tensor plain = torch::randn({2, 8, 5, 6});
  for (const Tensor& x : {plain, plain.contiguous(torch::MemoryFormat::ChannelsLast)}) {
    const auto fast = stochastic();
    const auto slow = stochastic();
    fast->begin({true, 1, 1, 5});
    slow->begin({true, 1, 1, 5});
    for (int call = 0; call < 2; ++call) {
      const Tensor y = fast->quantize(x).values;
      CHECK(slow->quantize(x.to(torch::kDouble)).values.to(torch::kFloat).equal(y));
    }
  }
}

TEST_CASE("sign, stochastic: a scale is refused", "[quant]") {
  CHECK_THROWS_WITH(
      make_quantizer({{"quantizer", "sign"}, {"stochastic", true}, {"scale", "mean_abs"}},
                     {0, 2, SiteKind::Weight}),
      "'stochastic' of 'sign' works with 'scale: none' only");
}

TEST_CASE("sign: latent weights are clipped to [-1, 1] on request", "[quant]") {
  Tensor latent = torch::tensor({-3.0F, 0.5F, 1.5F});
  sign("none")->after_step(latent);
  CHECK(latent.equal(torch::tensor({-3.0F, 0.5F, 1.5F})));
  make_quantizer({{"quantizer", "sign"}, {"clip_latent", true}}, {0, 3, SiteKind::Weight})
      ->after_step(latent);
  CHECK(latent.equal(torch::tensor({-1.0F, 0.5F, 1.0F})));
}

TEST_CASE("sign: other magnitudes than the scale are no levels", "[quant]") {
  const auto quantizer = sign("mean_abs", "per_channel");
  quantizer->quantize(torch::tensor({{1.0F, -3.0F}, {0.5F, 0.5F}}));
  const Tensor values = torch::tensor({{2.0F, -2.0F}, {0.5F, 2.0F}});
  CHECK(quantizer->codes(values).equal(torch::tensor({{1, 0}, {1, -1}}, torch::kLong)));
  CHECK(quantizer->range_text() == "[-2, 2]");
  CHECK_FALSE(quantizer->zero_width());
  quantizer->quantize(torch::zeros({2, 2}));
  CHECK(quantizer->zero_width());
}
