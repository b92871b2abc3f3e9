#include "qsweep/config/float_format.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

Json spec(const std::string& format,
          const std::string& ties = "even",
          const std::string& scale = "none",
          const std::string& granularity = "per_tensor") {
  return {{"quantizer", "minifloat"},
          {"format", format},
          {"bits", float_format(format)->bits()},
          {"scale", scale},
          {"granularity", granularity},
          {"saturate", true},
          {"ties", ties}};
}

float rounded(const std::string& format, float x, const std::string& ties = "even") {
  return make_quantizer(spec(format, ties), {})->quantize(torch::tensor({x})).values.item<float>();
}

// All numbers of a format, from its definition: (-1)^s 2^(1 - bias) f / 2^m or 2^(e - bias) (1 + f
// / 2^m), without what the format keeps for infinity and NaN.
std::vector<double> numbers_of_format(const FloatFormat& format) {
  std::vector<double> numbers;
  for (int e = 0; e < 1 << format.exponent; ++e) {
    for (int f = 0; f < 1 << format.mantissa; ++f) {
      const double fraction = std::ldexp(f, -format.mantissa);
      const double value = e == 0 ? std::ldexp(fraction, 1 - format.bias())
                                  : std::ldexp(1 + fraction, e - format.bias());
      if (value <= format.max()) {
        numbers.push_back(value);
        if (value > 0) {
          numbers.push_back(-value);
        }
      }
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

TEST_CASE("minifloat: values computed by hand, ties to even and away", "[quant]") {
  struct Known {
    std::string format;
    float x;
    float even;
    float away;
  };
  const std::vector<Known> table = {
      {"e4m3", 1.0625F, 1.0F, 1.125F},
      {"e4m3", 300.0F, 288.0F, 288.0F},
      {"e4m3", 1.0F / 3, 0.34375F, 0.34375F},
      {"e4m3", 0x1p-10F, 0.0F, 0x1p-9F},
      {"e5m2", 1.125F, 1.0F, 1.25F},
      {"e5m2", 300.0F, 320.0F, 320.0F},
      {"e3m2", 1.125F, 1.0F, 1.25F},
      {"e3m2", 7.0F, 7.0F, 7.0F},
      {"e3m2", 0x1p-5F, 0.0F, 0x1p-4F},
      {"e2m1", 2.5F, 2.0F, 3.0F},
      {"e2m1", 5.0F, 4.0F, 6.0F},
      {"e2m1", 0.25F, 0.0F, 0.5F},
      {"e2m1", 7.0F, 6.0F, 6.0F},
      {"e2m3", 7.9F, 7.5F, 7.5F},
      {"e2m3", 0.0625F, 0.0F, 0.125F},
      {"bf16", 1.00390625F, 1.0F, 1.0078125F},        // 1 + 2^-8
      {"fp16", 1.00048828125F, 1.0F, 1.0009765625F},  // 1 + 2^-11
      {"fp16", 1e6F, 65504.0F, 65504.0F},
      {"bf16", 3.4e38F, 3.3895314e38F, 3.3895314e38F},
      {"e8m2", 1.125F, 1.0F, 1.25F},
  };
  for (const Known& known : table) {
    INFO(known.format << ' ' << known.x);
    CHECK(rounded(known.format, known.x) == known.even);
    CHECK(rounded(known.format, -known.x) == -known.even);
    CHECK(rounded(known.format, known.x, "away") == known.away);
    CHECK(rounded(known.format, -known.x, "away") == -known.away);
  }
}

TEST_CASE("minifloat: every number of a format is kept, what lies between goes to the nearest",
          "[quant]") {
  for (const char* name : {"e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "e3m4", "e6m1", "e2m10"}) {
    INFO(name);
    const std::vector<double> numbers = numbers_of_format(*float_format(name));
    const auto quantizer = make_quantizer(spec(name), {});
    CHECK(quantizer->most_levels() == static_cast<int64_t>(numbers.size()));
    const Tensor exact = torch::tensor(numbers, torch::kDouble).to(torch::kFloat);
    CHECK(quantizer->quantize(exact.clone()).values.equal(exact));
    CHECK(quantizer->codes(exact).equal(torch::arange(exact.numel())));
    const Tensor below = exact.slice(0, 0, -1);
    const Tensor above = exact.slice(0, 1);
    const Tensor step = above - below;
    CHECK(quantizer->quantize(below + 0.49F * step).values.equal(below));
    CHECK(quantizer->quantize(below + 0.51F * step).values.equal(above));
  }
}

TEST_CASE("minifloat: bf16 and fp16 are torch's own types, both signs and subnormals", "[quant]") {
  torch::manual_seed(1);
  const Tensor exponents = torch::rand({20000}) * 280 - 150;
  const Tensor x = torch::randn({20000}) * torch::exp2(exponents);
  const Tensor finite = x.masked_fill(torch::isfinite(x).logical_not(), 1);
  const Tensor bf16 = finite.clamp(-3.38e38, 3.38e38);
  CHECK(make_quantizer(spec("bf16"), {})
            ->quantize(bf16)
            .values.equal(bf16.to(torch::kBFloat16).to(torch::kFloat)));
  const Tensor fp16 = finite.clamp(-65504, 65504);
  CHECK(make_quantizer(spec("fp16"), {})
            ->quantize(fp16)
            .values.equal(fp16.to(torch::kHalf).to(torch::kFloat)));
}

#if TORCH_VERSION_MAJOR >= 2 && TORCH_VERSION_MINOR >= 1
TEST_CASE("minifloat: e4m3 and e5m2 are torch's own types", "[quant]") {
  torch::manual_seed(2);
  const Tensor x = torch::randn({20000}) * torch::exp2(torch::rand({20000}) * 24 - 18);
  CHECK(make_quantizer(spec("e4m3"), {})
            ->quantize(x)
            .values.equal(x.to(torch::kFloat8_e4m3fn).to(torch::kFloat)));
  CHECK(make_quantizer(spec("e5m2"), {})
            ->quantize(x)
            .values.equal(x.to(torch::kFloat8_e5m2).to(torch::kFloat)));
}
#endif

TEST_CASE("minifloat: without saturation e4m3 overflows to NaN, e5m2 to infinity", "[quant]") {
  Json e4m3 = spec("e4m3");
  e4m3["saturate"] = false;
  const auto nan = make_quantizer(e4m3, {});
  // 464 is the middle of 448 and what would be 480; 448 is the even one.
  const Quantized kept = nan->quantize(torch::tensor({448.0F, 464.0F, -464.0F}));
  CHECK(kept.finite);
  CHECK(kept.values.equal(torch::tensor({448.0F, 448.0F, -448.0F})));
  const Quantized lost = nan->quantize(torch::tensor({1.0F, 465.0F, 1e30F}));
  CHECK_FALSE(lost.finite);
  CHECK(torch::isnan(lost.values).equal(torch::tensor({false, true, true})));

  Json e5m2 = spec("e5m2");
  e5m2["saturate"] = false;
  const Quantized infinite =
      make_quantizer(e5m2, {})->quantize(torch::tensor({-61440.0F, 61439.0F}));
  CHECK_FALSE(infinite.finite);
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(infinite.values.equal(torch::tensor({-infinity, 57344.0F})));
}

TEST_CASE("minifloat: what makes no sense together is refused", "[quant]") {
  Json none = spec("e2m1");
  none["saturate"] = false;
  CHECK_THROWS_WITH(make_quantizer(none, {}),
                    "minifloat's 'saturate: false' needs a format with infinity or NaN, which e2m1 "
                    "has not");
  CHECK_THROWS_WITH(make_quantizer(spec("bf16", "even", "max_abs"), {}),
                    "minifloat's 'scale: max_abs' is for formats with less range than float32; "
                    "bf16 has as much");
}

TEST_CASE("minifloat: scaled, the range's largest is the format's largest", "[quant]") {
  // e2m1 over [-3, 2]: scale 3 / 6, values 0 .25 .5 .75 1 1.5 2 3.
  const auto quantizer = make_quantizer(spec("e2m1", "even", "max_abs"), {});
  CHECK(quantizer->range_use() == Quantizer::RangeUse::Follows);
  quantizer->set_range({torch::tensor({-3.0F}), torch::tensor({2.0F})});
  const Tensor x = torch::tensor({-9.0F, -3.0F, -0.3F, 0.1F, 1.2F, 1.3F, 1.8F, 2.6F});
  CHECK(quantizer->quantize(x).values.equal(
      torch::tensor({-3.0F, -3.0F, -0.25F, 0.0F, 1.0F, 1.5F, 2.0F, 3.0F})));
  CHECK(quantizer->range_text() == "[-3, 3]");
  quantizer->set_range({torch::tensor({0.0F}), torch::tensor({0.0F})});
  CHECK(quantizer->zero_width());
  CHECK(quantizer->quantize(torch::zeros({3})).values.equal(torch::zeros({3})));
}

TEST_CASE("minifloat: the gradient passes up to the largest value, edges included", "[quant]") {
  const auto gradient = [](Quantizer& quantizer, const Tensor& values) {
    const Tensor x = values.clone().requires_grad_(true);
    quantizer.quantize(x).values.backward(torch::arange(1, values.numel() + 1).to(values.dtype()));
    return x.grad();
  };
  const Tensor x = torch::tensor({-6.1F, -6.0F, 0.01F, 6.0F, 6.1F});
  const Tensor expected = torch::tensor({0.0F, 2.0F, 3.0F, 4.0F, 0.0F});
  CHECK(gradient(*make_quantizer(spec("e2m1"), {}), x).equal(expected));
  // However 0.3 / 6 is rounded, the largest itself passes.
  const auto scaled = make_quantizer(spec("e2m1", "even", "max_abs"), {});
  scaled->set_range({torch::tensor({-0.3F}), torch::tensor({0.3F})});
  const Tensor y = torch::tensor({-0.301F, -0.3F, 0.01F, 0.3F, 0.301F});
  CHECK(gradient(*scaled, y).equal(expected));
  CHECK(gradient(*scaled, y.to(torch::kDouble)).to(torch::kFloat).equal(expected));
}

TEST_CASE("minifloat: per channel equals per tensor applied to each channel", "[quant]") {
  torch::manual_seed(3);
  const Tensor x = torch::randn({5, 3, 7, 4}) * torch::tensor({1.0F, 0.01F, 50.0F}).view({3, 1, 1});
  const auto all = make_quantizer(spec("e3m2", "even", "max_abs", "per_channel"), {1, 3});
  all->set_range({x.amin({0, 2, 3}), x.amax({0, 2, 3})});
  for (const bool last : {false, true}) {
    const Tensor laid = last ? x.contiguous(torch::MemoryFormat::ChannelsLast) : x;
    const Tensor y = all->quantize(laid).values;
    for (int64_t c = 0; c < 3; ++c) {
      const auto one = make_quantizer(spec("e3m2", "even", "max_abs"), {});
      const Tensor channel = x.select(1, c);
      one->set_range({channel.min(), channel.max()});
      CHECK(y.select(1, c).equal(one->quantize(channel.contiguous()).values));
    }
  }
}

TEST_CASE("minifloat: monotone, and the same by torch's operators, ties included", "[quant]") {
  torch::manual_seed(4);
  for (const char* name : {"e4m3", "e2m1", "fp16", "bf16", "e7m5"}) {
    for (const char* ties : {"even", "away"}) {
      INFO(name << ' ' << ties);
      const auto quantizer = make_quantizer(spec(name, ties), {});
      const Tensor halves = (torch::arange(-64, 65) / 16.0).to(torch::kFloat);
      const Tensor small = halves * 0x1p-9F;
      const Tensor wild = torch::randn({5000}) * torch::exp2(torch::rand({5000}) * 40 - 20);
      const Tensor x = std::get<0>(torch::cat({halves, small, wild}).sort());
      const Tensor y = quantizer->quantize(x.clone()).values;
      CHECK((y.slice(0, 1) - y.slice(0, 0, -1)).ge(0).all().item<bool>());
      const Tensor slow = quantizer->quantize(x.to(torch::kDouble)).values;
      CHECK(slow.to(torch::kFloat).equal(y));
    }
  }
}
