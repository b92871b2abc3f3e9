#include "qsweep/quant/range.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

// By LibTorch's own reductions.
bool are_extremes(const Range& range, const Tensor& x, int64_t channel_axis) {
  const Tensor rows = x.movedim(channel_axis, 0).reshape({x.size(channel_axis), -1});
  return range.min.equal(rows.amin(1)) && range.max.equal(rows.amax(1));
}

}  // namespace

TEST_CASE("the extremes of each channel, however they lie in memory", "[quant]") {
  torch::manual_seed(5);
  for (const int64_t channels : {1, 3, 16, 20, 64, 100}) {
    CAPTURE(channels);
    const Tensor images = torch::randn({5, channels, 7, 9});
    CHECK(are_extremes(extremes_of(images, 1), images, 1));
    const Tensor last = images.contiguous(torch::MemoryFormat::ChannelsLast);
    CHECK(are_extremes(extremes_of(last, 1), images, 1));
    const Tensor every_other = images.slice(3, 0, 9, 2);
    CHECK(are_extremes(extremes_of(every_other, 1), every_other, 1));
    const Tensor tokens = torch::randn({4, 11, channels});
    CHECK(are_extremes(extremes_of(tokens, 2), tokens, 2));
    const Tensor features = torch::randn({33, channels}) + 3;  // none is below 0
    CHECK(are_extremes(extremes_of(features, 1), features, 1));
    const Tensor weight = torch::randn({channels, 3, 3, 3}) - 9;  // none is above
    CHECK(are_extremes(extremes_of(weight, 0), weight, 0));
  }
  const Tensor row = torch::tensor({2.0F, -1.0F});
  CHECK(extremes_of(row, 0).min.equal(row));
}

TEST_CASE("extremes are the same on two threads", "[quant]") {
  const int threads = torch::get_num_threads();
  const Tensor x = torch::randn({64, 16, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast);
  torch::set_num_threads(1);
  const Range alone = extremes_of(x, 1);
  torch::set_num_threads(2);
  const Range together = extremes_of(x, 1);
  torch::set_num_threads(threads);
  CHECK(alone.min.equal(together.min));
  CHECK(alone.max.equal(together.max));
}

TEST_CASE("NaN and infinity show in the extremes of their channel alone", "[quant]") {
  Tensor x = torch::zeros({2, 3, 4, 4});
  x[1][0][2][3] = std::numeric_limits<float>::quiet_NaN();
  x[0][2][0][0] = -std::numeric_limits<float>::infinity();
  const Range range = extremes_of(x, 1);
  CHECK(range.min.isnan().equal(torch::tensor({true, false, false})));
  CHECK(range.max.isnan().equal(torch::tensor({true, false, false})));
  CHECK(range.min[2].item<float>() == -std::numeric_limits<float>::infinity());
  CHECK(range.max[1].item<float>() == 0.0F);
}
