// Blocks that share a scale: mx and nvfp4.

#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

const SiteShape kMatrix = {0, 1, SiteKind::Weight};
const SiteShape kImage = {1, 1, SiteKind::Output};

Json mx_spec(const std::string& format,
             int block,
             const std::string& axis = "channels",
             const std::string& ties = "even") {
  const std::map<std::string, int> bits = {{"mxfp4", 4}, {"mxfp6_e3m2", 6}, {"mxfp6_e2m3", 6}};
  return {{"quantizer", "mx"},
          {"format", format},
          {"bits", bits.count(format) != 0 ? bits.at(format) : 8},
          {"block", block},
          {"axis", axis},
          {"ties", ties}};
}

Json nvfp4_spec(const std::string& axis = "channels") {
  return {{"quantizer", "nvfp4"}, {"bits", 4}, {"block", 16}, {"axis", axis}};
}

// One block, of a linear layer with a single output.
Tensor block_of(const Json& spec, const std::vector<float>& x) {
  const auto length = static_cast<int64_t>(x.size());
  return make_quantizer(spec, kMatrix)
      ->quantize(torch::tensor(x).view({1, length}))
      .values.view({length});
}

// In another order of the axes, so that the given axis is the innermost.
Tensor with_axis_last(const Json& spec, const Tensor& x, int64_t axis) {
  Json last = spec;
  last["axis"] = "last";
  const auto quantizer = make_quantizer(last, kImage);
  if (quantizer->needs_range()) {
    quantizer->set_range({x.amin(), x.amax()});
  }
  return quantizer->quantize(x.movedim(axis, -1).contiguous()).values.movedim(-1, axis);
}

}  // namespace

TEST_CASE("mx: a block computed by hand in each format", "[quant]") {
  const std::vector<float> x = {0.1F, -0.75F, 3.3F, 10.0F};
  const auto is = [&](const std::string& format, const std::vector<float>& expected) {
    INFO(format);
    CHECK(block_of(mx_spec(format, 4), x).equal(torch::tensor(expected)));
  };
  is("mxfp4", {0.0F, -1.0F, 3.0F, 8.0F});                // X = 2
  is("mxfp8_e4m3", {0.1015625F, -0.75F, 3.25F, 10.0F});  // X = 2^-5
  is("mxfp6_e3m2", {0.09375F, -0.75F, 3.5F, 10.0F});     // X = 1/2
  is("mxfp6_e2m3", {0.0F, -0.75F, 3.25F, 10.0F});        // X = 2, steps of 1/4 below 2
  is("mxfp8_e5m2", {0.09375F, -0.75F, 3.5F, 10.0F});     // X = 2^-12
  is("mxint8", {0.125F, -0.75F, 3.25F, 10.0F});          // X = 8, steps of 1/8
  CHECK(block_of(mx_spec("mxfp4", 4, "channels", "away"), x)
            .equal(torch::tensor({0.0F, -1.0F, 3.0F, 12.0F})));
}

TEST_CASE("mx: the largest of a block saturates above the format's largest", "[quant]") {
  // 7.9 / 1 is above e2m1's 6; -1.99 / 1 above 127/64.
  CHECK(block_of(mx_spec("mxfp4", 2), {7.9F, 0.2F}).equal(torch::tensor({6.0F, 0.0F})));
  CHECK(block_of(mx_spec("mxint8", 2), {-1.999F, 0.2F})
            .equal(torch::tensor({-127.0F / 64, 13.0F / 64})));
}

TEST_CASE("mx: zeros stay zeros, and the scale ends at 2^-127", "[quant]") {
  CHECK(block_of(mx_spec("mxfp4", 2), {0.0F, -0.0F}).equal(torch::zeros({2})));
  CHECK(block_of(mx_spec("mxfp4", 2), {0x1p-127F, 0x1.8p-126F})
            .equal(torch::tensor({0x1p-127F, 0x1.8p-126F})));
  // Half of the smallest value, 2^-128, is a tie and goes to zero.
  CHECK(block_of(mx_spec("mxfp4", 2), {0x1p-128F, 0x1p-129F})
            .equal(torch::tensor({0x1p-128F, 0.0F})));
  CHECK(block_of(mx_spec("mxfp8_e4m3", 2), {3e38F, -1e38F})
            .equal(torch::tensor({0x1.cp127F, -0x1.2p126F})));
}

TEST_CASE("mx: a shorter block at the end has its own scale", "[quant]") {
  // Blocks {4, 0.3, 0.2, 0.2} with X = 1, and {0.3, 0.1} with X = 1/16.
  CHECK(block_of(mx_spec("mxfp4", 4), {4.0F, 0.3F, 0.2F, 0.2F, 0.3F, 0.1F})
            .equal(torch::tensor({4.0F, 0.5F, 0.0F, 0.0F, 0.25F, 0.09375F})));
}

