#include "script_fixture.hpp"

#include <torch/csrc/jit/serialization/import.h>
#include <torch/utils.h>

namespace qsweep {
namespace {

namespace jit = torch::jit;

void add_parameter(jit::Module& module, const std::string& name, torch::Tensor values) {
  module.register_parameter(name, values.requires_grad_(), /*is_buffer=*/false);
}

jit::Module block() {
  jit::Module block = script_class("__torch__.net.Block");
  block.register_module("conv", script_conv(4, 4, true));
  block.register_module("bn", script_batch_norm(4));
  block.define(R"(
def forward(self, x: Tensor) -> Tensor:
    y = self.bn.forward(torch.relu(self.conv.forward(x)))
    y += x
    return torch.relu_(y)
)");
  return block;
}

}  // namespace

jit::Module script_class(const std::string& qualified_name) {
  jit::Module module{c10::QualifiedName(qualified_name)};
  module.register_attribute("training", c10::BoolType::get(), true);
  return module;
}

jit::Module script_conv(int64_t in, int64_t out, bool bias) {
  jit::Module conv = script_class("__torch__.torch.nn.modules.conv.Conv2d");
  add_parameter(conv, "weight", torch::randn({out, in, 3, 3}) * 0.2);
  if (bias) {
    add_parameter(conv, "bias", torch::randn({out}));
  } else {
    conv.register_attribute("bias", c10::NoneType::get(), c10::IValue());
  }
  conv.define(R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.conv2d(x, self.weight, self.bias, [1, 1], [1, 1])
)");
  return conv;
}

jit::Module script_linear(int64_t in, int64_t out) {
  jit::Module linear = script_class("__torch__.torch.nn.modules.linear.Linear");
  add_parameter(linear, "weight", torch::randn({out, in}));
  add_parameter(linear, "bias", torch::randn({out}));
  linear.define(R"(
def forward(self, x: Tensor) -> Tensor:
    return torch.linear(x, self.weight, self.bias)
)");
  return linear;
}

jit::Module script_batch_norm(int64_t channels) {
  jit::Module norm = script_class("__torch__.torch.nn.modules.batchnorm.BatchNorm2d");
  add_parameter(norm, "weight", torch::rand({channels}) + 0.5);
  add_parameter(norm, "bias", torch::randn({channels}));
  norm.register_buffer("running_mean", torch::randn({channels}));
  norm.register_buffer("running_var", torch::rand({channels}) + 0.5);
  norm.register_buffer("num_batches_tracked", torch::zeros({}, torch::kLong));
  norm.define(R"(
def forward(self, x: Tensor) -> Tensor:
    if self.training:
        self.num_batches_tracked.add_(1)
    return torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var,
                            self.training, 0.1, 1e-05, True)
)");
  return norm;
}

jit::Module script_network() {
  torch::manual_seed(1);
  jit::Module network = script_class("__torch__.net.Network");
  network.register_module("stem", script_conv(3, 4, false));
  network.register_module("block1", block());
  network.register_module("block2", block());
  network.register_module("head", script_linear(4, 5));
  network.define(R"(
def forward(self, x: Tensor) -> Tensor:
    x = self.block2.forward(self.block1.forward(self.stem.forward(x)))
    return self.head.forward(torch.mean(x, [2, 3]))
)");
  return network;
}

jit::Module script_with_forward(const std::string& body,
                                const std::vector<std::pair<std::string, jit::Module>>& others) {
  torch::manual_seed(1);
  jit::Module module = script_class("__torch__.net.Small");
  module.register_module("conv", script_conv(3, 3, true));
  module.register_module("head", script_linear(3 * 8 * 8, kScriptClasses));
  for (const auto& [name, other] : others) {
    module.register_module(name, other);
  }
  module.define("def forward(self, x: Tensor) -> Tensor:\n" + body);
  return module;
}

jit::Module ScriptArchive::module() const {
  return jit::load(path);
}

torch::Tensor script_images() {
  torch::manual_seed(2);
  return torch::randn({4, 3, 8, 8});
}

}  // namespace qsweep
