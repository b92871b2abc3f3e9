#include <map>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

using torch::Tensor;

// Leaves every tensor as it is, and counts.
class FloatSites : public SiteHook {
 public:
  explicit FloatSites(const Model& model) : visits(sites_of(model.layers()).size(), 0) {}
  Tensor apply(int site, Tensor x) override {
    ++visits.at(static_cast<size_t>(site));
    return x;
  }
  std::vector<int> visits;
};

// Keeps every tensor that comes by, as calibration does, and what it was at that time.
class Keeper : public SiteHook {
 public:
  Tensor apply(int /*site*/, Tensor x) override {
    kept.emplace_back(x, x.clone());
    return x;
  }
  std::vector<std::pair<Tensor, Tensor>> kept;
};

// What one training step computes.
struct Step {
  Tensor logits;
  std::map<std::string, Tensor> gradients;
  std::map<std::string, Tensor> buffers;
};

Step training_step(const SmallModel& small, bool with_hook) {
  const auto model = make_random(small);
  model->train(true);
  FloatSites hook(*model);
  torch::manual_seed(3);  // of the dropout
  Step step;
  step.logits = model->forward(images_for(small.input), with_hook ? &hook : nullptr);
  step.logits.square().sum().backward();
  for (const auto& [name, tensor] : model->parameters()) {
    step.gradients[name] = tensor.grad();
  }
  for (const auto& [name, tensor] : model->buffers()) {
    step.buffers[name] = tensor;
  }
  return step;
}

}  // namespace

TEST_CASE("with all sites float a network gives the plain network's bits in evaluation",
          "[model_zoo]") {
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const auto model = make_random(small);
    model->train(false);
    const Tensor images = images_for(small.input);
    const Tensor with_graph = model->forward(images);
    const torch::NoGradGuard no_grad;  // from here on layers may work in place
    const Tensor plain = model->forward(images);
    FloatSites hook(*model);
    CHECK(torch::equal(plain, with_graph));
    CHECK(torch::equal(model->forward(images, &hook), plain));
    CHECK(hook.visits == std::vector<int>(hook.visits.size(), 1));
    CHECK(torch::equal(images, images_for(small.input)));
  }
}

TEST_CASE("with all sites float a training step has the plain network's bits and gradients",
          "[model_zoo]") {
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const Step plain = training_step(small, /*with_hook=*/false);
    const Step hooked = training_step(small, /*with_hook=*/true);
    CHECK(torch::equal(plain.logits, hooked.logits));
    for (const auto& [name, gradient] : plain.gradients) {
      INFO(name);
      REQUIRE(gradient.defined());
      CHECK(torch::equal(gradient, hooked.gradients.at(name)));
    }
    for (const auto& [name, buffer] : plain.buffers) {
      INFO(name);
      CHECK(torch::equal(buffer, hooked.buffers.at(name)));
    }
  }
}

TEST_CASE("working in place never changes a tensor that a hook keeps", "[model_zoo]") {
  const torch::NoGradGuard no_grad;
  for (const SmallModel& small : small_models()) {
    INFO(title_of(small));
    const auto model = make_random(small);
    model->train(false);
    const Tensor images = images_for(small.input);
    const Tensor plain = model->forward(images);
    Keeper keeper;
    CHECK(torch::equal(model->forward(images, &keeper), plain));
    for (const auto& [tensor, then] : keeper.kept) {
      CHECK(torch::equal(tensor, then));
    }
  }
}

namespace {

// Counts the planes of activations that are not channels_last.
class LayoutWatch : public SiteHook {
 public:
  explicit LayoutWatch(const Model& model) : sites_(sites_of(model.layers())) {}
  Tensor apply(int site, Tensor x) override {
    if (sites_.at(static_cast<size_t>(site)).kind != SiteKind::Weight && x.dim() == 4) {
      ++planes;
      if (!x.is_contiguous(torch::MemoryFormat::ChannelsLast)) {
        others.push_back(site);
      }
    }
    return x;
  }
  int planes = 0;
  std::vector<int> others;

 private:
  std::vector<Site> sites_;
};

}  // namespace

TEST_CASE("convolutional networks keep channels_last images channels_last", "[model_zoo]") {
  const torch::NoGradGuard no_grad;
  for (const SmallModel& small : small_models()) {
    if (small.name == "mlp" || small.name == "vit_tiny") {
      continue;
    }
    INFO(title_of(small));
    const auto model = make_random(small);
    for (const bool training : {false, true}) {
      model->train(training);
      LayoutWatch watch(*model);
      model->forward(images_for(small.input), &watch);
      CHECK(watch.planes > 0);
      CHECK(watch.others == std::vector<int>{});
    }
  }
}

}  // namespace qsweep::zoo
