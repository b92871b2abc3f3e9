// How quantizing passes over memory: layouts, threads, in place, with what stands before it, with
// noise, and counting.

#include "qsweep/quant/quantizer.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "uniform_quantizers.hpp"

using namespace qsweep;
using namespace qsweep::test;
using torch::Tensor;

TEST_CASE("uniform: works in place only where nobody can see it", "[quant]") {
  const auto quantizer = uniform_over(uniform(2, false), 0.0F, 3.0F);
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
  const auto quantizer = uniform_over(uniform(5, false), -1.0F, 1.0F);
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
  auto per_channel = make_quantizer(uniform(4, true, "per_channel"), {0, 4});
  const Tensor low = x.amin({1, 2, 3});
  const Tensor high = x.amax({1, 2, 3});
  per_channel->set_range({low, high});
  const Tensor y = per_channel->quantize(x).values;
  for (int64_t c = 0; c < 4; ++c) {
    const auto one = uniform_over(uniform(4, true), low[c].item<float>(), high[c].item<float>());
    CHECK(same_bits(y[c], one->quantize(x[c]).values));
  }
}

TEST_CASE("uniform: a ReLU left to the quantizer gives the same values and gradients", "[quant]") {
  torch::manual_seed(6);
  for (const bool symmetric : {true, false}) {
    const auto quantizer = uniform_over(uniform(3, symmetric), -1.0F, 2.0F);
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
  const auto quantizer = uniform_over(uniform(4, false), -1.0F, 2.0F);
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
  auto quantizer = make_quantizer(uniform(3, false, "per_channel"), {1, 3});
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
      auto per_channel = make_quantizer(uniform(bits, false, "per_channel"), {1, 3});
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

TEST_CASE("tally: what rounding of the scale leaves beyond the last level is not saturated",
          "[quant]") {
  torch::manual_seed(9);
  int beyond_the_level = 0;
  for (int i = 0; i < 100; ++i) {
    const Tensor x = torch::randn({40});
    const float largest = x.abs().max().item<float>();
    const auto quantizer = uniform_over(uniform(4, true), -largest, largest);
    for (const float factor : {1.0F, 1.000001F}) {
      Tensor wider = x * factor;
      const Tensor y = quantizer->quantize(wider.clone()).values;
      LevelTally fast(quantizer->most_levels());
      LevelTally slow(quantizer->most_levels());
      quantizer->tally(wider, y, fast);
      quantizer->Quantizer::tally(wider, y, slow);
      CHECK(fast.saturated == (factor == 1.0F ? 0 : 1));
      CHECK(slow.saturated == fast.saturated);
      beyond_the_level += static_cast<int>(factor == 1.0F && largest > y.abs().max().item<float>());
    }
  }
  CHECK(beyond_the_level > 0);
}

TEST_CASE("uniform: the tally of values whose squares float cannot hold", "[quant]") {
  torch::manual_seed(8);
  for (const float size : {1e-35F, 1e-25F, 1.0F, 1e19F, 1e30F}) {
    CAPTURE(size);
    const auto quantizer = uniform_over(uniform(4, false), -2 * size, 2 * size);
    const Tensor x = torch::randn({3001}) * size;
    const Tensor y = quantizer->quantize(x).values;
    LevelTally fast(quantizer->most_levels());
    LevelTally slow(quantizer->most_levels());
    quantizer->tally(x, y, fast);
    quantizer->Quantizer::tally(x, y, slow);
    CHECK(std::isfinite(slow.sqnr_db()));
    CHECK(fast.sqnr_db() == Approx(slow.sqnr_db()).epsilon(1e-5));
  }
}

TEST_CASE("tally: the ratio of no signal and of no noise", "[quant]") {
  const auto quantizer = uniform_over(uniform(4, false), -1.0F, 1.0F);
  LevelTally nothing(quantizer->most_levels());
  quantizer->tally(torch::zeros({100}), torch::zeros({100}), nothing);
  CHECK(std::isinf(nothing.sqnr_db()));
  CHECK(nothing.sqnr_db() > 0);
  LevelTally exact(quantizer->most_levels());
  const Tensor levels = quantizer->quantize(torch::linspace(-1, 1, 50)).values;
  quantizer->tally(levels, quantizer->quantize(levels.clone()).values, exact);
  CHECK(std::isinf(exact.sqnr_db()));
}

TEST_CASE("uniform: the tally by hand, and values that are no levels", "[quant]") {
  // 2 bits over [0, 3]: levels 0 1 2 3.
  const auto quantizer = uniform_over(uniform(2, false), 0.0F, 3.0F);
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

TEST_CASE("uniform, stochastic: right on average, one of two neighbours, off in evaluation",
          "[quant]") {
  Json json = uniform(3, true);
  json["rounding"] = "stochastic";
  const auto quantizer = uniform_over(json, -1.5F, 1.5F);  // scale 0.5
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
                  uniform_over(uniform(3, true), -1.5F, 1.5F)->quantize(x).values));
}

TEST_CASE("uniform, stochastic: seeded, threads do not matter, torch's operators agree",
          "[quant]") {
  torch::manual_seed(13);
  Json json = uniform(4, false, "per_channel");
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
