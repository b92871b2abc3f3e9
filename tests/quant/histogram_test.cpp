#include "qsweep/quant/histogram.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "quant/range_requests.hpp"
#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Statistics histogram_of(const std::vector<Tensor>& batches, bool per_channel = false) {
  const auto observer = histogram_observer(per_channel).make(1);
  for (const Tensor& batch : batches) {
    observer->observe(batch);
  }
  return observer->statistics();
}

bool equal(const Statistics& a, const Statistics& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& entry) {
           return entry.second.equal(b.at(entry.first));
         });
}

// Bin by bin, with the range known beforehand.
Tensor counted_slowly(const Tensor& x, double limit) {
  std::vector<int64_t> counts(kBins, 0);
  for (const float value : test::numbers(x)) {
    const double bin = std::floor(static_cast<double>(value) * (kBins / 2) / limit);
    ++counts.at(static_cast<size_t>(bin + kBins / 2));
  }
  return torch::tensor(counts).unsqueeze(0);
}

}  // namespace

TEST_CASE("a histogram's bins lie over the least power of two above all values", "[quant]") {
  const Statistics histogram =
      histogram_of({torch::tensor({{0.0F, -0.0F, 0.5F, -0.5F, 1.0F, 1.9999F, -1.0F}})});
  CHECK(histogram.at("exponent").item<int64_t>() == 1);
  CHECK(bin_width(histogram).item<double>() == 2.0 / 4096);
  CHECK(histogram.at("zeros").item<int64_t>() == 2);
  const Tensor& counts = histogram.at("counts");
  CHECK(counts.sum().item<int64_t>() == 7);
  CHECK(counts[0][4096].item<int64_t>() == 2);         // 0 and -0
  CHECK(counts[0][4096 + 1024].item<int64_t>() == 1);  // 0.5
  CHECK(counts[0][4096 - 1024].item<int64_t>() == 1);  // -0.5
  CHECK(counts[0][4096 + 2048].item<int64_t>() == 1);
  CHECK(counts[0][4096 - 2048].item<int64_t>() == 1);
  CHECK(counts[0][8191].item<int64_t>() == 1);
  // A value of exactly a power of two lies in the range of the next.
  CHECK(histogram_of({torch::tensor({{2.0F}})}).at("exponent").item<int64_t>() == 2);
  CHECK(histogram_of({torch::tensor({{-2.0F}})}).at("exponent").item<int64_t>() == 2);
}

TEST_CASE("doubling the range gives the histogram of the final range", "[quant]") {
  torch::manual_seed(3);
  const Tensor x = torch::randn({4, 5, 16, 16});
  const std::vector<Tensor> batches = {x * 1e-3, x, x.abs() * 50, x * 0.3, -x * 3e4};
  const Statistics histogram = histogram_of(batches);
  const Tensor all = torch::cat(batches);
  CHECK(histogram.at("exponent").item<int64_t>() > 15);
  const double limit = std::exp2(histogram.at("exponent").item<int64_t>());
  CHECK(histogram.at("counts").equal(counted_slowly(all, limit)));
  CHECK(equal(histogram, histogram_of({all})));
  CHECK(
      equal(histogram, histogram_of({batches[4], batches[1], batches[3], batches[0], batches[2]})));
}

TEST_CASE("a histogram per channel is that of each channel", "[quant]") {
  torch::manual_seed(4);
  const Tensor scale = torch::tensor({1.0F, 1e-30F, 1e30F}).view({1, 3, 1, 1});
  const std::vector<Tensor> batches = {torch::randn({4, 3, 8, 8}) * scale,
                                       torch::randn({2, 3, 8, 8}) * scale * 7};
  const Statistics all = histogram_of(batches, true);
  for (int64_t channel = 0; channel < 3; ++channel) {
    const Statistics alone =
        histogram_of({batches[0].narrow(1, channel, 1), batches[1].narrow(1, channel, 1)});
    for (const auto& [name, tensor] : alone) {
      INFO(name);
      CHECK(all.at(name).narrow(0, channel, 1).equal(tensor));
    }
  }
}

TEST_CASE("threads, layout and the way without the kernel change no count", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = torch::randn({8, 16, 64, 64});
  for (const bool per_channel : {false, true}) {
    const Statistics histogram = histogram_of({x, x * 5}, per_channel);
    const Tensor last = x.contiguous(torch::MemoryFormat::ChannelsLast);
    CHECK(equal(histogram, histogram_of({last, last * 5}, per_channel)));
    CHECK(equal(histogram, histogram_of({x.transpose(2, 3), x * 5}, per_channel)));
    const Tensor wide = x.to(torch::kDouble);
    CHECK(equal(histogram, histogram_of({wide, (x * 5).to(torch::kDouble)}, per_channel)));
    const int threads = torch::get_num_threads();
    torch::set_num_threads(threads == 1 ? 2 : 1);
    CHECK(equal(histogram, histogram_of({x, x * 5}, per_channel)));
    torch::set_num_threads(threads);
  }
}

TEST_CASE("the largest and the smallest floats have their bins", "[quant]") {
  const float largest = std::numeric_limits<float>::max();
  const Statistics large = histogram_of({torch::tensor({{largest, -largest, 1.0F}})});
  CHECK(large.at("exponent").item<int64_t>() == 128);
  CHECK(large.at("counts")[0][0].item<int64_t>() == 1);
  CHECK(large.at("counts")[0][kBins - 1].item<int64_t>() == 1);
  const Statistics small =
      histogram_of({torch::tensor({{std::numeric_limits<float>::denorm_min()}})});
  CHECK(small.at("counts")[0][kBins / 2].item<int64_t>() == 1);
  CHECK(small.at("zeros").item<int64_t>() == 0);
}

TEST_CASE("magnitudes are counted from zero outwards", "[quant]") {
  const Tensor counts =
      magnitude_counts(histogram_of({torch::tensor({{0.5F, -0.4999F, -0.9999F, 0.0F}})}));
  REQUIRE(counts.size(1) == kBins / 2);
  CHECK(counts[0][0].item<int64_t>() == 1);
  CHECK(counts[0][2048].item<int64_t>() == 1);
  CHECK(counts[0][2047].item<int64_t>() == 1);
  CHECK(counts[0][4095].item<int64_t>() == 1);
}
