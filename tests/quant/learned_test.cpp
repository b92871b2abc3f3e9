// What holds for every quantizer that learns: weights and activations, at their defaults.

#include "qsweep/quant/quantizer.hpp"

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

namespace {

std::unique_ptr<Quantizer> made(const QuantizerEntry& entry, SiteKind kind) {
  Json spec{{"quantizer", entry.info.name}, {"bits", 3}};
  for (const Parameter& parameter : entry.info.parameters) {
    spec[parameter.name] = parameter.default_value;
  }
  spec.update(kind == SiteKind::Weight ? entry.info.weight_defaults
                                       : entry.info.activation_defaults);
  if (!entry.info.format_bits.empty()) {
    spec[entry.info.bits_from] = entry.info.format_bits.items().begin().key();
  }
  auto quantizer = make_quantizer(spec, {kind == SiteKind::Weight ? 0 : 1, 4, kind});
  if (quantizer->needs_range()) {
    quantizer->set_range({torch::tensor({-1.5F}), torch::tensor({2.0F})});
  }
  return quantizer;
}

// Calls body(name, kind, entry) for each.
template <class Body>
void for_each_learner(Body body) {
  int learners = 0;
  for (const QuantizerEntry& entry : quantizers()) {
    for (const SiteKind kind : {SiteKind::Weight, SiteKind::Output}) {
      const bool suits =
          kind == SiteKind::Weight ? entry.info.for_weights : entry.info.for_activations;
      if (!suits || (entry.info.max_bits != 0 && entry.info.min_bits > 3)) {
        continue;
      }
      if (!made(entry, kind)->parameters().empty()) {
        INFO(entry.info.name << ' ' << to_string(kind));
        body(entry, kind);
        ++learners;
      }
    }
  }
  CHECK(learners >= 7);
}

}  // namespace

TEST_CASE("what a quantizer learned can be copied into another one", "[quant]") {
  torch::manual_seed(1);
  const Tensor x = torch::randn({8, 4, 3, 3}) * 4;
  for_each_learner([&](const QuantizerEntry& entry, SiteKind kind) {
    const auto trained = made(entry, kind);
    const auto loaded = made(entry, kind);
    const torch::NoGradGuard no_grad;
    for (auto& [name, parameter] : trained->parameters()) {
      parameter.mul_(0.7F);
    }
    const Tensor before = loaded->quantize(x).values;
    const NamedTensors from = trained->parameters();
    const NamedTensors to = loaded->parameters();
    for (size_t i = 0; i < from.size(); ++i) {
      to[i].second.copy_(from[i].second);
    }
    const Tensor after = loaded->quantize(x).values;
    CHECK(after.equal(trained->quantize(x).values));
    CHECK_FALSE(after.equal(before));
  });
}

TEST_CASE("what a quantizer learned is kept where it makes sense", "[quant]") {
  const Tensor x = torch::randn({8, 4, 3, 3});
  for_each_learner([&](const QuantizerEntry& entry, SiteKind kind) {
    const auto quantizer = made(entry, kind);
    for (const auto& [name, parameter] : quantizer->parameters()) {
      parameter.data().fill_(-1.0F);
    }
    Tensor latent = x.clone();
    quantizer->after_step(latent);
    CHECK(torch::isfinite(quantizer->quantize(x).values).all().item<bool>());
    for (const auto& [name, parameter] : quantizer->parameters()) {
      CHECK((name == "offset" || parameter.gt(0).all().item<bool>()));
      CHECK(parameter.is_leaf());
      CHECK(parameter.requires_grad());
    }
  });
}

TEST_CASE("learners that absorb a ReLU have the values and gradients of both", "[quant]") {
  torch::manual_seed(2);
  Tensor x = torch::randn({8, 4, 3, 3}) * 4;
  x.view(-1)[5] = 0.0F;
  const Tensor g = torch::randn_like(x);
  for_each_learner([&](const QuantizerEntry& entry, SiteKind kind) {
    const auto fused = made(entry, kind);
    const auto apart = made(entry, kind);
    if (!fused->absorbs_relu()) {
      return;
    }
    const Tensor one = x.clone().requires_grad_(true);
    const Tensor two = x.clone().requires_grad_(true);
    const Tensor y = fused->quantize_relu(one).values;
    const Tensor z = apart->quantize(torch::relu(two)).values;
    CHECK(y.equal(z));
    y.backward(g);
    z.backward(g);
    CHECK(one.grad().equal(two.grad()));
    for (size_t i = 0; i < fused->parameters().size(); ++i) {
      CHECK(fused->parameters()[i].second.grad().allclose(
          apart->parameters()[i].second.grad(), 1e-5, 1e-5));
    }
  });
}
