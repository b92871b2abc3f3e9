#include "qsweep/quant/grid.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Json spec(int bits, bool symmetric, const std::string& granularity = "per_tensor") {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", symmetric},
          {"narrow", symmetric},
          {"granularity", granularity}};
}

std::unique_ptr<Quantizer> uniform(const Json& s, float low, float high, SiteShape shape = {}) {
  auto quantizer = make_quantizer(s, shape);
  quantizer->set_range({torch::tensor({low}), torch::tensor({high})});
  return quantizer;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = a.detach().contiguous();
  const Tensor y = b.detach().contiguous();
  return x.sizes() == y.sizes() &&
         std::memcmp(x.data_ptr(), y.data_ptr(), static_cast<size_t>(x.nbytes())) == 0;
}

// What random numbers miss: ties, both zeros, denormals, NaN, infinities, what no integer holds.
Tensor edge_values(float scale) {
  std::vector<float> values = {0.0F,
                               -0.0F,
                               1e-40F,
                               -1e-40F,
                               1e38F,
                               -1e38F,
                               3e9F,
                               -3e9F,
                               std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::quiet_NaN(),
                               std::numeric_limits<float>::denorm_min()};
  for (int half = -9; half <= 9; ++half) {
    values.push_back(static_cast<float>(half) / 2 * scale);
  }
  return torch::tensor(values);
}

}  // namespace

TEST_CASE("uniform: values computed by hand, 3 bits affine", "[quant]") {
  // [-1, 2.5]: scale 3.5 / 7 = 0.5, zero point 2; values -1, -0.5, ..., 2.5.
  const auto quantizer = uniform(spec(3, false), -1.0F, 2.5F);
  const Tensor x = torch::tensor({-9.0F, -1.0F, -0.3F, 0.25F, 0.75F, 1.2F, 2.5F, 9.0F});
  const Tensor expected = torch::tensor({-1.0F, -1.0F, -0.5F, 0.0F, 1.0F, 1.0F, 2.5F, 2.5F});
  CHECK(same_bits(quantizer->quantize(x).values, expected));
}