TEST_CASE("mx: blocks of weights lie along the input channels, of images along the channels",
          "[quant]") {
  torch::manual_seed(1);
  const auto check = [](const Tensor& x, const SiteShape& shape, int64_t axis) {
    for (const Json& spec : {mx_spec("mxfp4", 4), mx_spec("mxint8", 5), mx_spec("mxfp8_e5m2", 6)}) {
      const Tensor y = make_quantizer(spec, shape)->quantize(x).values;
      CHECK(y.equal(with_axis_last(spec, x, axis)));
      if (x.dim() == 4) {
        const Tensor laid = x.contiguous(torch::MemoryFormat::ChannelsLast);
        CHECK(make_quantizer(spec, shape)->quantize(laid).values.equal(y));
      }
    }
  };
  check(torch::randn({8, 12, 3, 3}), kMatrix, 1);
  check(torch::randn({8, 13}), kMatrix, 1);
  check(torch::randn({12, 1, 3, 3}), kMatrix, 0);                   // depthwise
  check(torch::randn({12, 8, 2, 2}), {1, 8, SiteKind::Weight}, 0);  // transposed convolution
  check(torch::randn({2, 13, 5, 7}), kImage, 1);
  check(torch::randn({2, 5, 12}), {2, 12, SiteKind::Output}, 2);  // tokens
  check(torch::randn({3, 300, 40, 40}), kImage, 1);               // more than one thread's
}

TEST_CASE("mx: blocks along the innermost axis", "[quant]") {
  torch::manual_seed(2);
  const Tensor x = torch::randn({3, 4, 5, 8});
  const Tensor y = make_quantizer(mx_spec("mxfp4", 4, "last"), kImage)->quantize(x).values;
  for (int64_t first : {0, 4}) {
    const Tensor part = x.slice(3, first, first + 4).contiguous();
    CHECK(make_quantizer(mx_spec("mxfp4", 4, "last"), kImage)
              ->quantize(part)
              .values.equal(y.slice(3, first, first + 4)));
  }
}

TEST_CASE("mx: the gradient passes everywhere", "[quant]") {
  const Tensor x = torch::tensor({{7.9F, 0.2F, -3.0F, 0.0F}}).requires_grad_(true);
  const Tensor g = torch::tensor({{1.0F, 2.0F, 3.0F, 4.0F}});
  make_quantizer(mx_spec("mxfp4", 4), kMatrix)->quantize(x).values.backward(g);
  CHECK(x.grad().equal(g));
}

TEST_CASE("blocks: an axis shorter than a block is refused", "[quant]") {
  CHECK_THROWS_WITH(make_quantizer(mx_spec("mxfp4", 32), kMatrix)->quantize(torch::ones({2, 3})),
                    "blocks of 32 do not fit on an axis of 3");
}

TEST_CASE("blocks: codes are those of the elements, and know what is none", "[quant]") {
  const auto quantizer = make_quantizer(mx_spec("mxfp4", 4), kMatrix);
  CHECK(quantizer->most_levels() == 15);
  // X = 2: elements 0 -0.5 1.5 4; e2m1's positive ones are 0.5 1 1.5 2 3 4 6.
  CHECK(quantizer->codes(torch::tensor({{0.0F, -1.0F, 3.0F, 8.0F}}))
            .equal(torch::tensor({{7, 6, 10, 13}}, torch::kLong)));
  CHECK(quantizer->codes(torch::tensor({{0.0F, -1.0F, 3.3F, 8.0F}}))[0][2].item<int64_t>() == -1);
}

TEST_CASE("blocks: all values of all formats are levels, in blocks of every magnitude", "[quant]") {
  torch::manual_seed(3);
  std::vector<Json> specs = {nvfp4_spec()};
  for (const char* format :
       {"mxfp4", "mxfp6_e3m2", "mxfp6_e2m3", "mxfp8_e4m3", "mxfp8_e5m2", "mxint8"}) {
    specs.push_back(mx_spec(format, 32));
  }
  const Tensor magnitudes = torch::exp2(torch::rand({400, 1}) * 60 - 50);
  const Tensor x = torch::randn({400, 72}) * magnitudes;
  for (const Json& spec : specs) {
    INFO(spec.dump());
    const auto quantizer = make_quantizer(spec, kMatrix);
    quantizer->set_range({x.amin() / 4, x.amax() / 4});  // nvfp4's: some blocks are larger
    const Tensor y = quantizer->quantize(x).values;
    const Tensor codes = quantizer->codes(y);
    CHECK(codes.ge(0).all().item<bool>());
    CHECK(codes.lt(quantizer->most_levels()).all().item<bool>());
    CHECK(quantizer->quantize(y).values.equal(y));
    const Tensor slow = quantizer->quantize(x.to(torch::kDouble)).values.to(torch::kFloat);
    // In double a block's scale has more digits; a middle may go either way.
    const Tensor differs = torch::isclose(slow, y, 1e-6, 0).logical_not();
    CHECK(differs.to(torch::kFloat).mean().item<float>() < 1e-3F);
  }
}

