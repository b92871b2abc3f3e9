#include "qsweep/quant/grid.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "uniform_quantizers.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

TEST_CASE("uniform: values computed by hand, 3 bits affine", "[quant]") {
  // [-1, 2.5]: scale 3.5 / 7 = 0.5, zero point 2; values -1, -0.5, ..., 2.5.
  const auto quantizer = uniform_over(uniform(3, false), -1.0F, 2.5F);
  const Tensor x = torch::tensor({-9.0F, -1.0F, -0.3F, 0.25F, 0.75F, 1.2F, 2.5F, 9.0F});
  const Tensor expected = torch::tensor({-1.0F, -1.0F, -0.5F, 0.0F, 1.0F, 1.0F, 2.5F, 2.5F});
  CHECK(same_bits(quantizer->quantize(x).values, expected));
}

TEST_CASE("uniform: values computed by hand, 3 bits symmetric and narrow", "[quant]") {
  // max|x| = 1.5 over 3 codes on each side: scale 0.5.
  const auto quantizer = uniform_over(uniform(3, true), -1.5F, 0.2F);
  const Tensor x = torch::tensor({-2.0F, -1.5F, -0.75F, -0.25F, 0.25F, 0.3F, 1.25F, 7.0F});
  const Tensor expected = torch::tensor({-1.5F, -1.5F, -1.0F, 0.0F, 0.0F, 0.5F, 1.0F, 1.5F});
  CHECK(same_bits(quantizer->quantize(x).values, expected));
  CHECK(quantizer->most_levels() == 7);
}

TEST_CASE("uniform equals torch.fake_quantize_per_tensor_affine bit for bit", "[quant]") {
  torch::manual_seed(1);
  for (const int bits : {2, 3, 4, 8, 16}) {
    const int64_t top = (int64_t{1} << bits) - 1;
    for (const int64_t zero_point : {int64_t{0}, top / 3, top}) {
      const float scale = 0.37F / static_cast<float>(bits);
      const kernels::Grid grid{scale,
                               1.0F / scale,
                               static_cast<float>(-zero_point),
                               static_cast<float>(top - zero_point)};
      const Tensor x = torch::cat({edge_values(scale), torch::randn({10001}) * 3});
      const Tensor ours = x.clone().requires_grad_(true);
      const Tensor theirs = x.clone().requires_grad_(true);
      const Tensor y = fake_quantize(ours, Grids({grid}, 0)).values;
      const Tensor z = torch::fake_quantize_per_tensor_affine(
          theirs, static_cast<double>(scale), zero_point, 0, top);
      CHECK(same_bits(y, z));
      const Tensor g = torch::randn_like(x);
      y.backward(g);
      z.backward(g);
      CHECK(same_bits(ours.grad(), theirs.grad()));
    }
  }
}

TEST_CASE("uniform per channel equals torch.fake_quantize_per_channel_affine in every layout",
          "[quant]") {
  torch::manual_seed(2);
  const Tensor scales = torch::rand({6}) + 0.01F;
  const Tensor zero_points = torch::tensor({0, 3, 7, 15, 8, 1}, torch::kInt);
  std::vector<kernels::Grid> grids;
  for (int64_t c = 0; c < 6; ++c) {
    const float scale = scales[c].item<float>();
    const auto zero = static_cast<float>(zero_points[c].item<int>());
    grids.push_back({scale, 1.0F / scale, -zero, 15.0F - zero});
  }
  const Tensor plain = torch::randn({5, 6, 7, 4}) * 4;
  const std::vector<std::pair<Tensor, int64_t>> cases = {
      {plain, 1},
      {plain.contiguous(torch::MemoryFormat::ChannelsLast), 1},
      {plain.transpose(0, 1).contiguous(), 0},
      {torch::randn({3, 9, 6}), 2},
      {plain.slice(2, 0, 3), 1},
  };
  for (const auto& [x, axis] : cases) {
    const Tensor ours = x.detach().clone(torch::MemoryFormat::Preserve).requires_grad_(true);
    const Tensor theirs = x.detach().clone(torch::MemoryFormat::Preserve).requires_grad_(true);
    const Tensor y = fake_quantize(ours, Grids(grids, axis)).values;
    const Tensor z =
        torch::fake_quantize_per_channel_affine(theirs, scales, zero_points, axis, 0, 15);
    CHECK(same_bits(y, z));
    const Tensor g = torch::randn_like(x);
    y.backward(g);
    z.backward(g);
    CHECK(same_bits(ours.grad(), theirs.grad()));
  }
}

TEST_CASE(
    "uniform per channel equals torch.fake_quantize_per_channel_affine on many rows of "
    "channels, among them what no integer holds",
    "[quant]") {
  torch::manual_seed(16);
  const Tensor scales = torch::rand({6}) * 0.3F + 0.05F;
  const Tensor zero_points = torch::randint(0, 15, {6}, torch::kInt);
  std::vector<kernels::Grid> grids;
  for (int64_t c = 0; c < 6; ++c) {
    const auto scale = scales[c].item<float>();
    const auto zero = static_cast<float>(zero_points[c].item<int>());
    grids.push_back({scale, 1.0F / scale, -zero, 15.0F - zero});
  }
  Tensor x = (torch::randn({9, 6, 21, 17}) * 4).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto channel = [](const Tensor& image) { return image.permute({0, 2, 3, 1}).view(-1); };
  const auto expected = [&] {
    return torch::fake_quantize_per_channel_affine(x, scales, zero_points, 1, 0, 15);
  };
  CHECK(fake_quantize(x, Grids(grids, 1)).finite);
  CHECK(same_bits(fake_quantize(x, Grids(grids, 1)).values, expected()));
  const Tensor edges = edge_values(0.25F);
  for (int64_t i = 0; i < edges.numel(); ++i) {
    channel(x)[7777 + 11 * i] = edges[i];  // in some of the blocks of rows, not in all
  }
  const Quantized result = fake_quantize(x, Grids(grids, 1));
  CHECK_FALSE(result.finite);
  CHECK(same_bits(result.values, expected()));
  CHECK(same_bits(fake_quantize_relu(x, Grids(grids, 1).of_relu()).values,
                  fake_quantize(torch::relu(x).nan_to_num(), Grids(grids, 1)).values));
}

