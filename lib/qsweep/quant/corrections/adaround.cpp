// Adaptive rounding (Nagel et al. 2020, arXiv:2004.10568). Each weight goes to the value below or
// above it, whichever lets the layer compute what the float layer does: with h = clip(1.2
// sigmoid(V)
// - 0.1, 0, 1) in [0, 1] the weight is below + h (above - below), and V minimizes
//   sum over channels of (output - float output)^2, mean over the rest,
//   + 0.01 sum(1 - |2 h - 1|^beta)
// beta falls from 20 to 2 along half a cosine, so that all h end at 0 or 1; the second term starts
// after a fifth of the steps. Layers follow each other: inputs are those that the quantized network
// gives with the layers before rounded already. Adam; the step times the number of iterations is
// the paper's, 10.

#include "qsweep/core/random_stream.hpp"
#include "qsweep/quant/correction.hpp"
#include "qsweep/quant/corrections/all_images.hpp"
#include "qsweep/quant/corrections/site_tap.hpp"

#include <torch/autograd.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

constexpr double kStretch = 1.2;  // of the sigmoid, so that it reaches 0 and 1
constexpr double kShift = 0.1;
constexpr double kPath = 10;  // iterations x step
constexpr double kLargestStep = 0.1;
constexpr double kWeightOfChoice = 0.01;
constexpr double kWarmUp = 0.2;  // of the iterations
constexpr double kFirstBeta = 20;
constexpr double kLastBeta = 2;

std::vector<int> roundable_products(LayerGraph& graph) {
  std::vector<int> products;
  for (int layer = 0; layer < graph.size(); ++layer) {
    if (graph.is_product(layer) && graph.is_called_once(layer) &&
        graph.weight_quantizer(layer) == "uniform") {
      products.push_back(layer);
    }
  }
  return products;
}

// A choice for each weight between the quantizer's values next to it, soft while it is learned.
class Choice {
 public:
  Choice(const Tensor& weight, Quantizer& quantizer) {
    const torch::NoGradGuard no_grad;
    const Tensor nearest = quantizer.quantize(weight.clone()).values;
    const Tensor spacing = spacing_of(quantizer, weight);
    const Tensor other =
        quantizer.quantize(nearest + torch::where(weight >= nearest, spacing, -spacing)).values;
    below_ = torch::minimum(nearest, other);
    above_ = torch::maximum(nearest, other);  // the same beyond the ends
    const Tensor step = above_ - below_;
    const Tensor part = torch::where(step > 0, (weight - below_) / step, torch::zeros_like(step));
    const Tensor stretched = (part.clamp(0, 1) + kShift) / kStretch;
    logits_ = torch::log(stretched / (1 - stretched));
    logits_.requires_grad_();
  }

  Tensor& logits() { return logits_; }
  Tensor soft() const { return below_ + part() * (above_ - below_); }
  Tensor hard() const { return torch::where(part() >= 0.5, above_, below_); }
  // How far it is from being made; 0 where all parts are 0 or 1.
  Tensor openness(double beta) const { return (1 - (2 * part() - 1).abs().pow(beta)).sum(); }

 private:
  // Between neighbouring values, for each weight: a uniform quantizer's are evenly spaced.
  static Tensor spacing_of(Quantizer& quantizer, const Tensor& weight) {
    constexpr double kFar = 1e4;
    const double largest = std::max(weight.abs().max().item<double>(), 0.01);
    const Tensor highest = quantizer.quantize(torch::full_like(weight, kFar * largest)).values;
    const Tensor lowest = quantizer.quantize(torch::full_like(weight, -kFar * largest)).values;
    return (highest - lowest) / static_cast<double>(quantizer.most_levels() - 1);
  }

  Tensor part() const { return (torch::sigmoid(logits_) * kStretch - kShift).clamp(0, 1); }

  Tensor below_;
  Tensor above_;
  Tensor logits_;
};

