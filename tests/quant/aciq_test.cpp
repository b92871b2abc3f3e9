#include "qsweep/quant/calibrators/aciq.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using test::calibrated;
using test::request_for;
using test::uniform;
using torch::Tensor;

namespace {

double laplace_error(double a, double levels) {
  return 2 * std::exp(-a) + a * a / (3 * levels * levels);
}

double gauss_error(double a, double levels) {
  constexpr double kPi = 3.14159265358979323846;
  return (a * a + 1) * (1 - std::erf(a / std::sqrt(2.0))) -
         std::sqrt(2 / kPi) * a * std::exp(-a * a / 2) + a * a / (3 * levels * levels);
}

Json aciq(const std::string& distribution) {
  return {{"name", "aciq"}, {"distribution", distribution}};
}

}  // namespace

TEST_CASE("aciq clips where the error of the formula is least", "[quant]") {
  for (int bits = 1; bits <= 12; ++bits) {
    INFO(bits);
    const double levels = std::exp2(bits);
    const double laplace = aciq_clip(Distribution::Laplace, bits);
    const double gauss = aciq_clip(Distribution::Gauss, bits);
    for (double a = 0.02; a < 20; a += 0.02) {
      CHECK(laplace_error(laplace, levels) <= laplace_error(a, levels) * (1 + 1e-12));
      CHECK(gauss_error(gauss, levels) <= gauss_error(a, levels) * (1 + 1e-9));
    }
  }
}

TEST_CASE("aciq's constants are those of its authors", "[quant]") {
  const std::vector<double> laplace = {2.83, 3.90, 5.03, 6.20, 7.41, 8.65, 9.90, 11.16};
  const std::vector<double> gauss = {1.71, 2.15, 2.56, 2.94, 3.29, 3.62, 3.92};
  for (size_t i = 0; i < laplace.size(); ++i) {
    const int bits = static_cast<int>(i) + 2;
    CHECK(std::round(aciq_clip(Distribution::Laplace, bits) * 100) == std::round(laplace[i] * 100));
  }
  for (size_t i = 0; i < gauss.size(); ++i) {
    CHECK(aciq_clip(Distribution::Gauss, static_cast<int>(i) + 2) ==
          Approx(gauss[i]).margin(0.0051));
  }
}

TEST_CASE("aciq goes out from the mean by the spread, on both sides", "[quant]") {
  torch::manual_seed(11);
  const Tensor weight = torch::randn({20, 500}).pow(3) + 0.25;
  const double mean = weight.mean().item<double>();
  const double spread = (weight - mean).abs().mean().item<double>();
  const double deviation = weight.std(/*unbiased=*/false).item<double>();
  const RangeRequest request = request_for(uniform(4, true));
  const Range laplace = make_calibrator("aciq")->range_of(weight, 0, request);
  CHECK(laplace.min.item<float>() == Approx(mean - 5.0286 * spread).epsilon(1e-4));
  CHECK(laplace.max.item<float>() == Approx(mean + 5.0286 * spread).epsilon(1e-4));
  const Range gauss = make_calibrator(aciq("gauss"))->range_of(weight, 0, request);
  CHECK(gauss.min.item<float>() == Approx(mean - 2.5591 * deviation).epsilon(1e-4));
  CHECK(gauss.max.item<float>() == Approx(mean + 2.5591 * deviation).epsilon(1e-4));
}

TEST_CASE("aciq on one side starts at zero and counts a bit more", "[quant]") {
  torch::manual_seed(12);
  const Tensor x = torch::randn({4, 4, 50, 50}).pow(3).relu();
  const double mean = x.mean().item<double>();
  const double spread = (x - mean).abs().mean().item<double>();
  const Range one_sided = calibrated("aciq", uniform(4, false), {x});
  CHECK(one_sided.min.item<float>() == 0);
  CHECK(one_sided.max.item<float>() == Approx(mean + 6.2048 * spread).epsilon(1e-3));
  // A symmetric quantizer has its codes on both sides all the same.
  const Range two_sided = calibrated("aciq", uniform(4, true), {x});
  CHECK(two_sided.min.item<float>() == 0);
  CHECK(two_sided.max.item<float>() == Approx(mean + 5.0286 * spread).epsilon(1e-3));
}

TEST_CASE("aciq reaches no further than what was seen", "[quant]") {
  const Range range = calibrated("aciq", uniform(8, false), {torch::rand({1, 100}) - 0.5});
  CHECK(range.max.item<float>() < 0.5F);
  CHECK(range.min.item<float>() >= -0.5F);
}