TEST_CASE("uniform: values computed by hand, 3 bits symmetric and narrow", "[quant]") {
  // max|x| = 1.5 over 3 codes on each side: scale 0.5.
  const auto quantizer = uniform(spec(3, true), -1.5F, 0.2F);
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

TEST_CASE("uniform: scale and zero point are those of torch.ao's observers", "[quant]") {
  // MinMaxObserver, quint8 affine 0..255 over [-0.3, 1.7]: scale 2 / 255, zero point 38.
  const auto affine = uniform(spec(8, false), -0.3F, 1.7F);
  const float scale = 2.0F / 255.0F;
  const Tensor x = torch::randn({1000});
  CHECK(
      same_bits(affine->quantize(x.clone()).values,
                torch::fake_quantize_per_tensor_affine(x, static_cast<double>(scale), 38, 0, 255)));
}

TEST_CASE("uniform: a range of zero width gives zeros and is noted", "[quant]") {
  for (const bool symmetric : {true, false}) {
    const auto quantizer = uniform(spec(4, symmetric), 0.0F, 0.0F);
    CHECK(quantizer->zero_width());
    CHECK(same_bits(quantizer->quantize(torch::zeros({3})).values, torch::zeros({3})));
  }
  CHECK_FALSE(uniform(spec(4, false), 0.0F, 1.0F)->zero_width());
  CHECK_FALSE(uniform(spec(4, false), 5.0F, 5.0F)->zero_width());  // zero is always inside
}

TEST_CASE("uniform: at most 2^bits levels, idempotent, monotone", "[quant]") {
  torch::manual_seed(3);
  for (const bool symmetric : {true, false}) {
    for (int bits = 2; bits <= 8; ++bits) {
      const auto quantizer = uniform(spec(bits, symmetric), -2.0F, 3.0F);
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
  const auto quantizer = uniform(spec(4, false), -1.0F, 1.0F);
  CHECK(quantizer->quantize(torch::ones({100})).finite);
  for (const float bad : {std::nanf(""),
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    Tensor x = torch::ones({100000});
    x[77777] = bad;
    CHECK_FALSE(quantizer->quantize(x).finite);
  }
}

TEST_CASE("uniform: works in place only where nobody can see it", "[quant]") {
  const auto quantizer = uniform(spec(2, false), 0.0F, 3.0F);
  const Tensor kept = torch::full({64}, 0.7F);
  const Tensor y = quantizer->quantize(kept).values;
  CHECK(kept[0].item<float>() == 0.7F);
  CHECK(y[0].item<float>() == 1.0F);

  Tensor whole = torch::full({64}, 0.7F);
  Tensor view = whole.view({8, 8});
  quantizer->quantize(std::move(view));
  CHECK(whole[0].item<float>() == 0.7F);

  const torch::NoGradGuard no_grad;
  Tensor given = torch::full({64}, 0.7F);
  const void* memory = given.data_ptr();
  CHECK(quantizer->quantize(std::move(given)).values.data_ptr() == memory);
}

TEST_CASE("uniform: threads do not change a bit", "[quant]") {
  torch::manual_seed(4);
  const Tensor x = torch::randn({300000});
  const auto quantizer = uniform(spec(5, false), -1.0F, 1.0F);
  const int before = torch::get_num_threads();
  torch::set_num_threads(1);
  const Tensor one = quantizer->quantize(x).values;
  torch::set_num_threads(2);
  const Tensor two = quantizer->quantize(x).values;
  torch::set_num_threads(before);
  CHECK(same_bits(one, two));
}

TEST_CASE("uniform: per channel equals per tensor applied to each channel", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = torch::randn({4, 3, 2, 2});
  auto per_channel = make_quantizer(spec(4, true, "per_channel"), {0, 4});
  const Tensor low = x.amin({1, 2, 3});
  const Tensor high = x.amax({1, 2, 3});
  per_channel->set_range({low, high});
  const Tensor y = per_channel->quantize(x).values;
  for (int64_t c = 0; c < 4; ++c) {
    const auto one = uniform(spec(4, true), low[c].item<float>(), high[c].item<float>());
    CHECK(same_bits(y[c], one->quantize(x[c]).values));
  }
}

TEST_CASE("uniform: codes count the values from the lowest, and know what is none", "[quant]") {
  const auto quantizer = uniform(spec(3, true), -1.5F, 1.5F);
  const Tensor y = quantizer->quantize(torch::tensor({-1.6F, -0.4F, 0.0F, 1.1F})).values;
  CHECK(quantizer->codes(y).equal(torch::tensor({0, 2, 3, 5}, torch::kLong)));
  CHECK(quantizer->codes(torch::tensor({0.3F})).item<int64_t>() == -1);
}

TEST_CASE("uniform: a ReLU left to the quantizer gives the same values and gradients", "[quant]") {
  torch::manual_seed(6);
  for (const bool symmetric : {true, false}) {
    const auto quantizer = uniform(spec(3, symmetric), -1.0F, 2.0F);
    const Tensor x = torch::cat({edge_values(0.25F).nan_to_num(0.5), torch::randn({5000}) * 2});
    const Tensor ours = x.clone().requires_grad_(true);
    const Tensor theirs = x.clone().requires_grad_(true);
    const Tensor y = quantizer->quantize_relu(ours).values;
    const Tensor z = quantizer->quantize(torch::relu(theirs)).values;
    CHECK(same_bits(y, z));
    const Tensor g = torch::randn_like(x);
    y.backward(g);
    z.backward(g);
    CHECK(ours.grad().equal(theirs.grad()));
  }
}

TEST_CASE("uniform: a sum left to the quantizer gives the same values, in place of one term",
          "[quant]") {
  torch::manual_seed(8);
  const torch::NoGradGuard no_grad;
  const auto quantizer = uniform(spec(4, false), -1.0F, 2.0F);
  const Tensor a = torch::randn({3, 8, 5, 5});
  const Tensor b = torch::randn({3, 8, 5, 5});
  const Tensor expected = quantizer->quantize(a + b).values;
  CHECK(same_bits(quantizer->quantize_sum(a, b).values, expected));
  const Tensor last = b.contiguous(torch::MemoryFormat::ChannelsLast);
  CHECK(quantizer->quantize_sum(a, last).values.equal(expected));
  CHECK(same_bits(a + 0, a));
  Tensor given = a.clone();
  const void* memory = given.data_ptr();
  CHECK(quantizer->quantize_sum(std::move(given), b).values.data_ptr() == memory);
  CHECK_FALSE(quantizer->quantize_sum(a, torch::full_like(b, std::nanf(""))).finite);
}

TEST_CASE("uniform per channel: gradients of neighbouring channels are those of each", "[quant]") {
  torch::manual_seed(15);
  auto quantizer = make_quantizer(spec(3, false, "per_channel"), {1, 3});
  quantizer->set_range({torch::tensor({-1.0F, 0.0F, -2.0F}), torch::tensor({1.0F, 3.0F, 0.5F})});
  const Tensor plain = torch::randn({7, 3, 9, 11}) * 2;
  const Tensor g = torch::randn_like(plain);
  for (const bool relu : {false, true}) {
    const auto gradient = [&](const Tensor& values) {
      const Tensor x = values.clone().requires_grad_(true);
      const Tensor y = relu ? quantizer->quantize_relu(x).values : quantizer->quantize(x).values;
      y.backward(g);
      return x.grad();
    };
    const Tensor expected = gradient(plain);
    CHECK(gradient(plain.contiguous(torch::MemoryFormat::ChannelsLast)).equal(expected));
    CHECK((expected == 0).any().item<bool>());
    CHECK((expected == g).any().item<bool>());
  }
}

TEST_CASE("uniform: the tally by kernel is that of the codes, in every layout", "[quant]") {
  torch::manual_seed(7);
  for (const int bits : {2, 4, 8}) {
    for (const bool last : {false, true}) {
      auto per_channel = make_quantizer(spec(bits, false, "per_channel"), {1, 3});
      per_channel->set_range(
          {torch::tensor({-1.0F, 0.0F, -0.5F}), torch::tensor({1.0F, 3.0F, 0.0F})});
      Tensor x = torch::randn({5, 3, 7, 11});
      x = last ? x.contiguous(torch::MemoryFormat::ChannelsLast) : x;
      const Tensor y = per_channel->quantize(x).values;
      LevelTally fast(per_channel->most_levels());
      LevelTally slow(per_channel->most_levels());
      per_channel->tally(x, y, fast);
      per_channel->Quantizer::tally(x, y, slow);
      CHECK(fast.seen == slow.seen);
      CHECK(fast.elements == 5 * 3 * 7 * 11);
      CHECK(fast.saturated == slow.saturated);
      CHECK(fast.off_level == 0);
      CHECK(slow.off_level == 0);
      CHECK(fast.sqnr_db() == Approx(slow.sqnr_db()).epsilon(1e-5));
    }
  }
}

TEST_CASE("uniform: the tally by hand, and values that are no levels", "[quant]") {
  // 2 bits over [0, 3]: levels 0 1 2 3.
  const auto quantizer = uniform(spec(2, false), 0.0F, 3.0F);
  const Tensor x = torch::tensor({-1.0F, 0.4F, 1.0F, 5.0F});
  LevelTally tally(4);
  quantizer->tally(x, quantizer->quantize(x).values, tally);
  CHECK(tally.seen == std::vector<uint8_t>{1, 1, 0, 1});
  CHECK(tally.levels() == 3);
  CHECK(tally.dead_levels() == 1);
  CHECK(tally.saturation() == 0.5);      // -1 and 5
  CHECK(tally.signal == Approx(27.16));  // 1 + 0.16 + 1 + 25
  CHECK(tally.noise == Approx(5.16));    // 1 + 0.16 + 0 + 4
  quantizer->tally(x, torch::tensor({0.5F, 0.0F, 4.0F, 3.0F}), tally);
  CHECK(tally.off_level == 2);
}

TEST_CASE("uniform, unsigned: codes from zero, and a ReLU before them", "[quant]") {
  // 2 bits up to 3: 0 1 2 3, whatever lies below zero.
  Json json = spec(2, true);
  json["signed"] = false;
  const auto quantizer = uniform(json, -8.0F, 3.0F);
  CHECK(quantizer->most_levels() == 4);
  const Tensor x = torch::tensor({-5.0F, -0.4F, 0.4F, 1.6F, 2.5F, 9.0F}).requires_grad_(true);
  const Tensor y = quantizer->quantize(x).values;
  CHECK(y.equal(torch::tensor({0.0F, 0.0F, 0.0F, 2.0F, 2.0F, 3.0F})));
  y.sum().backward();
  CHECK(x.grad().equal(torch::tensor({0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 0.0F})));
  CHECK(uniform(json, -8.0F, 0.0F)->zero_width());
}

TEST_CASE("uniform: scales that are powers of two", "[quant]") {
  // 3 bits symmetric and narrow: max|x| / 3. Of 3 * 1.25, the next power is 2, the nearest 1.
  const auto largest = [](const std::string& scale, float high) {
    Json json = spec(3, true);
    json["scale"] = scale;
    return uniform(json, -high, high)->quantize(torch::full({1}, 1e9F)).values.item<float>();
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

TEST_CASE("uniform, stochastic: right on average, one of two neighbours, off in evaluation",
          "[quant]") {
  Json json = spec(3, true);
  json["rounding"] = "stochastic";
  const auto quantizer = uniform(json, -1.5F, 1.5F);  // scale 0.5
  quantizer->begin({true, 1, 1, 3});
  constexpr int64_t kDraws = 100000;
  for (const float x : {-1.2F, -0.5F, -0.01F, 0.0F, 0.3F, 0.74F, 1.5F}) {
    const Tensor y = quantizer->quantize(torch::full({kDraws}, x)).values;
    const double mean = y.to(torch::kDouble).mean().item<double>();
    // The deviation of one draw is at most half a step.
    CHECK(std::abs(mean - static_cast<double>(x)) <= 4 * 0.25 / std::sqrt(double{kDraws}));
    CHECK((y - x).abs().max().item<float>() < 0.5F);
  }
  CHECK(quantizer->quantize(torch::full({9}, 7.0F)).values.equal(torch::full({9}, 1.5F)));
  CHECK_FALSE(quantizer->quantize(torch::tensor({std::nanf("")})).finite);
  const Tensor x = torch::randn({1000});
  CHECK_FALSE(quantizer->quantize(x).values.equal(quantizer->quantize(x).values));
  quantizer->begin(Phase());
  CHECK(same_bits(quantizer->quantize(x).values,
                  uniform(spec(3, true), -1.5F, 1.5F)->quantize(x).values));
}

TEST_CASE("uniform, stochastic: seeded, threads do not matter, torch's operators agree",
          "[quant]") {
  torch::manual_seed(13);
  Json json = spec(4, false, "per_channel");
  json["rounding"] = "stochastic";
  const auto made = [&](uint64_t seed) {
    auto quantizer = make_quantizer(json, {1, 3, SiteKind::Output});
    quantizer->set_range({torch::tensor({-1.0F, 0.0F, -2.0F}), torch::tensor({1.0F, 3.0F, 1.0F})});
    quantizer->begin({true, 1, 1, seed});
    return quantizer;
  };
  const Tensor plain = torch::randn({20, 3, 50, 50});
  const int before = torch::get_num_threads();
  for (const Tensor& x : {plain, plain.contiguous(torch::MemoryFormat::ChannelsLast)}) {
    torch::set_num_threads(1);
    const Tensor one = made(5)->quantize(x).values;
    torch::set_num_threads(2);
    CHECK(same_bits(made(5)->quantize(x).values, one));
    CHECK_FALSE(made(6)->quantize(x).values.equal(one));
    const Tensor relu = made(5)->quantize_relu(x).values;
    CHECK(relu.equal(made(5)->quantize(torch::relu(x)).values));

    const Tensor fast = x.clone().requires_grad_(true);
    const Tensor slow = x.to(torch::kDouble).requires_grad_(true);
    const Tensor y = made(5)->quantize(fast).values;
    const Tensor z = made(5)->quantize(slow).values;
    CHECK((y.to(torch::kDouble) - z).abs().gt(1e-5).sum().item<int64_t>() < 20);
    y.sum().backward();
    z.sum().backward();
    CHECK((fast.grad() - slow.grad().to(torch::kFloat)).abs().sum().item<float>() < 20);
  }
  torch::set_num_threads(before);
}