// What passes a site while the network computes.
Tensor float_output(const CorrectionTask& task, int layer, const Tensor& images) {
  Tensor seen;
  SiteTap tap(nullptr);
  tap.before(task.graph.site(layer, SiteKind::Output), [&seen](Tensor x) { return seen = x; });
  task.float_network.forward(images, &tap);
  return seen;
}

Tensor quantized_input(const CorrectionTask& task, int layer, const Tensor& images) {
  const torch::NoGradGuard no_grad;
  Tensor seen;
  SiteTap tap(&task.binding);
  tap.after(task.graph.site(layer, SiteKind::Input), [&seen](Tensor x) { return seen = x; });
  task.binding.begin_evaluation();
  task.model.forward(images, &tap);
  return seen;
}

// Of the openness' exponent; 0 while it does not count yet.
double beta_at(int64_t iteration, int64_t iterations) {
  const double first = kWarmUp * static_cast<double>(iterations);
  const auto now = static_cast<double>(iteration);
  if (now < first) {
    return 0;
  }
  constexpr double kPi = 3.14159265358979323846;
  const double passed = (now - first) / (static_cast<double>(iterations) - first);
  return kLastBeta + (kFirstBeta - kLastBeta) * (1 + std::cos(kPi * passed)) / 2;
}

// Some of the images, drawn anew at each step.
Tensor draw(RandomStream& stream, int64_t count, int64_t wanted) {
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < std::min(count, wanted); ++i) {
    chosen.push_back(static_cast<int64_t>(stream.below(static_cast<uint64_t>(count))));
  }
  return torch::tensor(chosen);
}

void learn(const CorrectionTask& task,
           int layer,
           const Tensor& input,
           const Tensor& target,
           Choice& choice) {
  const auto iterations = task.parameters.at("iterations").get<int64_t>();
  const auto batch = task.parameters.at("batch").get<int64_t>();
  const double step = std::min(kLargestStep, kPath / static_cast<double>(iterations));
  torch::optim::Adam optimizer(std::vector<Tensor>{choice.logits()},
                               torch::optim::AdamOptions(step));
  RandomStream stream(task.seed, "adaround", static_cast<uint64_t>(layer));
  const torch::AutoGradMode with_gradients(true);
  for (int64_t i = 0; i < iterations; ++i) {
    const Tensor chosen = draw(stream, input.size(0), batch).to(input.device());
    const Tensor output =
        task.model.forward_product(layer, input.index_select(0, chosen), choice.soft());
    const Tensor error = output - target.index_select(0, chosen);
    const int axis = task.graph[layer].channel_axis + 1;
    Tensor loss = error.square().sum(axis).mean();
    if (const double beta = beta_at(i, iterations); beta > 0) {
      loss = loss + kWeightOfChoice * choice.openness(beta);
    }
    choice.logits().mutable_grad() = torch::autograd::grad({loss}, {choice.logits()})[0];
    optimizer.step();
  }
}

void learn_rounding(const CorrectionTask& task) {
  const Tensor images = all_images(task.each_batch);
  for (const int layer : task.layers) {
    const Tensor target = float_output(task, layer, images);
    const Tensor input = quantized_input(task, layer, images);
    const Tensor weight = task.model.tensors(layer).weight.detach();
    Choice choice(weight,
                  task.binding.hold_range(task.graph.site(layer, SiteKind::Weight), weight));
    learn(task, layer, input, target, choice);
    const torch::NoGradGuard no_grad;
    weight.copy_(choice.hard());
  }
}

}  // namespace

CorrectionEntry adaround_entry() {
  Catalog::Correction info;
  info.name = "adaround";
  info.about = "layer by layer, learns whether each uniform weight is rounded up or down";
  info.paper = "Nagel et al. 2020, arXiv:2004.10568";
  info.of_quantized = true;
  info.uses_images = true;
  info.keeps_images = true;
  using Type = Parameter::Type;
  info.parameters = {
      {"iterations", Type::Integer, 1000, 1, 1'000'000, {}, "steps for each layer"},
      {"batch", Type::Integer, 32, 1, 1'000'000, {}, "images in each step"},
  };
  return {std::move(info), roundable_products, learn_rounding};
}

}  // namespace qsweep
