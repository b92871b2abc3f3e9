#include "qsweep/quant/moments.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using test::calibrated;
using test::uniform;
using torch::Tensor;

TEST_CASE("moments of batches are those of all values", "[quant]") {
  torch::manual_seed(13);
  const std::vector<Tensor> batches = {torch::randn({5, 3, 7, 7}) + 100,
                                       torch::randn({2, 3, 7, 7}) * 3 - 20,
                                       torch::randn({1, 3, 7, 7})};
  const auto observer = moments_observer().make(1);
  for (const Tensor& batch : batches) {
    observer->observe(batch);
  }
  const Tensor all = torch::cat(batches).to(torch::kDouble);
  const Moments whole = moments_of(observer->statistics(), false);
  CHECK(whole.mean.item<double>() == Approx(all.mean().item<double>()).epsilon(1e-6));
  CHECK(whole.variance.item<double>() == Approx(all.var(false).item<double>()).epsilon(1e-5));
  CHECK(whole.mean_abs.item<double>() == Approx(all.abs().mean().item<double>()).epsilon(1e-6));
  CHECK(whole.seen.max.item<float>() == all.max().item<float>());
  const Moments channels = moments_of(observer->statistics(), true);
  for (int64_t channel = 0; channel < 3; ++channel) {
    const Tensor one = all.select(1, channel);
    CHECK(channels.mean[channel].item<double>() == Approx(one.mean().item<double>()).epsilon(1e-6));
    CHECK(channels.variance[channel].item<double>() ==
          Approx(one.var(false).item<double>()).epsilon(1e-5));
    CHECK(channels.mean_abs[channel].item<double>() ==
          Approx(one.abs().mean().item<double>()).epsilon(1e-6));
  }
}

TEST_CASE("mean_abs is the range of LSQ's first step", "[quant]") {
  const Tensor both = torch::tensor({{1.0F, -2.0F}, {3.0F, -4.0F}});  // mean|x| = 2.5
  const Tensor one = torch::tensor({{0.0F, 1.0F}, {2.0F, 7.0F}});
  // Codes -7 to 7, -8 to 7 and 0 to 15.
  const Range symmetric = calibrated("mean_abs", uniform(4, true), {both});
  CHECK(symmetric.max.item<float>() == Approx(5 * std::sqrt(7.0)));
  CHECK(symmetric.min.item<float>() == Approx(-5 * std::sqrt(7.0)));
  const Range affine = calibrated("mean_abs", uniform(4, false), {both});
  CHECK(affine.max.item<float>() == Approx(5 * std::sqrt(7.0)));
  CHECK(affine.min.item<float>() == Approx(-5 * std::sqrt(7.0) * 8 / 7));
  const Range positive = calibrated("mean_abs", uniform(4, false), {one});
  CHECK(positive.max.item<float>() == Approx(5 * std::sqrt(15.0)));
  CHECK(positive.min.item<float>() == 0);
  const Range signed_codes = calibrated("mean_abs", uniform(4, true), {one});
  CHECK(signed_codes.min.item<float>() == Approx(-5 * std::sqrt(7.0)));
}

TEST_CASE("sigma goes k standard deviations to either side, seen or not", "[quant]") {
  const Tensor x = torch::tensor({{1.0F, 3.0F}, {5.0F, 7.0F}});  // mean 4, variance 5
  const Range three = calibrated("sigma", uniform(4, true), {x});
  CHECK(three.min.item<float>() == Approx(4 - 3 * std::sqrt(5.0)));
  CHECK(three.max.item<float>() == Approx(4 + 3 * std::sqrt(5.0)));
  const Json half = {{"name", "sigma"}, {"k", 0.5}};
  const Range channels = calibrated(half, uniform(4, true, "per_channel"), {x});
  CHECK(channels.min[0].item<float>() == 2);  // of 1 and 5
  CHECK(channels.max[1].item<float>() == 6);  // of 3 and 7
}
