// What quantizing a network costs beside running it in float: evaluation and a fine-tuning step of
// a ResNet-20 on 32x32 images, one thread, float and quantized in turn; the quantizers are uniform,
// and in a step also LSQ, whose steps are trained along. Prints medians of the ratios of the pairs
// with their quartiles.
//   build/release/bin/bench_network [PAIRS [SCRIPT]]
// Of a TorchScript file of such a network instead what its evaluation gains where ReLUs and sums
// are left to their quantizers.

#include "qsweep/core/freed_memory.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/train/optimizer.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <functional>
#include <utility>
#include <vector>

#include "model_zoo/registry.hpp"

namespace {

using namespace qsweep;
using torch::Tensor;

constexpr int64_t kEvaluationBatch = 100;
constexpr int64_t kTrainingBatch = 128;
constexpr int kBatches = 10;

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::unique_ptr<Model> resnet20() {
  for (const ModelEntry& entry : zoo::models()) {
    if (entry.info.name == "resnet20") {
      return entry.make({{3, 32, 32}, 10, Json::object()});
    }
  }
  std::abort();
}

Tensor images(int64_t count) {
  return torch::randn({count, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast);
}

struct Quantizers {
  Json weights;
  Json outputs;
};

// 4 bits: weights per channel, outputs per tensor.
Quantizers uniform() {
  const Json common{{"quantizer", "uniform"}, {"bits", 4}, {"calibrate", "minmax"}};
  Quantizers own{common, common};
  own.weights.update({{"symmetric", true}, {"narrow", true}, {"granularity", "per_channel"}});
  own.outputs.update({{"symmetric", false}, {"narrow", false}, {"granularity", "per_tensor"}});
  return own;
}

// 4 bits, a learned step per tensor, as in the paper.
Quantizers lsq() {
  const Json common{{"quantizer", "lsq"},
                    {"bits", 4},
                    {"granularity", "per_tensor"},
                    {"gradient_scale", true},
                    {"signed", true},
                    {"calibrate", "mean_abs"}};
  return {common, common};
}

// Weights, and outputs of convolutions and the linear layer, or of every step.
std::vector<SiteGroup> policy(const Model& model, const Quantizers& quantizers, bool every_step) {
  const auto sites = sites_of(model.layers());
  const Positions positions = positions_of(model.layers());
  SiteGroup weights{quantizers.weights, {}, ""};
  SiteGroup outputs{quantizers.outputs, {}, ""};
  for (size_t i = 0; i < sites.size(); ++i) {
    const auto layer = static_cast<size_t>(sites[i].layer);
    const bool has_weight = !model.layers()[layer].weight_shape.empty();
    if (sites[i].kind == SiteKind::Weight) {
      weights.sites.push_back(static_cast<int>(i));
    } else if (sites[i].kind == SiteKind::Output && positions.logits[layer] == 0 &&
               (every_step || has_weight)) {
      outputs.sites.push_back(static_cast<int>(i));
    }
  }
  return {weights, outputs};
}

void calibrate(Model& model, Binding& binding) {
  for (const Observation& observation : binding.observations_for(SiteKind::Output)) {
    binding.set_ranges(observation, observe_sites(model, observation, [](const auto& visit) {
                         visit(images(kEvaluationBatch));
                       }));
  }
}

// Ratios of b to a, run in turn.
void compare(const std::string& what,
             int pairs,
             const std::function<void()>& a,
             const std::function<void()>& b) {
  std::vector<double> ratios;
  std::vector<double> base;
  a();
  b();
  for (int i = 0; i < pairs; ++i) {
    base.push_back(seconds(a));
    ratios.push_back(seconds(b) / base.back());
  }
  std::sort(ratios.begin(), ratios.end());
  std::sort(base.begin(), base.end());
  const auto at = [](const std::vector<double>& values, double part) {
    return values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
  };
  fmt::print("{:<34} {:.3f} times float (quartiles {:.3f} to {:.3f}; float {:.1f} ms)\n",
             what,
             at(ratios, 0.5),
             at(ratios, 0.25),
             at(ratios, 0.75),
             at(base, 0.5) * 1e3);
}

void compare_evaluation(const std::string& name, bool every_step, int pairs) {
  const auto model = resnet20();
  Binding binding(model->layers(), policy(*model, uniform(), every_step));
  calibrate(*model, binding);
  model->train(false);
  const torch::NoGradGuard no_grad;
  const Tensor x = images(kEvaluationBatch);
  compare(
      "evaluation, " + name,
      pairs,
      [&] {
        for (int i = 0; i < kBatches; ++i) {
          model->forward(x, nullptr);
        }
      },
      [&] {
        binding.begin_evaluation();
        for (int i = 0; i < kBatches; ++i) {
          model->forward(x, &binding);
        }
      });
}

// A binding that takes no op over.
class Apart : public SiteHook {
 public:
  explicit Apart(Binding& binding) : binding_(binding) {}
  Tensor apply(int site, Tensor x) override { return binding_.apply(site, std::move(x)); }

 private:
  Binding& binding_;
};

void compare_script(const std::string& path, int pairs) {
  const auto model = load_script_model(path, {3, 32, 32}, 10);
  Binding binding(model->layers(), policy(*model, uniform(), /*every_step=*/true));
  calibrate(*model, binding);
  model->train(false);
  const torch::NoGradGuard no_grad;
  const Tensor x = images(kEvaluationBatch);
  Apart apart(binding);
  const auto evaluate = [&](SiteHook* hook) {
    binding.begin_evaluation();
    for (int i = 0; i < kBatches; ++i) {
      model->forward(x, hook);
    }
  };
  const auto in_float = [&] { evaluate(nullptr); };
  compare("evaluation, every_step", pairs, in_float, [&] { evaluate(&binding); });
  compare("evaluation, every_step, op by op", pairs, in_float, [&] { evaluate(&apart); });
}

std::vector<Tensor> tensors_of(const NamedTensors& named) {
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : named) {
    tensors.push_back(tensor);
  }
  return tensors;
}

void compare_step(const std::string& name,
                  const Quantizers& quantizers,
                  bool every_step,
                  int pairs) {
  const auto model = resnet20();
  Binding binding(model->layers(), policy(*model, quantizers, every_step));
  calibrate(*model, binding);
  model->train(true);
  binding.begin_training({});
  const Tensor x = images(kTrainingBatch);
  const Tensor labels = torch::randint(10, {kTrainingBatch}, torch::kLong);
  model->forward(x, &binding);  // weights start what their quantizers learn
  Training training;
  training.lr = 1e-4;
  Optimizer floating(training, tensors_of(model->parameters()));
  Optimizer quantized(training, tensors_of(model->parameters()));
  quantized.set_quantizer_parameters(tensors_of(binding.parameters()));
  const auto step = [&](Optimizer& optimizer, Binding* bound) {
    optimizer.zero_grad();
    torch::cross_entropy_loss(model->forward(x, bound), labels).backward();
    optimizer.step();
  };
  compare(
      "fine-tuning step, " + name,
      pairs,
      [&] { step(floating, nullptr); },
      [&] {
        step(quantized, &binding);
        binding.after_step();
      });
}

}  // namespace

int main(int argc, char** argv) {
  qsweep::keep_freed_memory();
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 15;
  torch::set_num_threads(1);
  torch::manual_seed(0);
  if (argc > 2) {
    compare_script(argv[2], pairs);
    return 0;
  }
  for (const bool every_step : {false, true}) {
    const std::string name = every_step ? "every_step" : "conv_linear";
    compare_evaluation(name, every_step, pairs);
    compare_step(name, uniform(), every_step, pairs);
    compare_step(name + ", lsq", lsq(), every_step, pairs);
  }
}
