// TorchScript files that are refused, and what they are told.

#include "qsweep/core/error.hpp"
#include "qsweep/model/script/script_model.hpp"

#include "script_fixture.hpp"
#include "support/catch.hpp"
#include "support/site_hooks.hpp"

namespace qsweep {
namespace {

namespace jit = torch::jit;
using test::Identity;
using torch::Tensor;

std::string complaint_about_file(const std::string& path) {
  try {
    load_script_model(path, kScriptInput, kScriptClasses);
  } catch (const IoError& error) {
    CHECK(std::string(error.what()) == path + ": " + error.reason());
    return error.reason();
  }
  return "";
}

}  // namespace

TEST_CASE("what cannot be quantized is refused with its reason", "[script]") {
  CHECK(script_complaint(
            script_with_forward("    return self.head.forward(torch.erf(x).flatten(1))\n")) ==
        "computes 'erf', an operator that qsweep does not know and would leave in float");
  CHECK(script_complaint(script_with_forward(
            "    return torch.conv2d(x, self.conv.weight * 2).mean([2, 3])\n")) ==
        "computes 'conv2d' with a weight that is no parameter, and so cannot be quantized: it is "
        "computed, or the module was frozen before it was saved");
  CHECK(script_complaint(
            script_with_forward("    return torch.matmul(x.flatten(1), self.head.weight.t())\n")) ==
        "computes 'matmul' with a parameter, which would stay in float: only convolutions and "
        "linear layers have weights here");
  CHECK(script_complaint(script_with_forward(
            "    bias = self.head.forward(x.flatten(1))\n"
            "    return torch.linear(x.flatten(1), self.head.weight, bias)\n")) ==
        "computes 'linear' with an activation in place of a parameter, which would stay in float");
  CHECK(script_complaint(script_with_forward(
            "    return self.head.forward(torch.fft_fft2(x).abs().flatten(1))\n")) ==
        "computes 'fft_fft2', which gives complex numbers: they would stay in float");
  CHECK(script_complaint(script_with_forward("    return self.conv.forward(x)\n")) ==
        "returns 1x3x8x8 numbers for one image, but there are 5 classes");

  jit::Module pair = script_class("__torch__.net.Pair");
  pair.register_module("head", script_linear(192, 5));
  pair.define("def forward(self, x: Tensor):\n    return (self.head.forward(x.flatten(1)), x)\n");
  CHECK(script_complaint(pair) ==
        "returns Tuple[Tensor, Tensor], not one tensor of logits; choose one of them, as in "
        "'output: 0'");

  jit::Module two = script_class("__torch__.net.Two");
  two.register_module("head", script_linear(192, 5));
  two.define(
      "def forward(self, x: Tensor, y: Tensor):\n    return self.head.forward(x.flatten(1)) + y\n");
  CHECK(script_complaint(two) == "takes 'y' beside the images");

  jit::Module frozen = script_network();
  frozen.eval();
  CHECK_THAT(script_complaint(jit::freeze(frozen)),
             ContainsSubstring("has no parameters: a frozen module"));
}

TEST_CASE("an operator that takes or gives a list is refused as any other is", "[script]") {
  CHECK(script_complaint(
            script_with_forward("    parts = torch.gradient(x)\n"
                                "    return self.head.forward(parts[2].flatten(1))\n")) ==
        "computes 'gradient', an operator that qsweep does not know and would leave in float");
  CHECK(script_complaint(script_with_forward(
            "    return torch.einsum('bi,oi->bo', [x.flatten(1), self.head.weight])\n")) ==
        "computes 'einsum', an operator that qsweep does not know and would leave in float");
}

TEST_CASE("what hides the images from gradients makes no constants of what follows", "[script]") {
  const std::string hidden =
      " with what is made of the images by a way that cannot be followed, behind a detach, an "
      "integer or a number: it would stay in float";
  const auto complaint = [](const std::string& body) {
    return script_complaint(script_with_forward(body));
  };
  CHECK(complaint("    x = torch.relu(self.conv.forward(x)).detach()\n"
                  "    return self.head.forward(torch.tanh(x).flatten(1))\n") ==
        "computes 'tanh'" + hidden);
  CHECK(complaint("    return self.head.forward(self.conv.forward(x.detach()).flatten(1))\n") ==
        "computes 'conv2d' in 'conv'" + hidden);
  CHECK(complaint("    x = (x * 255).to(0).to(6) / 255\n"
                  "    return self.head.forward(self.conv.forward(x).flatten(1))\n") ==
        "computes 'div'" + hidden);
  CHECK(complaint(
            "    x = torch.embedding(self.head.weight, x[:, 0].flatten(1).clamp(0., 4.).to(4))\n"
            "    return self.head.forward(x.mean(1))\n") == "computes 'embedding'" + hidden);
  CHECK(complaint("    x = torch.full([x.size(0), 192], x.mean().item())\n"
                  "    return self.head.forward(x)\n") == "computes 'linear' in 'head'" + hidden);
  CHECK(complaint("    x = self.conv.forward(x)\n"
                  "    return self.head.forward((x * x.detach()).flatten(1))\n") ==
        "computes 'mul'" + hidden);
  CHECK(complaint("    return self.head.forward(x.flatten(1)).detach()\n") ==
        "returns logits to which no gradient leads: what they are made of cannot be followed");
}

TEST_CASE("noise, masks and what is made of parameters are constants", "[script]") {
  CHECK(script_complaint(script_with_forward(R"(
    noise = torch.randn([1, 3, 8, 8]) * 0.1
    mask = (torch.ones_like(x) * 2 > 1).to(6) * 0.5
    x = x * mask + noise + self.conv.weight.sum() * 2
    return self.head.forward(self.conv.forward(x).flatten(1))
)"))
            .empty());
}

TEST_CASE("an op that only training computes fails a trial that would leave it in float",
          "[script]") {
  const ScriptArchive archive(script_with_forward(R"(
    x = self.conv.forward(x)
    if self.training:
        x = torch.tanh(x)
    return self.head.forward(torch.flatten(x, 1))
)"));
  const auto model = archive.model();
  Identity hook;
  model->train(false);
  CHECK_NOTHROW(model->forward(script_images(), &hook));
  model->train(true);
  CHECK_NOTHROW(model->forward(script_images()));
  CHECK_THROWS_AS(model->forward(script_images(), &hook), TrialError);
}

TEST_CASE("a module that drops whole branches in training is no step, as dropout is none",
          "[script]") {
  torch::manual_seed(1);
  jit::Module depth = script_class("__torch__.torchvision.ops.stochastic_depth.StochasticDepth");
  depth.define(R"(
def forward(self, x: Tensor) -> Tensor:
    if not self.training:
        return x
    noise = torch.empty([x.size(0), 1, 1, 1]).bernoulli_(0.5)
    return x * noise.div_(0.5)
)");
  jit::Module module = script_class("__torch__.net.Deep");
  module.register_module("depth", depth);
  module.register_module("head", script_linear(192, kScriptClasses));
  module.define(
      "def forward(self, x: Tensor) -> Tensor:\n    return self.head.forward(self.depth.forward(x "
      "* "
      "2).flatten(1))\n");
  const ScriptArchive archive(module);
  const auto model = archive.model();
  CHECK(model->layers().size() == 2);
  model->train(true);
  Identity hook;
  CHECK_NOTHROW(model->forward(script_images(), &hook));
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
}

TEST_CASE("a file that is no script is refused with what it is", "[script]") {
  const TestFolder folder;
  CHECK(complaint_about_file(folder.write("text.pt", "no script")) == "is no TorchScript archive");
  CHECK(complaint_about_file(folder.file("none.pt")) == "No such file or directory");
  const ScriptArchive archive(script_network());
  const std::string bytes = bytes_of(archive.path);
  CHECK(complaint_about_file(folder.write("half.pt", bytes.substr(0, bytes.size() / 2))) ==
        "is cut off: the directory at the end of the zip file is missing");
  CHECK_THAT(complaint_about_file(folder.write("state.pt", archive_with("}."))),
             ContainsSubstring("holds weights without a program; give them as"));
}

TEST_CASE("a damaged byte of a script's weights or program is noticed", "[script]") {
  const ScriptArchive archive(script_network());
  const auto complaint_with = [&archive](const std::string& before, size_t distance) {
    std::string bytes = bytes_of(archive.path);
    const size_t at = bytes.find(before);
    REQUIRE(at != std::string::npos);
    bytes[at + distance] = static_cast<char>(~bytes[at + distance]);
    return complaint_about_file(archive.folder.write("damaged.pt", bytes));
  };
  CHECK(complaint_about_file(archive.path).empty());
  const Tensor weight = archive.module().attr("head").toModule().attr("weight").toTensor();
  CHECK_THAT(complaint_with({static_cast<const char*>(weight.data_ptr()), 16}, 3),
             Catch::Matchers::Matches("is damaged: the checksum of the record 'data/[0-9]+' is "
                                      "wrong"));
  CHECK(complaint_with("code/__torch__/net.py", 150) ==
        "is damaged: the checksum of the record 'code/__torch__/net.py' is wrong");
}

}  // namespace qsweep