TEST_CASE("uniform: scale and zero point are those of torch.ao's observers", "[quant]") {
  // MinMaxObserver, quint8 affine 0..255 over [-0.3, 1.7]: scale 2 / 255, zero point 38.
  const auto affine = uniform_over(uniform(8, false), -0.3F, 1.7F);
  const float scale = 2.0F / 255.0F;
  const Tensor x = torch::randn({1000});
  CHECK(
      same_bits(affine->quantize(x.clone()).values,
                torch::fake_quantize_per_tensor_affine(x, static_cast<double>(scale), 38, 0, 255)));
}

TEST_CASE("uniform: a range of zero width gives zeros and is noted", "[quant]") {
  for (const bool symmetric : {true, false}) {
    const auto quantizer = uniform_over(uniform(4, symmetric), 0.0F, 0.0F);
    CHECK(quantizer->zero_width());
    CHECK(same_bits(quantizer->quantize(torch::zeros({3})).values, torch::zeros({3})));
  }
  CHECK_FALSE(uniform_over(uniform(4, false), 0.0F, 1.0F)->zero_width());
  CHECK_FALSE(uniform_over(uniform(4, false), 5.0F, 5.0F)->zero_width());  // zero is always inside
}

TEST_CASE("uniform: at most 2^bits levels, idempotent, monotone", "[quant]") {
  torch::manual_seed(3);
  for (const bool symmetric : {true, false}) {
    for (int bits = 2; bits <= 8; ++bits) {
      const auto quantizer = uniform_over(uniform(bits, symmetric), -2.0F, 3.0F);
      const Tensor x = std::get<0>((torch::randn({20000}) * 3).sort());
      const Tensor y = quantizer->quantize(x.clone()).values;
      CHECK(std::get<0>(at::_unique(y)).numel() <= quantizer->most_levels());
      CHECK(quantizer->most_levels() <= (int64_t{1} << bits));
      CHECK(same_bits(quantizer->quantize(y.clone()).values, y));
      CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
    }
  }
}

TEST_CASE("uniform: NaN and infinity are noticed", "[quant]") {
  const auto quantizer = uniform_over(uniform(4, false), -1.0F, 1.0F);
  CHECK(quantizer->quantize(torch::ones({100})).finite);
  for (const float bad : {std::nanf(""),
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    Tensor x = torch::ones({100000});
    x[77777] = bad;
    CHECK_FALSE(quantizer->quantize(x).finite);
  }
}

TEST_CASE("uniform: codes count the values from the lowest, and know what is none", "[quant]") {
  const auto quantizer = uniform_over(uniform(3, true), -1.5F, 1.5F);
  const Tensor y = quantizer->quantize(torch::tensor({-1.6F, -0.4F, 0.0F, 1.1F})).values;
  CHECK(quantizer->codes(y).equal(torch::tensor({0, 2, 3, 5}, torch::kLong)));
  CHECK(quantizer->codes(torch::tensor({0.3F})).item<int64_t>() == -1);
}

TEST_CASE("uniform, unsigned: codes from zero, and a ReLU before them", "[quant]") {
  // 2 bits up to 3: 0 1 2 3, whatever lies below zero.
  Json json = uniform(2, true);
  json["signed"] = false;
  const auto quantizer = uniform_over(json, -8.0F, 3.0F);
  CHECK(quantizer->most_levels() == 4);
  const Tensor x = torch::tensor({-5.0F, -0.4F, 0.4F, 1.6F, 2.5F, 9.0F}).requires_grad_(true);
  const Tensor y = quantizer->quantize(x).values;
  CHECK(y.equal(torch::tensor({0.0F, 0.0F, 0.0F, 2.0F, 2.0F, 3.0F})));
  y.sum().backward();
  CHECK(x.grad().equal(torch::tensor({0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 0.0F})));
  CHECK(uniform_over(json, -8.0F, 0.0F)->zero_width());
}

TEST_CASE("uniform: scales that are powers of two", "[quant]") {
  // 3 bits symmetric and narrow: max|x| / 3. Of 3 * 1.25, the next power is 2, the nearest 1.
  const auto largest = [](const std::string& scale, float high) {
    Json json = uniform(3, true);
    json["scale"] = scale;
    return uniform_over(json, -high, high)->quantize(torch::full({1}, 1e9F)).values.item<float>();
  };
  CHECK(largest("power_of_two", 3.75F) == 6.0F);
  CHECK(largest("nearest_power_of_two", 3.75F) == 3.0F);
  CHECK(largest("power_of_two", 3.0F) == 3.0F);  // already one
  CHECK(largest("power_of_two", std::nextafter(3.0F, 4.0F)) >= 3.0F);
  CHECK(largest("nearest_power_of_two", 4.5F) == 6.0F);  // 1.5 > sqrt(2)
  CHECK(largest("power_of_two", 0.1875F) == 0.1875F);
  torch::manual_seed(12);
  for (int i = 0; i < 50; ++i) {
    const float high = torch::rand({1}).item<float>() * 10 + 1e-3F;
    CHECK(largest("power_of_two", high) >= high);
    CHECK(largest("power_of_two", high) < 2.0001F * high);
  }
}
