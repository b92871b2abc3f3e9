#include "qsweep/core/error.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Json log2_spec(int bits, bool has_sign = true, const std::string& granularity = "per_tensor") {
  return {
      {"quantizer", "log2"}, {"bits", bits}, {"signed", has_sign}, {"granularity", granularity}};
}

Json pot_spec(int bits, bool has_sign = true, const std::string& scale = "free") {
  return {{"quantizer", "power_of_two"},
          {"bits", bits},
          {"signed", has_sign},
          {"granularity", "per_tensor"},
          {"scale", scale},
          {"powers", "all"}};
}

std::unique_ptr<Quantizer> made(const Json& spec, float largest, SiteShape shape = {}) {
  auto quantizer = make_quantizer(spec, shape);
  quantizer->set_range({torch::tensor({-largest}), torch::tensor({largest})});
  return quantizer;
}

Tensor values(Quantizer& quantizer, const std::vector<float>& x) {
  return quantizer.quantize(torch::tensor(x)).values;
}

Tensor gradient(Quantizer& quantizer, const Tensor& at) {
  const Tensor x = at.clone().requires_grad_(true);
  quantizer.quantize(x).values.sum().backward();
  return x.grad();
}

}  // namespace

TEST_CASE("log2: values computed by hand, 3 bits with sign", "[quant]") {
  // 2 bits of magnitude: three powers and zero. log2(5) = 2.3 is nearest to 2: powers 4, 2 and 1.
  // In the log domain 2 ends at 2.828, and 1 begins at 0.7071.
  const auto quantizer = made(log2_spec(3), 5.0F);
  CHECK(quantizer->most_levels() == 7);
  CHECK(values(*quantizer, {-9.0F, -2.83F, 2.82F, 1.42F, 1.41F, 0.708F, 0.707F, 0.0F})
            .equal(torch::tensor({-4.0F, -4.0F, 2.0F, 2.0F, 1.0F, 1.0F, 0.0F, 0.0F})));
  CHECK(quantizer->range_text() == "[-4, 4]");
}

TEST_CASE("log2: without sign a bit more for powers, and negative values are zero", "[quant]") {
  // Of [-5, 5] only 5 counts; 2 bits: 4, 2, 1 and zero.
  const auto quantizer = made(log2_spec(2, false), 5.0F);
  CHECK(quantizer->most_levels() == 4);
  CHECK(values(*quantizer, {-3.0F, -0.1F, 0.3F, 0.8F, 1.9F, 100.0F})
            .equal(torch::tensor({0.0F, 0.0F, 0.0F, 1.0F, 2.0F, 4.0F})));
  CHECK(quantizer->codes(torch::tensor({0.0F, 1.0F, 2.0F, 4.0F, 8.0F, 3.0F, 0.5F}))
            .equal(torch::tensor({0, 1, 2, 3, -1, -1, -1}, torch::kLong)));
  CHECK(quantizer->absorbs_relu());
}

TEST_CASE("log2: is 2 to the rounded logarithm", "[quant]") {
  torch::manual_seed(1);
  const Tensor x = torch::randn({20000}) * torch::exp2(torch::rand({20000}) * 12 - 10);
  const auto quantizer = made(log2_spec(5), 3.0F);  // round(1.58) = 2: powers 4 to 2^-12
  const Tensor k = torch::log2(x.to(torch::kDouble).abs()).round();
  const Tensor power = torch::exp2(k.clamp(-12, 2)) * x.sign();
  const Tensor expected = torch::where(k < -12, torch::zeros_like(power), power);
  CHECK(quantizer->quantize(x).values.equal(expected.to(torch::kFloat)));
}

