// What scripts return, and where in their tensors the images lie.

#include "qsweep/core/error.hpp"
#include "qsweep/model/script/batch_axis.hpp"
#include "qsweep/model/script/script_model.hpp"

#include <map>

#include "model_checks.hpp"
#include "script_fixture.hpp"

namespace qsweep {
namespace {

namespace jit = torch::jit;
using test::Identity;
using torch::Tensor;
using Shape = std::vector<int64_t>;

// A network with two heads, and a batch norm, that returns what `body` says.
jit::Module two_heads(const std::string& body) {
  torch::manual_seed(1);
  jit::Module module = script_class("__torch__.net.Heads");
  module.register_module("norm", script_batch_norm(3));
  module.register_module("other", script_linear(3 * 8 * 8, kScriptClasses));
  module.register_module("head", script_linear(3 * 8 * 8, kScriptClasses));
  module.define("def forward(self, x: Tensor):\n    x = torch.relu(x).flatten(1)\n" + body);
  return module;
}

// The shapes that a hook is shown, by site.
struct Shapes : SiteHook {
  Tensor apply(int site, Tensor x) override {
    of[site] = x.sizes().vec();
    return x;
  }
  std::map<int, Shape> of;
};

// The network's only ReLU: what it is listed with, and what a hook is shown of four images.
struct Relu {
  Shape listed;
  Shape shown;
};

Relu relu_in(const std::string& body) {
  const ScriptArchive archive(script_with_forward(body));
  const auto model = archive.model();
  model->train(false);
  Shapes shapes;
  jit::Module module = archive.module();
  CHECK(
      model->forward(script_images(), &shapes).equal(module.forward({script_images()}).toTensor()));
  const std::vector<Site> sites = sites_of(model->layers());
  for (size_t i = 0; i < sites.size(); ++i) {
    const Layer& layer = model->layers()[static_cast<size_t>(sites[i].layer)];
    if (layer.type == "ReLU" && sites[i].kind == SiteKind::Output) {
      return {layer.output_shape, shapes.of.at(static_cast<int>(i))};
    }
  }
  return {};
}

}  // namespace

TEST_CASE("one of what a script returns is chosen by its place or its name", "[script]") {
  struct Case {
    const char* returned;
    Json output;
  };
  for (const Case& given :
       {Case{"    return self.other.forward(x), self.head.forward(x)\n", 1},
        Case{"    return [self.other.forward(x), self.head.forward(x)]\n", 1},
        Case{"    return {'aux': self.other.forward(x), 'logits': self.head.forward(x)}\n",
             "logits"}}) {
    INFO(given.returned);
    const jit::Module module = two_heads(given.returned);
    const ScriptArchive archive(module);
    const auto model = archive.model(given.output);
    CHECK(names_of(model->layers()) == std::vector<std::string>{"relu", "head"});
    jit::Module head = module.attr("head").toModule();
    const Tensor expected = head.forward({script_images().relu().flatten(1)}).toTensor();
    Identity hook;
    CHECK(model->forward(script_images(), &hook).equal(expected));
    CHECK(hook.seen.size() == sites_of(model->layers()).size());
    CHECK(model->parameters().size() == 6);  // the other head's too, as in the file
  }
}

TEST_CASE("a tuple that is put together out of sight is taken apart", "[script]") {
  const jit::Module module = two_heads(R"(    both = (x, self.head.forward(x))
    if self.training:
        both = (x, self.other.forward(x))
    return both
)");
  const ScriptArchive archive(module);
  const auto model = archive.model(1);
  model->train(false);
  jit::Module head = module.attr("head").toModule();
  CHECK(model->forward(script_images())
            .equal(head.forward({script_images().relu().flatten(1)}).toTensor()));
}

TEST_CASE("what only another part of the output needs does not run, in training neither",
          "[script]") {
  const ScriptArchive archive(two_heads(R"(    aux = x
    if self.training:
        if x.size(0) > 0:
            aux = torch.tanh(self.other.forward(x))
            assert aux.dim() == 2
    both = (aux, self.head.forward(x))
    first, second = both
    return first, second
)"));
  const auto model = archive.model(1);
  model->train(true);
  Identity hook;
  CHECK_NOTHROW(model->forward(script_images(), &hook));
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
}

TEST_CASE(
    "the statistics of batch norms that only another part of the output needs stay as they are",
    "[script]") {
  const ScriptArchive archive(two_heads(R"(    x = x.reshape(x.size(0), 3, 8, 8)
    aux = x
    if self.training:
        aux = self.other.forward(torch.relu_(self.norm.forward(x)).flatten(1))
    return aux, self.head.forward(x.flatten(1))
)"));
  const auto model = archive.model(1);
  model->train(true);
  Identity hook;
  CHECK_NOTHROW(model->forward(script_images(), &hook));
  CHECK(hook.seen.size() == sites_of(model->layers()).size());
  const auto untouched = archive.model(1);
  check_same_bits(model->buffers(), untouched->buffers());
}

TEST_CASE("statistics that the logits need are kept, whatever part updates them", "[script]") {
  const ScriptArchive archive(two_heads(R"(    x = x.reshape(x.size(0), 3, 8, 8)
    aux = x
    if self.training:
        aux = self.norm.forward(x * 2)
    else:
        x = self.norm.forward(x)
    return aux, self.head.forward(x.flatten(1))
)"));
  const auto model = archive.model(1);
  model->train(true);
  CHECK_NOTHROW(model->forward(script_images()));
  jit::Module module = archive.module();
  module.train(true);
  module.forward({script_images()});
  NamedTensors expected;
  for (const auto& item : module.named_buffers()) {
    expected.emplace_back(item.name, item.value);
  }
  check_same_bits(model->buffers(), expected);
  Identity hook;
  CHECK_THROWS_WITH(
      model->forward(script_images(), &hook),
      "the script computes 'mul' now, but not in evaluation on an image of zeros, by which "
      "its layers are listed: it would stay in float");
}

TEST_CASE("a choice that a script does not have is refused with what there is", "[script]") {
  const jit::Module pair = two_heads("    return self.other.forward(x), self.head.forward(x)\n");
  CHECK(script_complaint(pair) ==
        "returns Tuple[Tensor, Tensor], not one tensor of logits; choose one of them, as in "
        "'output: 0'");
  CHECK(script_complaint(pair, 2) == "has no output 2: it returns Tuple[Tensor, Tensor]");
  CHECK(script_complaint(pair, "logits") ==
        "has no output logits: it returns Tuple[Tensor, Tensor]");
  const jit::Module named =
      two_heads("    return {'aux': self.other.forward(x), 'logits': self.head.forward(x)}\n");
  CHECK(script_complaint(named) ==
        "returns Dict[str, Tensor], not one tensor of logits; choose one of them, as in 'output: "
        "aux'");
  CHECK(script_complaint(named, "logit") == "unknown output 'logit'; did you mean 'logits'?");
  CHECK(script_complaint(two_heads("    return self.head.forward(x), 3\n"), 1) ==
        "has int as its output 1, which is no tensor: it returns Tuple[Tensor, int]");
  CHECK(script_complaint(two_heads("    return self.head.forward(x)\n"), 0) ==
        "returns one tensor: there is nothing that 'output' could choose");
}

TEST_CASE("the axis of the images is the one that grows with them", "[script]") {
  const auto found = [](const Shape& one, const Shape& two) {
    const auto batch = batch_axis(one, two);
    return batch ? Shape{batch->axis, batch->per_image} : Shape{};
  };
  CHECK(found({1, 3, 8, 8}, {2, 3, 8, 8}) == Shape{0, 1});
  CHECK(found({12, 7, 4}, {24, 7, 4}) == Shape{0, 12});
  CHECK(found({7, 1, 4}, {7, 2, 4}) == Shape{1, 1});
  CHECK(found({3, 8}, {3, 8}).empty());
  CHECK(found({3, 8}, {3, 8, 2}).empty());
  CHECK(found({1, 1}, {2, 2}).empty());
  CHECK(found({2, 8}, {3, 8}).empty());
}

TEST_CASE("images that do not come one after another are shown so to hooks", "[script]") {
  const std::string head = "    return self.head.forward(x.reshape(n, -1))\n";
  const Relu plain = relu_in("    n = x.size(0)\n    x = torch.relu(x)\n" + head);
  CHECK(plain.listed == Shape{3, 8, 8});
  CHECK(plain.shown == Shape{4, 3, 8, 8});
  const Relu merged =
      relu_in("    n = x.size(0)\n    x = torch.relu(x.reshape(n * 3, 64))\n" + head);
  CHECK(merged.listed == Shape{3, 64});
  CHECK(merged.shown == Shape{4, 3, 64});
  const Relu second = relu_in(
      "    n = x.size(0)\n    x = torch.relu(x.flatten(2).transpose(0, 1)).transpose(0, 1)\n" +
      head);
  CHECK(second.listed == Shape{3, 64});
  CHECK(second.shown == Shape{4, 3, 64});
  const Relu planes =
      relu_in("    n = x.size(0)\n    x = torch.relu(x.reshape(n * 3, 2, 4, 8))\n" + head);
  CHECK(planes.listed == Shape{2, 12, 8});
  CHECK(planes.shown == Shape{12, 2, 4, 8});
}

TEST_CASE("batch_back undoes batch_first", "[script]") {
  torch::manual_seed(3);
  for (const BatchAxis& batch :
       {BatchAxis{0, 1}, BatchAxis{0, 3}, BatchAxis{1, 1}, BatchAxis{1, 2}, BatchAxis{2, 5}}) {
    const Tensor x = torch::randn({6, 4, 10});
    const Tensor first = batch_first(x, batch);
    CHECK(first.numel() == x.numel());
    CHECK(first.size(0) == x.size(batch.axis) / batch.per_image);
    CHECK((is_plain(batch, 3) ? first : batch_back(first, batch)).equal(x));
  }
}

TEST_CASE("a script that mixes images, or takes one alone, is refused", "[script]") {
  CHECK(script_complaint(script_with_forward(
            "    return self.head.forward((x - x.mean(0, True)).flatten(1))\n")) ==
        "computes 'mean', which gives 1x3x8x8 numbers for one image and 1x3x8x8 for two: it mixes "
        "images, or has them nowhere one after another");
  CHECK_THAT(
      script_complaint(script_with_forward("    return self.head.forward(x.reshape(1, 192))\n")),
      ContainsSubstring("takes one image, but fails on two: "));
}

TEST_CASE("modes that a trace fixed are told", "[script]") {
  const auto modes_of = [](const std::string& body) {
    return ScriptArchive(script_with_forward(body)).model()->frozen_modes();
  };
  const FrozenModes free =
      modes_of("    return self.head.forward(torch.dropout(x.flatten(1), 0.5, self.training))\n");
  CHECK(free.in_evaluation.empty());
  CHECK(free.in_training.empty());
  const FrozenModes evaluates = modes_of(
      "    x = torch.batch_norm(x, None, None, torch.zeros(3), torch.ones(3), False, 0.1, "
      "1e-5, True)\n"
      "    return self.head.forward(torch.dropout(x.flatten(1), 0.5, False))\n");
  CHECK(evaluates.in_training ==
        std::vector<std::string>{
            "its batch norm is fixed to eval(), as by a trace, so that fine-tuning leaves the "
            "statistics as they are",
            "its dropout is fixed to eval(), as by a trace, so that fine-tuning drops nothing "
            "there"});
  CHECK(evaluates.in_evaluation.empty());
  const FrozenModes trains = modes_of(
      "    x = torch.dropout(torch.dropout(x.flatten(1), 0.5, True), 0.5, True)\n"
      "    return self.head.forward(x)\n");
  CHECK(trains.in_evaluation ==
        std::vector<std::string>{"its 2 dropouts are fixed to train(), as by a trace, so that "
                                 "evaluation drops at random there"});
  const FrozenModes shares = modes_of(
      "    share = 0.5\n"
      "    if not self.training:\n"
      "        share = 0.0\n"
      "    x = torch.dropout(x.flatten(1), share, True)\n"
      "    return self.head.forward(torch.dropout(x, 0.0, True))\n");
  CHECK(shares.in_evaluation.empty());
  CHECK(shares.in_training.empty());
}

}  // namespace qsweep
