// What it costs to reach the sites of a network, with nothing quantized: a ResNet-20 as a network of
// the zoo and as a plain module of C++, and two residual blocks as TorchScript, each beside its own
// forward without a hook. One tiny image, so that little else is computed. Prints medians of the
// differences of pairs, in microseconds of the processor per site, with their quartiles.
//   build/release/bin/bench_interception [PAIRS]

#include "qsweep/core/freed_memory.hpp"
#include "qsweep/model/dispatch/dispatch_model.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/plan/layer.hpp"

#include <torch/csrc/jit/serialization/import.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <vector>

#include "model_zoo/registry.hpp"
#include "tests/model/script_fixture.hpp"
#include "tests/model_zoo/plain_resnet20.hpp"

namespace {

using namespace qsweep;
namespace jit = torch::jit;
using torch::Tensor;

constexpr InputShape kInput{3, 8, 8};
constexpr int64_t kScriptClasses = 5;
constexpr int kForwards = 20;  // per measurement

// Lets every tensor pass.
class Nothing : public SiteHook {
 public:
  Tensor apply(int /*site*/, Tensor x) override { return x; }
};

// Of this thread alone, so that what else the machine does counts less.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds(const std::function<void()>& body) {
  const double start = processor_seconds();
  body();
  return processor_seconds() - start;
}

std::unique_ptr<Model> zoo_network() {
  for (const ModelEntry& entry : zoo::models()) {
    if (entry.info.name == "resnet20") {
      return entry.make({kInput, 10, Json::object()});
    }
  }
  std::abort();
}

// `own` is the network's forward without a hook.
void compare(const std::string& what,
             Model& model,
             const std::function<void(const Tensor&)>& own,
             int pairs) {
  const Tensor x = torch::randn({1, kInput.channels, kInput.height, kInput.width});
  const auto sites = static_cast<double>(sites_of(model.layers()).size());
  Nothing hook;
  const auto repeated = [](const std::function<void()>& body) {
    for (int i = 0; i < kForwards; ++i) {
      body();
    }
  };
  std::vector<double> differences;
  std::vector<double> base;
  for (int i = -3; i < pairs; ++i) {
    const double without = seconds([&] { repeated([&] { own(x); }); });
    const double with = seconds([&] { repeated([&] { model.forward(x, &hook); }); });
    if (i >= 0) {  // the first ones warm up
      differences.push_back((with - without) / kForwards / sites * 1e6);
      base.push_back(without / kForwards * 1e6);
    }
  }
  std::sort(differences.begin(), differences.end());
  std::sort(base.begin(), base.end());
  const auto at = [](const std::vector<double>& values, double part) {
    return values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
  };
  fmt::print(
      "{:<28} {:6.3f} us per site (quartiles {:.3f} to {:.3f}; {:.0f} sites, own {:.0f} us)\n",
      what,
      at(differences, 0.5),
      at(differences, 0.25),
      at(differences, 0.75),
      sites,
      at(base, 0.5));
}

void compare_all(const std::string& mode, const jit::Module& module, int pairs) {
  const auto network = zoo_network();
  network->train(false);
  const auto network_own = zoo_network();  // never hooked
  network_own->train(false);
  compare(
      "zoo, " + mode, *network, [&](const Tensor& x) { network_own->forward(x); }, pairs);

  const auto file = std::filesystem::temp_directory_path() / "bench_interception.pt";
  module.save(file.string());
  const auto loaded = load_script_model(file.string(), kInput, kScriptClasses);
  loaded->train(false);
  jit::Module script = jit::load(file.string());
  script.eval();
  std::filesystem::remove(file);
  compare(
      "script, " + mode, *loaded, [&](const Tensor& x) { script.forward({x}); }, pairs);

  const auto plain = std::make_shared<zoo::PlainResNet20>();
  const auto wrapped = make_dispatch_model(plain, kInput);
  wrapped->train(false);
  compare(
      "plain module, " + mode, *wrapped, [&](const Tensor& x) { plain->forward(x); }, pairs);
}

}  // namespace

int main(int argc, char** argv) {
  qsweep::keep_freed_memory();
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 51;
  torch::set_num_threads(1);
  torch::manual_seed(0);
  const jit::Module script = script_network();
  compare_all("with gradients", script, pairs);
  const torch::NoGradGuard no_grad;
  compare_all("without", script, pairs);
}