TEST_CASE("power_of_two: values computed by hand, 3 bits with sign", "[quant]") {
  // 3 powers below a = 0.8: 0.8, 0.4, 0.2 and zero; the middles are 0.6, 0.3 and 0.1.
  const auto quantizer = made(pot_spec(3), 0.8F);
  CHECK(quantizer->most_levels() == 7);
  const Tensor y = values(*quantizer, {-2.0F, 0.61F, 0.59F, -0.31F, 0.29F, 0.11F, 0.09F});
  CHECK(torch::allclose(y, torch::tensor({-0.8F, 0.8F, 0.4F, -0.4F, 0.2F, 0.2F, 0.0F})));
  CHECK(quantizer->codes(y).equal(torch::tensor({0, 6, 5, 1, 4, 4, 3}, torch::kLong)));
}

TEST_CASE("power_of_two: ties go away from zero", "[quant]") {
  const auto quantizer = made(pot_spec(3), 1.0F);  // 1, 0.5, 0.25 and zero
  CHECK(values(*quantizer, {0.75F, -0.375F, 0.125F, 0.1249F})
            .equal(torch::tensor({1.0F, -0.5F, 0.25F, 0.0F})));
}

TEST_CASE("power_of_two: of the two nearest levels it takes the nearer", "[quant]") {
  torch::manual_seed(2);
  for (const bool has_sign : {true, false}) {
    for (int bits = 2; bits <= 6; ++bits) {
      const auto quantizer = made(pot_spec(bits, has_sign), 1.7F);
      std::vector<float> levels = {0.0F};
      const int powers = (1 << (bits - (has_sign ? 1 : 0))) - 1;
      for (int k = 0; k < powers; ++k) {
        levels.push_back(std::ldexp(1.7F, -k));
        if (has_sign) {
          levels.push_back(-levels.back());
        }
      }
      CHECK(quantizer->most_levels() == static_cast<int64_t>(levels.size()));
      const Tensor x = torch::randn({3000});
      const Tensor distances = (x.unsqueeze(1) - torch::tensor(levels)).abs();
      const Tensor error = (quantizer->quantize(x.clone()).values - x).abs();
      CHECK(torch::allclose(error, distances.amin(1), 1e-5, 1e-7));
    }
  }
}

TEST_CASE("power_of_two: INQ's levels", "[quant]") {
  // n1 = floor(log2(4 s / 3)); 5 bits have 2^(5-2) = 8 powers, n1 to n1 - 7.
  for (const auto& [largest, n1] : std::vector<std::pair<float, int>>{
           {1.0F, 0}, {1.49F, 0}, {1.5F, 1}, {0.74F, -1}, {0.1F, -3}}) {
    INFO(largest);
    REQUIRE(static_cast<int>(std::floor(std::log2(4 * static_cast<double>(largest) / 3))) == n1);
    Json spec = pot_spec(5, true, "power_of_two");
    spec["powers"] = "half";
    const auto quantizer = made(spec, largest);
    CHECK(quantizer->most_levels() == 17);
    const float top = std::ldexp(1.0F, n1);
    CHECK(values(*quantizer, {largest, 0.76F * top, 0.51F * top / 128, 0.49F * top / 128})
              .equal(torch::tensor({top, top, top / 128, 0.0F})));
  }
}

TEST_CASE("powers of two: the gradient passes what rounds to at most the largest", "[quant]") {
  const auto pot = made(pot_spec(3), 1.0F);
  CHECK(gradient(*pot, torch::tensor({-1.51F, -1.49F, -1.0F, 0.0F, 1.0F, 1.5F}))
            .equal(torch::tensor({0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 0.0F})));
  const auto log2 = made(log2_spec(3, false), 1.0F);
  const Tensor x = torch::tensor({-0.5F, 0.0F, 0.001F, 1.41F, 1.42F});
  const Tensor expected = torch::tensor({0.0F, 0.0F, 1.0F, 1.0F, 0.0F});
  CHECK(gradient(*log2, x).equal(expected));
  CHECK(gradient(*log2, x.to(torch::kDouble)).to(torch::kFloat).equal(expected));
}

