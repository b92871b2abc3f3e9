#include "qsweep/model/script/script_model.hpp"

#include "script_fixture.hpp"

namespace qsweep {
namespace {

namespace jit = torch::jit;
using torch::Tensor;

}  // namespace

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

TEST_CASE("listing leaves what a script counts as it was", "[script]") {
  torch::manual_seed(1);
  jit::Module counting = script_class("__torch__.net.Counting");
  counting.register_module("head", script_linear(192, kScriptClasses));
  counting.register_buffer("seen", torch::zeros({1}));
  counting.register_attribute("calls", c10::IntType::get(), 0);
  counting.define(R"(
def forward(self, x: Tensor) -> Tensor:
    x = x.flatten(1)
    self.seen.add_(1.)
    self.calls = self.calls + 1
    return self.head.forward(x * self.seen * self.calls)
)");
  const ScriptArchive archive(counting);
  jit::Module module = archive.module();
  const auto model = archive.model();
  for (int call = 0; call < 2; ++call) {
    CHECK(model->forward(script_images()).equal(module.forward({script_images()}).toTensor()));
  }
}

TEST_CASE("a parameter under two names counts once", "[script]") {
  torch::manual_seed(1);
  jit::Module first = script_linear(192, kScriptClasses);
  jit::Module second = script_linear(192, kScriptClasses);
  second.setattr("weight", first.attr("weight"));
  const ScriptArchive archive(script_with_forward(
      "    return self.first.forward(x.flatten(1)) + self.second.forward(x.flatten(1))\n",
      {{"first", first}, {"second", second}}));
  const auto model = archive.model();
  CHECK(model->layers()[0].parameters == 965);
  CHECK(model->layers()[1].parameters == 5);
}

TEST_CASE("parameters that a script froze stay frozen, unless all of them are", "[script]") {
  const char* const body = "    return self.head.forward(self.conv.forward(x).flatten(1))\n";
  jit::Module some = script_with_forward(body);
  jit::Module all = script_with_forward(body);
  some.attr("conv").toModule().attr("weight").toTensor().requires_grad_(false);
  for (Tensor parameter : all.parameters()) {
    parameter.requires_grad_(false);
  }
  const ScriptArchive some_archive(some);
  const auto model = some_archive.model();
  CHECK(model->layers().size() == 2);
  model->forward(script_images()).sum().backward();
  for (const auto& [name, parameter] : model->parameters()) {
    CHECK(parameter.grad().defined() == (name != "conv.weight"));
  }
  const ScriptArchive all_archive(all);
  for (const auto& [name, parameter] : all_archive.model()->parameters()) {
    CHECK(parameter.requires_grad());
  }
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
