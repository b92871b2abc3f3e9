#include "qsweep/model/script/script_model.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/site_numbers.hpp"

#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <array>
#include <map>
#include <thread>

#include "model_checks.hpp"
#include "script_fixture.hpp"

namespace qsweep {
namespace {

namespace jit = torch::jit;
using test::Identity;
using test::Scaled;
using torch::Tensor;

// The switches by which a process makes the JIT optimize otherwise.
class JitSwitches {
 public:
  JitSwitches(bool profiling, bool profiling_executor, bool fuser)
      : kept_{jit::getProfilingMode().exchange(profiling),
              jit::getExecutorMode().exchange(profiling_executor),
              jit::tensorExprFuserEnabled()} {
    jit::setTensorExprFuserEnabled(fuser);
  }
  JitSwitches(const JitSwitches&) = delete;
  JitSwitches& operator=(const JitSwitches&) = delete;
  ~JitSwitches() {
    jit::getProfilingMode() = kept_[0];
    jit::getExecutorMode() = kept_[1];
    jit::setTensorExprFuserEnabled(kept_[2]);
  }

 private:
  std::array<bool, 3> kept_;
};

// The logits, gradients and statistics of three steps, the later of which a JIT that profiles would
// optimize.
NamedTensors trained(const ScriptArchive& archive) {
  const auto model = archive.model();
  model->train(true);
  Scaled hook;
  const Tensor given = torch::linspace(-1, 2, 4 * 3 * 8 * 8).view({4, 3, 8, 8});
  NamedTensors seen;
  for (int step = 0; step < 3; ++step) {
    const Tensor logits = model->forward(given, &hook);
    logits.square().sum().backward();
    seen.emplace_back("logits", logits.detach());
  }
  for (const auto& [name, tensor] : model->parameters()) {
    seen.emplace_back(name, tensor.grad());
  }
  for (const auto& [name, tensor] : model->buffers()) {
    seen.emplace_back(name, tensor);
  }
  return seen;
}

}  // namespace

TEST_CASE("a script's layers are named by path and op, in the order of execution", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  const std::vector<int64_t> plane{4, 8, 8};
  const auto& layers = model->layers();
  check_layers(layers,
               {{"stem", "Conv2d", "conv2d", {{-1}}, plane, 256 * 27, 108},
                {"block1.conv", "Conv2d", "conv2d", {{0}}, plane, 256 * 36, 148},
                {"block1.relu", "ReLU", "relu", {{1}}, plane, 0, 0},
                {"block1.bn", "BatchNorm2d", "batch_norm", {{2}}, plane, 0, 8},
                {"block1.add", "Add", "add", {{3}, {0}}, plane, 0, 0},
                {"block1.relu.1", "ReLU", "relu", {{4}}, plane, 0, 0},
                {"block2.conv", "Conv2d", "conv2d", {{5}}, plane, 256 * 36, 148},
                {"block2.relu", "ReLU", "relu", {{6}}, plane, 0, 0},
                {"block2.bn", "BatchNorm2d", "batch_norm", {{7}}, plane, 0, 8},
                {"block2.add", "Add", "add", {{8}, {5}}, plane, 0, 0},
                {"block2.relu.1", "ReLU", "relu", {{9}}, plane, 0, 0},
                {"mean", "Mean", "mean", {{10}}, {4}, 0, 0},
                {"head", "Linear", "linear", {{11}}, {5}, 20, 25}});
  CHECK(layers[1].weight_name == "block1.conv.weight");
  CHECK(layers[1].weight_shape == std::vector<int64_t>{4, 4, 3, 3});
  CHECK(layers[4].input_shapes == std::vector<std::vector<int64_t>>{plane, plane});
}

TEST_CASE("with all sites float a script gives the module's bits, gradients and statistics",
          "[script]") {
  const ScriptArchive archive(script_network());
  for (const bool training : {false, true}) {
    INFO("training " << training);
    jit::Module module = archive.module();
    module.train(training);
    const auto model = archive.model();
    model->train(training);
    Identity hook;
    const Tensor expected = module.forward({script_images()}).toTensor();
    const Tensor got = model->forward(script_images(), &hook);
    CHECK(torch::equal(got, expected));
    CHECK(torch::equal(archive.model()->forward(script_images()), [&] {
      jit::Module fresh = archive.module();
      return fresh.forward({script_images()}).toTensor();
    }()));
    expected.square().sum().backward();
    got.square().sum().backward();
    std::map<std::string, Tensor> parameters;
    for (const auto& [name, tensor] : model->parameters()) {
      parameters[name] = tensor;
    }
    for (const auto& item : module.named_parameters()) {
      INFO(item.name);
      REQUIRE(parameters.count(item.name) == 1);
      CHECK(parameters.at(item.name).is_leaf());
      CHECK(torch::equal(parameters.at(item.name).grad(), item.value.grad()));
    }
    std::map<std::string, Tensor> buffers;
    for (const auto& [name, tensor] : model->buffers()) {
      buffers[name] = tensor;
    }
    CHECK(buffers.size() == 6);
    for (const auto& item : module.named_buffers()) {
      INFO(item.name);
      CHECK(torch::equal(buffers.at(item.name), item.value));
    }
  }
}

TEST_CASE("a hook sees every site of a script once, and each changes the logits", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  model->train(false);
  Identity hook;
  model->forward(script_images(), &hook);
  std::vector<int> sorted = hook.seen;
  std::sort(sorted.begin(), sorted.end());
  REQUIRE(sorted.size() == sites_of(model->layers()).size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    CHECK(sorted[i] == static_cast<int>(i));
  }
  check_each_site_changes_the_logits(*model, script_images());
}

TEST_CASE("a script's ReLUs and sums are left to a hook that takes them over", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  for (const bool training : {false, true}) {
    model->train(training);
    Identity apart;
    test::Absorbing together;
    const Tensor expected = model->forward(script_images(), &apart);
    CHECK(model->forward(script_images(), &together).equal(expected));
    CHECK(together.seen == apart.seen);
    const std::vector<LayerSites> sites = sites_by_layer(model->layers());
    CHECK(together.relus ==
          std::vector<int>{sites[2].output, sites[5].output, sites[7].output, sites[10].output});
    CHECK(together.sums == std::vector<int>{sites[4].output, sites[9].output});
  }
}

TEST_CASE("sums of other shapes, with factors, or with parameters are left to none", "[script]") {
  const ScriptArchive archive(script_with_forward(R"(
    y = self.conv.forward(x)
    y = torch.add(y, x, alpha=2) + y.mean([2, 3], True) + self.conv.bias.view([1, 3, 1, 1]) + 1
    return self.head.forward(y.flatten(1))
)"));
  const auto model = archive.model();
  Identity apart;
  test::Absorbing together;
  CHECK(model->forward(script_images(), &together).equal(model->forward(script_images(), &apart)));
  CHECK(together.seen == apart.seen);
  CHECK(together.sums.empty());
}

TEST_CASE("an error in a hook comes out of the interpreter as it was", "[script]") {
  struct Throwing : SiteHook {
    Tensor apply(int /*site*/, Tensor /*x*/) override { throw NotFiniteError("enough"); }
  };
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  Throwing hook;
  CHECK_THROWS_AS(model->forward(script_images(), &hook), NotFiniteError);
  CHECK_NOTHROW(model->forward(script_images()));
  try {
    model->forward(torch::zeros({2, 1, 8, 8}));
    FAIL("no error");
  } catch (const c10::Error& error) {
    CHECK_THAT(error.what_without_backtrace(), ContainsSubstring("to have 3 channels"));
    CHECK(std::string(error.what_without_backtrace()).find("TorchScript") == std::string::npos);
  }
}

TEST_CASE("a script may write into its images, and the caller's stay as they are", "[script]") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> bodies = {
      {"    torch.relu_(x)\n", {"relu", "conv", "head"}},
      {"    x -= 0.5\n", {"sub", "conv", "head"}},
      {"    x[:, 0] *= 2.\n", {"mul", "conv", "head"}}};
  for (const auto& [body, layers] : bodies) {
    INFO(body);
    const ScriptArchive archive(script_with_forward(
        body + "    return self.head.forward(self.conv.forward(x).flatten(1))\n"));
    jit::Module module = archive.module();
    const auto model = archive.model();
    CHECK(names_of(model->layers()) == layers);
    CHECK(model->layers()[1].sources[0].back() == 0);
    const Tensor given = script_images();
    for (const bool quantizes : {false, true}) {
      Identity hook;
      CHECK(model->forward(given, quantizes ? &hook : nullptr)
                .equal(module.forward({script_images()}).toTensor()));
      CHECK(given.equal(script_images()));
    }
    check_each_site_changes_the_logits(*model, given);
  }
}

TEST_CASE("a shared module has a layer for each call", "[script]") {
  const ScriptArchive archive(script_with_forward(R"(
    x = self.conv.forward(torch.hardtanh(self.conv.forward(x), 0., 6.))
    return self.head.forward(torch.flatten(x, 1))
)"));
  const auto model = archive.model();
  CHECK(names_of(model->layers()) ==
        std::vector<std::string>{"conv", "hardtanh", "conv.1", "head"});
  CHECK(model->layers()[1].type == "ReLU6");
  CHECK(model->layers()[0].parameters == 84);
  CHECK(model->layers()[2].parameters == 0);
  CHECK(model->parameters().size() == 4);
}

TEST_CASE("arithmetic with constants and parameters takes no activation from them", "[script]") {
  const ScriptArchive archive(script_with_forward(R"(
    x = self.conv.forward(x) * 0.5 + self.conv.weight.sum()
    return self.head.forward((x + 1).reshape(x.size(0), -1))
)"));
  const auto model = archive.model();
  CHECK(names_of(model->layers()) ==
        std::vector<std::string>{"conv", "mul", "add", "add.1", "head"});
  for (const Layer& layer : model->layers()) {
    CHECK(layer.sources.size() == 1);
  }
  Identity hook;
  model->forward(script_images(), &hook);
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
}

TEST_CASE("a product of a parameter and a constant is a layer that takes no activation",
          "[script]") {
  jit::Module module = script_with_forward(R"(
    place = torch.relu(self.mix.forward(torch.ones([2, 4]))).sum(0)
    return self.head.forward(self.conv.forward(x).flatten(1) + place)
)",
                                           {{"mix", script_linear(4, 192)}});
  const ScriptArchive archive(module);
  const auto model = archive.model();
  const std::vector<int64_t> two{2, 192};
  check_layers(model->layers(),
               {{"mix", "Linear", "linear", {}, two, 2 * 4 * 192, 5 * 192},
                {"relu", "ReLU", "relu", {{0}}, two, 0, 0},
                {"sum", "Sum", "sum", {{1}}, {192}, 0, 0},
                {"conv", "Conv2d", "conv2d", {{-1}}, {3, 8, 8}, 192 * 27, 84},
                {"add", "Add", "add", {{3}, {2}}, {192}, 0, 0},
                {"head", "Linear", "linear", {{4}}, {5}, 960, 965}});
  module.eval();
  Identity hook;
  model->train(false);
  CHECK(model->forward(script_images(), &hook).equal(module.forward({script_images()}).toTensor()));
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
  check_each_site_changes_the_logits(*model, script_images());
}

TEST_CASE("`view` takes images of any layout", "[script]") {
  const ScriptArchive archive(script_with_forward(R"(
    return self.head.forward(self.conv.forward(x).view(x.size(0), -1))
)"));
  const auto model = archive.model();
  const Tensor expected = model->forward(script_images());
  CHECK(
      torch::allclose(model->forward(script_images().contiguous(torch::MemoryFormat::ChannelsLast)),
                      expected,
                      1e-4,
                      1e-4));
}

TEST_CASE("several threads, whatever the switches of the JIT are, compute what one does",
          "[script]") {
  const ScriptArchive archive(script_network());
  const NamedTensors expected = trained(archive);
  for (const int switches : {0, 1, 2, 3, 4, 5, 6, 7}) {
    INFO("switches " << switches);
    const JitSwitches set((switches & 1) != 0, (switches & 2) != 0, (switches & 4) != 0);
    std::vector<NamedTensors> results(3);
    std::vector<std::thread> threads;
    for (NamedTensors& result : results) {
      threads.emplace_back([&archive, &result] { result = trained(archive); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    for (const NamedTensors& result : results) {
      check_same_bits(result, expected);
    }
  }
}

TEST_CASE("a product of a script can get a bias, and a layer of it be bypassed", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  check_a_product_gets_a_bias(*model, 0, "stem.bias", script_images());
  check_a_bypassed_norm_does_nothing(*model, 3, script_images());
  check_a_throwing_hook_leaves_no_trace(*model, script_images());
}

TEST_CASE("one product of a script computes alone, with any weight", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  const torch::NoGradGuard no_grad;
  const Tensor input = torch::randn({2, 4, 8, 8});
  const LayerTensors conv = model->tensors(1);
  const Tensor weight = torch::randn_like(conv.weight);
  CHECK(torch::equal(model->forward_product(1, input, weight),
                     torch::conv2d(input, weight, conv.bias, 1, 1)));
}

TEST_CASE("what a script's product and norm take may be attributes", "[script]") {
  torch::manual_seed(1);
  jit::Module module = script_class("__torch__.net.Strided");
  module.register_parameter("kernel", torch::randn({3, 3, 3, 3}).requires_grad_(), false);
  module.register_buffer("mean", torch::randn({3}));
  module.register_buffer("variance", torch::rand({3}) + 0.5);
  module.register_attribute("step", c10::IntType::get(), 2);
  module.register_attribute("least", c10::FloatType::get(), 1e-3);
  module.register_module("head", script_linear(3 * 4 * 4, kScriptClasses));
  module.define(R"(
def forward(self, x: Tensor) -> Tensor:
    x = torch.conv2d(x, self.kernel, None, [self.step, self.step], [1, 1])
    x = torch.batch_norm(x, None, None, self.mean, self.variance, False, 0.1, self.least, True)
    return self.head.forward(x.flatten(1))
)");
  const ScriptArchive archive(module);
  const auto model = archive.model();
  const torch::NoGradGuard no_grad;
  const Tensor kernel = model->tensors(0).weight;
  CHECK(model->tensors(1).eps == 1e-3);
  CHECK(model->forward_product(0, script_images(), kernel)
            .equal(torch::conv2d(script_images(), kernel, {}, 2, 1)));
  model->add_bias(0);
  const Tensor bias = model->tensors(0).bias.fill_(3);
  CHECK(model->forward_product(0, script_images(), kernel)
            .equal(torch::conv2d(script_images(), kernel, bias, 2, 1)));
}

}  // namespace qsweep
