// What holds for every line of the table of quantizers, at its defaults and all its bits.

#include "qsweep/quant/distinct_tally.hpp"
#include "qsweep/quant/quantizer.hpp"

#include <cmath>
#include <set>

#include "support/catch.hpp"
#include "support/quantizer_fields.hpp"

using namespace qsweep;
using test::bits_of;
using test::defaults_of;
using torch::Tensor;

namespace {

struct Case {
  std::string name;
  Json spec;
  SiteShape shape;
  Tensor x;
};

// Every quantizer as its defaults make it, for weights and for activations; a tensor to quantize.
std::vector<Case> cases() {
  torch::manual_seed(1);
  const Tensor weight = torch::randn({8, 32, 3, 3}) * 0.2F;
  const Tensor activation =
      torch::randn({4, 32, 6, 6}) * 4;  // beyond 10, where PACT's alpha starts
  std::vector<Case> all;
  for (const QuantizerEntry& entry : quantizers()) {
    for (const Json& bits : bits_of(entry.info)) {
      const std::string name = entry.info.name + ' ' + bits.dump();
      if (entry.info.for_weights) {
        Json spec = defaults_of(entry.info, SiteKind::Weight);
        spec.update(bits);
        all.push_back({name + " weight", spec, {0, 8, SiteKind::Weight}, weight});
      }
      if (entry.info.for_activations) {
        Json spec = defaults_of(entry.info, SiteKind::Output);
        spec.update(bits);
        all.push_back({name + " output", spec, {1, 32, SiteKind::Output}, activation});
      }
    }
  }
  return all;
}

std::unique_ptr<Quantizer> made(const Case& c) {
  auto quantizer = make_quantizer(c.spec, c.shape);
  if (quantizer->needs_range()) {
    std::vector<int64_t> others;
    for (int64_t axis = 0; axis < c.x.dim(); ++axis) {
      if (axis != c.shape.channel_axis) {
        others.push_back(axis);
      }
    }
    const Tensor low = c.x.amin(others);
    const Tensor high = c.x.amax(others);
    quantizer->set_range(quantizer->per_channel() ? Range{low, high}
                                                  : Range{low.amin(), high.amax()});
  }
  return quantizer;
}

bool same(const Tensor& a, const Tensor& b) {
  return a.sizes() == b.sizes() && a.detach().equal(b.detach());
}

// Weights are normalised on the way in, so that what comes out is on another scale.
bool changes_scale(const std::string& name) {
  return name.rfind("dorefa", 0) == 0 || name.rfind("apot", 0) == 0;
}

}  // namespace

TEST_CASE("every quantizer shows at most 2^bits values, all of them its levels", "[quant]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const auto quantizer = made(c);
    CHECK(quantizer->most_levels() <= (int64_t{1} << c.spec.at("bits").get<int>()));
    const Tensor y = quantizer->quantize(c.x.clone()).values;
    LevelTally tally(quantizer->most_levels());
    quantizer->tally(c.x, y, tally);
    CHECK(tally.off_level == 0);
    CHECK(tally.levels() >= 2);
    CHECK(tally.levels() <= quantizer->most_levels());
  }
}

