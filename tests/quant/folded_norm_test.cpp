#include "qsweep/quant/folded_norm.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

LayerTensors norm_of(int64_t channels) {
  LayerTensors norm;
  norm.weight = torch::randn({channels});
  norm.bias = torch::randn({channels});
  norm.mean = torch::randn({channels});
  norm.variance = torch::rand({channels}) + 0.01;
  norm.eps = 1e-5;
  return norm;
}

Tensor by_torch(const Tensor& x, const LayerTensors& norm) {
  return at::batch_norm(
      x, norm.weight, norm.bias, norm.mean, norm.variance, false, 0.1, norm.eps, false);
}

Tensor drawn(int64_t images, int64_t channels) {
  return torch::randn({images, channels, 7, 5}).contiguous(torch::MemoryFormat::ChannelsLast);
}

}  // namespace

TEST_CASE("a batch norm is folded in LibTorch's own arithmetic", "[quant]") {
  torch::manual_seed(3);
  const torch::NoGradGuard no_grad;
  for (const int64_t channels : {16, 32, 64, 512, 1024}) {
    CAPTURE(channels);
    const LayerTensors norm = norm_of(channels);
    const Tensor x = drawn(3, channels);
    const auto folded = FoldedNorm::found(norm, x, by_torch(x, norm));
    REQUIRE(folded);
    for (const int64_t images : {1, 3, 40}) {
      const Tensor other = drawn(images, channels) * 100;
      const Tensor expected = by_torch(other, norm);
      REQUIRE(folded->takes(other));
      CHECK(folded->apply(other).equal(expected));
    }
  }
}

TEST_CASE("a batch norm without weights, and one whose input nobody else sees", "[quant]") {
  torch::manual_seed(4);
  const torch::NoGradGuard no_grad;
  LayerTensors norm = norm_of(32);
  norm.weight = Tensor();
  norm.bias = Tensor();
  const Tensor x = drawn(2, 32);
  const Tensor expected = by_torch(x, norm);
  const auto folded = FoldedNorm::found(norm, x, expected);
  REQUIRE(folded);
  const Tensor seen = x;
  CHECK(folded->apply(x).data_ptr() != x.data_ptr());
  const Tensor alone = x.clone();
  const Tensor y = folded->apply(alone);
  CHECK(y.data_ptr() == alone.data_ptr());
  CHECK(y.equal(expected));
}

TEST_CASE("a batch norm and a grid in one pass have the bits of both, one after the other",
          "[quant]") {
  torch::manual_seed(6);
  const torch::NoGradGuard no_grad;
  const LayerTensors norm = norm_of(32);
  Tensor x = drawn(3, 32);
  const Tensor y = by_torch(x, norm);
  const auto folded = FoldedNorm::found(norm, x, y);
  REQUIRE(folded);
  const kernels::Grid grid{0.25F, 4.0F, -3.0F, 12.0F};
  const Quantized quantized = folded->quantize(x, grid);
  CHECK(quantized.finite);
  CHECK(quantized.values.equal(torch::fake_quantize_per_tensor_affine(y, 0.25, 3, 0, 15)));
  x[1][7][2][3] = std::numeric_limits<float>::infinity();
  const Tensor seen = x;
  CHECK_FALSE(folded->quantize(x, grid).finite);
}

TEST_CASE("a batch norm is not folded where a bit would differ", "[quant]") {
  torch::manual_seed(5);
  const torch::NoGradGuard no_grad;
  const LayerTensors norm = norm_of(16);
  const Tensor x = drawn(3, 16);
  const Tensor y = by_torch(x, norm);
  Tensor other = y.clone();
  other[2][15][6][4] = std::nextafter(y[2][15][6][4].item<float>(), 9.0F);
  CHECK_FALSE(FoldedNorm::found(norm, x, other));
  CHECK_FALSE(FoldedNorm::found(norm, x.contiguous(), y.contiguous()));  // rows of one channel
  CHECK_FALSE(FoldedNorm::found(norm, x.to(torch::kDouble), y.to(torch::kDouble)));
  const auto folded = FoldedNorm::found(norm, x, y);
  REQUIRE(folded);
  CHECK_FALSE(folded->takes(x.contiguous()));
  CHECK_FALSE(folded->takes(drawn(3, 8)));
}
