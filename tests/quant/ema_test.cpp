#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using test::calibrated;
using test::numbers;
using test::uniform;
using torch::Tensor;

namespace {

// One image of two channels.
Tensor batch(std::vector<float> first, std::vector<float> second) {
  return torch::stack({torch::tensor(first), torch::tensor(second)}).unsqueeze(0);
}

}  // namespace

TEST_CASE("ema starts at the first batch and takes a share of each later one", "[quant]") {
  const std::vector<Tensor> batches = {
      batch({-1, 2}, {0, 8}), batch({-3, 1}, {-1, 4}), batch({0, 1}, {0, 0})};
  const Json calibrate = {{"name", "ema"}, {"momentum", 0.25}};
  // -1, -1.5, -1.125 and 0, -0.25, -0.1875; 2, 1.75, 1.5625 and 8, 7, 5.25.
  const Range channels = calibrated(calibrate, uniform(4, false, "per_channel"), batches);
  CHECK(numbers(channels.min) == std::vector<float>{-1.125F, -0.1875F});
  CHECK(numbers(channels.max) == std::vector<float>{1.5625F, 5.25F});
  // Of the whole tensor: -1, -1.5, -1.125 and 8, 7, 5.5, where no channel is the largest all the
  // time.
  const Range whole = calibrated(calibrate, uniform(4, false), batches);
  CHECK(numbers(whole.min) == std::vector<float>{-1.125F});
  CHECK(numbers(whole.max) == std::vector<float>{5.5F});
}

TEST_CASE("ema takes a hundredth of a batch unless it is told otherwise", "[quant]") {
  const Range range =
      calibrated("ema", uniform(4, false), {batch({-1, 1}, {0, 0}), batch({-2, 11}, {0, 0})});
  CHECK(range.min.item<float>() == Approx(-1.01F));
  CHECK(range.max.item<float>() == Approx(1.1F));
}

TEST_CASE("averages of different momentum are different statistics", "[quant]") {
  const auto name = [](const Json& calibrate) {
    return make_calibrator(calibrate)->observer(false).name;
  };
  CHECK(name("ema") == name({{"name", "ema"}, {"momentum", 0.01}}));
  CHECK(name("ema") != name({{"name", "ema"}, {"momentum", 0.1}}));
}