TEST_CASE("powers of two: a ReLU left to the quantizer gives the same values and gradients",
          "[quant]") {
  torch::manual_seed(3);
  const Tensor x = torch::cat({torch::zeros({1}), torch::randn({1000}) * 2});
  for (const Json& spec : {log2_spec(4, false), pot_spec(4, false), pot_spec(4, true)}) {
    const auto quantizer = made(spec, 1.0F);
    const Tensor ours = x.clone().requires_grad_(true);
    const Tensor theirs = x.clone().requires_grad_(true);
    const Tensor y = quantizer->quantize_relu(ours).values;
    const Tensor z = quantizer->quantize(torch::relu(theirs)).values;
    CHECK(y.equal(z));
    y.sum().backward();
    z.sum().backward();
    CHECK(ours.grad().equal(theirs.grad()));
  }
}

TEST_CASE("powers of two: monotone, exact at all bits, small and large ranges", "[quant]") {
  torch::manual_seed(4);
  for (const float largest : {1e-30F, 0.3F, 1e30F}) {
    for (int bits = 2; bits <= 8; ++bits) {
      for (const Json& spec : {log2_spec(bits), log2_spec(bits, false), pot_spec(bits)}) {
        INFO(spec.dump() << ' ' << largest);
        const auto quantizer = made(spec, largest);
        const Tensor wide = torch::randn({3000}) * torch::exp2(torch::rand({3000}) * 140 - 138);
        const Tensor x = std::get<0>((wide * largest).sort());
        const Tensor y = quantizer->quantize(x.clone()).values;
        CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
        CHECK(quantizer->quantize(y.clone()).values.equal(y));
        const Tensor codes = quantizer->codes(y);
        CHECK(codes.ge(0).all().item<bool>());
        CHECK(codes.lt(quantizer->most_levels()).all().item<bool>());
        CHECK(quantizer->quantize(x.to(torch::kDouble)).values.to(torch::kFloat).equal(y));
      }
    }
  }
}

TEST_CASE("powers of two: a range of zero width gives zeros and is noted", "[quant]") {
  for (const Json& spec : {log2_spec(4), pot_spec(4)}) {
    const auto quantizer = made(spec, 0.0F);
    CHECK(quantizer->zero_width());
    CHECK(quantizer->quantize(torch::zeros({3})).values.equal(torch::zeros({3})));
  }
}

TEST_CASE("powers of two: per channel equals per tensor applied to each channel", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = torch::randn({4, 3, 6, 5}) * torch::tensor({1.0F, 0.01F, 50.0F}).view({3, 1, 1});
  Json pot = pot_spec(4);
  pot["granularity"] = "per_channel";
  for (const Json& spec : {log2_spec(4, true, "per_channel"), pot}) {
    const auto all = make_quantizer(spec, {1, 3});
    all->set_range({x.amin({0, 2, 3}), x.amax({0, 2, 3})});
    Json single = spec;
    single["granularity"] = "per_tensor";
    for (const bool last : {false, true}) {
      const Tensor y =
          all->quantize(last ? x.contiguous(torch::MemoryFormat::ChannelsLast) : x).values;
      for (int64_t c = 0; c < 3; ++c) {
        const Tensor channel = x.select(1, c).contiguous();
        const auto one = make_quantizer(single, {});
        one->set_range({channel.min(), channel.max()});
        CHECK(y.select(1, c).equal(one->quantize(channel).values));
      }
    }
  }
}

TEST_CASE("powers of two: weights have signs", "[quant]") {
  CHECK_THROWS_WITH(make_quantizer(log2_spec(4, false), {0, 1, SiteKind::Weight}),
                    "log2's 'signed: false' is not for weights");
  CHECK_THROWS_WITH(make_quantizer(pot_spec(4, false), {0, 1, SiteKind::Weight}),
                    "power_of_two's 'signed: false' is not for weights");
}
