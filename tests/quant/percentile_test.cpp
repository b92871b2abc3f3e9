#include "qsweep/quant/histogram.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using test::calibrated;
using test::uniform;
using torch::Tensor;

namespace {

Json percentile(double p) {
  return {{"name", "percentile"}, {"p", p}};
}

// The smallest |x| that p percent of all values do not exceed, by sorting.
double by_sorting(const Tensor& x, double p) {
  const Tensor sorted = std::get<0>(x.abs().reshape(-1).sort());
  const auto needed = static_cast<int64_t>(std::ceil(p * static_cast<double>(x.numel()) / 100));
  return sorted[needed - 1].item<double>();
}

}  // namespace

TEST_CASE("percentile is that of the sorted magnitudes, rounded up to a bin's edge", "[quant]") {
  torch::manual_seed(6);
  const Tensor x = torch::randn({10, 10, 10, 10});
  const double limit = std::exp2(std::ceil(std::log2(x.abs().max().item<double>())));
  const double width = limit / (kBins / 2);
  for (const double p : {50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    INFO(p);
    const double wanted = by_sorting(x, p);
    const Range range = calibrated(percentile(p), uniform(8, true), {x});
    const double edge = (std::floor(wanted / width) + 1) * width;
    CHECK(range.max.item<float>() == static_cast<float>(std::min(edge, x.max().item<double>())));
    CHECK(range.min.item<float>() == static_cast<float>(std::max(-edge, x.min().item<double>())));
  }
}

TEST_CASE("percentile reaches no further than what was seen", "[quant]") {
  const Range range = calibrated(
      percentile(75), uniform(8, false), {torch::tensor({{-0.25F, 0.5F, 1.0F, 100.0F}})});
  CHECK(range.min.item<float>() == -0.25F);
  CHECK(range.max.item<float>() == Approx(1.0F + 128.0F / 4096));
  const Range all = calibrated(percentile(100), uniform(8, false), {torch::tensor({{3.0F, 7.0F}})});
  CHECK(all.min.item<float>() == 3);
  CHECK(all.max.item<float>() == 7);
}

TEST_CASE("99.99 percent of 10,000 values are 9,999", "[quant]") {
  Tensor x = torch::full({1, 10000}, 0.1F);
  x[0][17] = 60;
  CHECK(calibrated("percentile", uniform(8, false), {x}).max.item<float>() < 0.2F);
  x[0][18] = 60;
  CHECK(calibrated("percentile", uniform(8, false), {x}).max.item<float>() == 60);
}