TEST_CASE("blocks: infinity and NaN are noticed, in whole and shorter blocks", "[quant]") {
  for (const Json& spec : {mx_spec("mxfp4", 16), nvfp4_spec()}) {
    const auto quantizer = make_quantizer(spec, kImage);
    quantizer->set_range({torch::tensor(-1.0F), torch::tensor(1.0F)});
    for (const int64_t bad : {0, 17, 39}) {
      for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        Tensor x = torch::ones({2, 40, 3, 3});
        CHECK(quantizer->quantize(x).finite);
        x[1][bad][2][2] = value;
        CHECK_FALSE(quantizer->quantize(x).finite);
        CHECK_FALSE(quantizer->quantize(x.contiguous(torch::MemoryFormat::ChannelsLast)).finite);
      }
    }
  }
}

TEST_CASE("blocks: threads do not change a bit", "[quant]") {
  torch::manual_seed(4);
  const Tensor x = torch::randn({7, 72, 30, 30});
  const int before = torch::get_num_threads();
  for (const auto layout : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast}) {
    const Tensor laid = x.contiguous(layout);
    const auto quantizer = make_quantizer(mx_spec("mxfp6_e2m3", 32), kImage);
    torch::set_num_threads(1);
    const Tensor one = quantizer->quantize(laid).values;
    torch::set_num_threads(3);
    CHECK(quantizer->quantize(laid).values.equal(one));
  }
  torch::set_num_threads(before);
}

TEST_CASE("nvfp4: blocks computed by hand", "[quant]") {
  // A range up to 448 * 6: the tensor's scale is 1.
  const auto quantizer = make_quantizer(nvfp4_spec(), kMatrix);
  quantizer->set_range({torch::tensor(-2688.0F), torch::tensor(100.0F)});
  Tensor x = torch::zeros({4, 16});
  Tensor expected = torch::zeros({4, 16});
  const auto row = [](const Tensor& tensor, int64_t i, const std::vector<float>& values) {
    tensor[i].slice(0, 0, static_cast<int64_t>(values.size())).copy_(torch::tensor(values));
  };
  row(x, 0, {12.0F, 5.0F, 1.0F, 0.4F});  // 12 / 6 = 2
  row(expected, 0, {12.0F, 4.0F, 1.0F, 0.0F});
  row(x, 1, {-7.0F, 3.0F});  // 7 / 6 is nearest to 1.125: -6.2 saturates, 2.67 becomes 3
  row(expected, 1, {-6.75F, 3.375F});
  row(x, 2, {0.01F, 0.001F});  // 0.01 / 6 is below 1/64: 0.64 becomes 0.5
  row(expected, 2, {0.5F / 64, 0.0F});
  row(x, 3, {9000.0F, -1000.0F});  // above the range: 448, 6 and -2.23
  row(expected, 3, {2688.0F, -896.0F});
  CHECK(quantizer->quantize(x).values.equal(expected));
  CHECK(quantizer->range_text() == "[-2688, 2688]");
}

TEST_CASE("nvfp4: the gradient passes within the range", "[quant]") {
  const auto quantizer = make_quantizer(nvfp4_spec(), kMatrix);
  quantizer->set_range({torch::tensor(-2.0F), torch::tensor(1.0F)});
  Tensor x = torch::zeros({1, 16});
  x[0][0] = 2.1F;
  x[0][1] = -2.0F;
  x.requires_grad_(true);
  quantizer->quantize(x).values.sum().backward();
  CHECK(x.grad()[0][0].item<float>() == 0);
  CHECK(x.grad().sum().item<float>() == 15);
}

TEST_CASE("nvfp4: a range of zero width gives zeros and is noted", "[quant]") {
  const auto quantizer = make_quantizer(nvfp4_spec(), kMatrix);
  quantizer->set_range({torch::tensor(0.0F), torch::tensor(0.0F)});
  CHECK(quantizer->zero_width());
  CHECK(quantizer->quantize(torch::zeros({2, 16})).values.equal(torch::zeros({2, 16})));
}

TEST_CASE("nvfp4: blocks lie along the channels in every layout", "[quant]") {
  torch::manual_seed(5);
  const Tensor x = torch::randn({3, 40, 5, 7});
  const auto quantizer = make_quantizer(nvfp4_spec(), kImage);
  quantizer->set_range({x.amin(), x.amax()});
  const Tensor y = quantizer->quantize(x).values;
  CHECK(y.equal(with_axis_last(nvfp4_spec(), x, 1)));
  CHECK(quantizer->quantize(x.contiguous(torch::MemoryFormat::ChannelsLast)).values.equal(y));
}