TEST_CASE("every quantizer's tally is that of the codes of all values, in every layout",
          "[quant]") {
  for (const Case& c : cases()) {
    for (const bool last : {false, true}) {
      INFO(c.name << (last ? " channels_last" : ""));
      const auto quantizer = made(c);
      const Tensor x = last ? c.x.contiguous(torch::MemoryFormat::ChannelsLast) : c.x;
      Tensor y = quantizer->quantize(x.clone()).values;
      for (const bool spoiled : {false, true}) {
        if (spoiled) {
          y = y.clone();
          y[1][2][0][1] += 0.0123456F;  // between two levels, also those of bf16
        }
        LevelTally fast(quantizer->most_levels());
        LevelTally slow(quantizer->most_levels());
        quantizer->tally(x, y, fast);
        tally_codes(*quantizer, x, y, slow);
        CHECK(fast.seen == slow.seen);
        CHECK(fast.elements == x.numel());
        CHECK((spoiled || fast.saturated == slow.saturated));
        CHECK(fast.off_level == slow.off_level);
        CHECK((fast.off_level > 0) == spoiled);
        CHECK(fast.signal == Approx(slow.signal).epsilon(1e-5));
        CHECK(fast.noise == Approx(slow.noise).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("every quantizer is idempotent, but those that normalise", "[quant]") {
  for (const Case& c : cases()) {
    if (changes_scale(c.name)) {
      continue;
    }
    INFO(c.name);
    const auto quantizer = made(c);
    const Tensor y = quantizer->quantize(c.x.clone()).values;
    CHECK(same(quantizer->quantize(y.clone()).values, y));
  }
}

TEST_CASE("every quantizer is monotone, but those with a scale for each block", "[quant]") {
  for (const Case& c : cases()) {
    if (c.spec.contains("block")) {
      continue;
    }
    INFO(c.name);
    const Tensor y = made(c)->quantize(c.x.clone()).values.reshape(-1);
    const Tensor rising = y.index({std::get<1>(c.x.reshape(-1).sort())});
    CHECK((rising.slice(0, 1) - rising.slice(0, 0, -1)).ge(0).all().item<bool>());
  }
}

TEST_CASE("every quantizer notices NaN, and keeps what it was given", "[quant]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const auto quantizer = made(c);
    const Tensor before = c.x.clone();
    CHECK(quantizer->quantize(c.x).finite);
    CHECK(same(c.x, before));
    Tensor bad = c.x.clone();
    bad.view(-1)[777] = std::nanf("");
    CHECK_FALSE(quantizer->quantize(bad).finite);
  }
}

TEST_CASE("every quantizer gives the same values in every layout, and in place", "[quant]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const auto quantizer = made(c);
    const Tensor y = quantizer->quantize(c.x).values;
    CHECK(same(quantizer->quantize(c.x.contiguous(torch::MemoryFormat::ChannelsLast)).values, y));
    CHECK(same(quantizer->quantize(c.x.transpose(2, 3)).values, y.transpose(2, 3)));
    const torch::NoGradGuard no_grad;
    CHECK(same(quantizer->quantize(c.x.clone()).values, y));
  }
}

TEST_CASE("every quantizer's kernel is its formula by torch's operators", "[quant]") {
  // Double tensors go through torch's operators, as those of other devices do.
  for (const Case& c : cases()) {
    INFO(c.name);
    const auto quantizer = made(c);
    const Tensor fast = c.x.clone().requires_grad_(true);
    const Tensor slow = c.x.to(torch::kDouble).requires_grad_(true);
    const Tensor y = quantizer->quantize(fast).values;
    const Tensor z = quantizer->quantize(slow).values;
    // A value at the middle between two levels may go either way in another precision.
    const double differ =
        (y.to(torch::kDouble) - z).abs().gt(1e-5).to(torch::kDouble).mean().item<double>();
    CHECK(differ < 1e-3);
    const Tensor g = torch::randn_like(c.x);
    y.backward(g);
    z.backward(g.to(torch::kDouble));
    const double gradients_differ = (fast.grad().to(torch::kDouble) - slow.grad())
                                        .abs()
                                        .gt(1e-4)
                                        .to(torch::kDouble)
                                        .mean()
                                        .item<double>();
    CHECK(gradients_differ < 1e-3);
  }
}

TEST_CASE("every quantizer's gradient is finite and reaches what it learns", "[quant]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const auto quantizer = made(c);
    quantizer->begin({true, 1, 4, 7});
    const Tensor x = c.x.clone().requires_grad_(true);
    quantizer->quantize(x).values.sum().backward();
    CHECK(torch::isfinite(x.grad()).all().item<bool>());
    for (const auto& [name, parameter] : quantizer->parameters()) {
      INFO(name);
      CHECK(parameter.is_leaf());
      REQUIRE(parameter.grad().defined());
      CHECK(torch::isfinite(parameter.grad()).all().item<bool>());
      CHECK(parameter.grad().abs().sum().item<float>() > 0);
    }
  }
}

TEST_CASE("every quantizer's line says rightly whether it has a range, and names real parameters",
          "[quant]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const Catalog::Quantizer& info = quantizer_entry(c.spec).info;
    CHECK(make_quantizer(c.spec, c.shape)->needs_range() == holds(info.range_when, c.spec));
    std::vector<Json> conditions = {info.unsigned_when, info.range_when};
    for (const Nonsense& nonsense : info.nonsense) {
      CHECK_FALSE(holds(nonsense.when, c.spec));
      conditions.push_back(nonsense.when);
    }
    for (const Parameter& parameter : info.parameters) {
      CHECK_FALSE(parameter.only_when.contains(parameter.name));
      conditions.push_back(parameter.only_when);
    }
    for (const Json& condition : conditions) {
      for (const auto& [name, value] : condition.items()) {
        CHECK(c.spec.contains(name));
      }
    }
  }
}
