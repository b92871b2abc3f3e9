#include "qsweep/model/script/script_model.hpp"

#include "qsweep/core/error.hpp"

#include <torch/csrc/jit/serialization/import.h>

#include <map>
#include <thread>

#include "script_fixture.hpp"
#include "support/catch.hpp"
#include "support/site_hooks.hpp"

namespace qsweep {
namespace {

namespace jit = torch::jit;
using test::Doubled;
using test::Identity;
using torch::Tensor;

Tensor images() {
  torch::manual_seed(2);
  return torch::randn({4, 3, 8, 8});
}

std::vector<std::string> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  for (const Layer& layer : layers) {
    names.push_back(layer.name);
  }
  return names;
}

}  // namespace

TEST_CASE("a script's layers are named by path and op, in the order of execution", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  struct Expected {
    const char* name;
    const char* type;
    const char* op;
    std::vector<std::vector<int>> sources;
    std::vector<int64_t> shape;
    int64_t macs;
    int64_t parameters;
  };
  const std::vector<int64_t> plane{4, 8, 8};
  const std::vector<Expected> expected = {
      {"stem", "Conv2d", "conv2d", {{-1}}, plane, 256 * 27, 108},
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
      {"head", "Linear", "linear", {{11}}, {5}, 20, 25},
  };
  const auto& layers = model->layers();
  REQUIRE(layers.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].name);
    CHECK(layers[i].name == expected[i].name);
    CHECK(layers[i].type == expected[i].type);
    CHECK(layers[i].op == expected[i].op);
    CHECK(layers[i].sources == expected[i].sources);
    CHECK(layers[i].output_shape == expected[i].shape);
    CHECK(layers[i].macs == expected[i].macs);
    CHECK(layers[i].parameters == expected[i].parameters);
  }
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
    const Tensor expected = module.forward({images()}).toTensor();
    const Tensor got = model->forward(images(), &hook);
    CHECK(torch::equal(got, expected));
    CHECK(torch::equal(archive.model()->forward(images()), [&] {
      jit::Module fresh = archive.module();
      return fresh.forward({images()}).toTensor();
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

TEST_CASE("a script's mode is the archive's until it is changed, and listing learns nothing",
          "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  CHECK(model->is_training());
  for (const auto& [name, tensor] : model->buffers()) {
    if (name == "block1.bn.num_batches_tracked") {
      CHECK(tensor.item<int64_t>() == 0);
    }
  }
  model->train(false);
  CHECK_FALSE(model->is_training());
}

TEST_CASE("a hook sees every site of a script once, and each changes the logits", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  model->train(false);
  const torch::NoGradGuard no_grad;
  Identity hook;
  const Tensor plain = model->forward(images(), &hook);
  const std::vector<Site> sites = sites_of(model->layers());
  REQUIRE(hook.seen.size() == sites.size());
  std::vector<int> sorted = hook.seen;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sites.size(); ++i) {
    CHECK(sorted[i] == static_cast<int>(i));
    Doubled doubled(static_cast<int>(i));
    INFO(model->layers()[static_cast<size_t>(sites[i].layer)].name);
    CHECK_FALSE(torch::equal(model->forward(images(), &doubled), plain));
  }
  CHECK(torch::equal(model->forward(images()), plain));
}

TEST_CASE("an error in a hook comes out of the interpreter as it was", "[script]") {
  struct Throwing : SiteHook {
    Tensor apply(int /*site*/, Tensor /*x*/) override { throw NotFiniteError("enough"); }
  };
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  Throwing hook;
  CHECK_THROWS_AS(model->forward(images(), &hook), NotFiniteError);
  CHECK_NOTHROW(model->forward(images()));
  try {
    model->forward(torch::zeros({2, 1, 8, 8}));
    FAIL("no error");
  } catch (const c10::Error& error) {
    CHECK_THAT(error.what_without_backtrace(), ContainsSubstring("to have 3 channels"));
    CHECK(std::string(error.what_without_backtrace()).find("TorchScript") == std::string::npos);
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
  model->forward(images(), &hook);
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
}

TEST_CASE("`view` takes images of any layout", "[script]") {
  const ScriptArchive archive(script_with_forward(R"(
    return self.head.forward(self.conv.forward(x).view(x.size(0), -1))
)"));
  const auto model = archive.model();
  const Tensor expected = model->forward(images());
  CHECK(torch::allclose(model->forward(images().contiguous(torch::MemoryFormat::ChannelsLast)),
                        expected,
                        1e-4,
                        1e-4));
}

TEST_CASE("several threads compute the same as one", "[script]") {
  const ScriptArchive archive(script_network());
  const torch::NoGradGuard no_grad;
  const auto single = archive.model();
  single->train(false);
  const Tensor expected = single->forward(images());
  const Tensor given = images();
  std::vector<Tensor> results(4);
  std::vector<std::thread> threads;
  for (Tensor& result : results) {
    threads.emplace_back([&archive, &given, &result] {
      const torch::NoGradGuard none;
      const auto model = archive.model();
      model->train(false);
      Identity hook;
      result = model->forward(given, &hook);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const Tensor& result : results) {
    CHECK(torch::equal(result, expected));
  }
}

TEST_CASE("a product of a script can get a bias, and a layer of it be bypassed", "[script]") {
  const ScriptArchive archive(script_network());
  const auto model = archive.model();
  model->train(false);
  const Tensor before = model->forward(images());
  model->add_bias(0);
  CHECK(torch::allclose(model->forward(images()), before));
  const Tensor bias = model->tensors(0).bias;
  CHECK(model->parameters().back().first == "stem.bias");
  {
    const torch::NoGradGuard no_grad;
    bias.fill_(1);
  }
  const Tensor after = model->forward(images());
  CHECK_FALSE(torch::equal(after, before));
  after.sum().backward();
  CHECK(bias.grad().defined());

  const LayerTensors norm = model->tensors(3);
  CHECK(norm.eps == 1e-5);
  model->bypass(3);
  const Tensor without = model->forward(images());
  CHECK_FALSE(torch::equal(without, after));
  {
    const torch::NoGradGuard no_grad;
    norm.weight.fill_(7);
  }
  Identity hook;
  CHECK(torch::equal(model->forward(images(), &hook), without));
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
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

TEST_CASE("a script's fingerprint covers its weights and its program, not its name", "[script]") {
  const ScriptArchive one(script_network());
  jit::Module other = script_network();
  other.save(one.folder.file("other_name.pt"));
  CHECK(script_fingerprint(one.path) == script_fingerprint(one.folder.file("other_name.pt")));
  {
    const torch::NoGradGuard no_grad;
    other.attr("stem").toModule().attr("weight").toTensor().add_(1);
  }
  other.save(one.folder.file("weights.pt"));
  CHECK(script_fingerprint(one.path) != script_fingerprint(one.folder.file("weights.pt")));
  const ScriptArchive relu(
      script_with_forward("    return self.head.forward(torch.relu(x).flatten(1))\n"));
  const ScriptArchive tanh(
      script_with_forward("    return self.head.forward(torch.tanh(x).flatten(1))\n"));
  CHECK(script_fingerprint(relu.path) != script_fingerprint(tanh.path));
}

}  // namespace qsweep
