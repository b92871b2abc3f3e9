// One residual network as a network of the zoo, as TorchScript (scripted and traced), and as a
// plain module of C++, with the same weights and policies; and once more quantized by hand in its
// forward.

#include "qsweep/model/dispatch/dispatch_model.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/quant/binding.hpp"
#include "qsweep/train/optimizer.hpp"

#include <map>

#include "model/python.hpp"
#include "model_zoo/plain_resnet20.hpp"
#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

using torch::Tensor;

constexpr InputShape kInput{3, 8, 8};

const char* const kScript = R"(
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(1)

class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.stride, self.more = stride, (o - i) // 2
    def shortcut(self, x):
        if self.stride == 1:
            return x
        return F.pad(x[:, :, ::2, ::2], [0, 0, 0, 0, self.more, self.more], "constant", 0.0)
    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.shortcut(x)
        return F.relu(y)

class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        stage = lambda i, o, s: nn.Sequential(Block(i, o, s), Block(o, o, 1), Block(o, o, 1))
        self.layer1, self.layer2, self.layer3 = stage(16, 16, 1), stage(16, 32, 2), stage(32, 64, 2)
        self.linear = nn.Linear(64, 10)
    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(F.avg_pool2d(x, 2).flatten(1))

net = ResNet20()
for module in net.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.running_mean.normal_(0, 0.3); module.running_var.uniform_(0.5, 1.5)
        nn.init.uniform_(module.weight, 0.5, 1.5); nn.init.normal_(module.bias, 0, 0.1)
torch.jit.script(net).save('script.pt')
torch.jit.trace(net.eval(), torch.zeros(2, 3, 8, 8)).save('trace.pt')
)";

void load_weights(Model& model, const TestFolder& folder) {
  load_state(model, read_state_file(folder.file("script.pt")), "script.pt");
}

using Versions = std::map<std::string, std::unique_ptr<Model>>;

// The three, with the same weights.
Versions versions_in(const TestFolder& folder) {
  Versions versions;
  versions["script"] = load_script_model(folder.file("script.pt"), kInput, 10);
  versions["trace"] = load_script_model(folder.file("trace.pt"), kInput, 10);
  versions["zoo"] = zoo::make("resnet20", kInput);
  versions["plain"] = make_dispatch_model(std::make_shared<PlainResNet20>(), kInput);
  load_weights(*versions["zoo"], folder);
  load_weights(*versions["plain"], folder);
  return versions;
}

Tensor images(int64_t count, uint64_t seed = 5) {
  torch::manual_seed(seed);
  return torch::randn({count, 3, 8, 8});
}

Tensor labels(int64_t count) {
  return torch::arange(count).remainder(10);
}

// With defaults; of few bits or, where those are not a parameter, of its first format.
Json spec_of(const Catalog::Quantizer& info, SiteKind kind) {
  Json spec = Json::object();
  for (const Parameter& parameter : info.parameters) {
    spec[parameter.name] = parameter.default_value;
  }
  spec.update(kind == SiteKind::Weight ? info.weight_defaults : info.activation_defaults);
  spec["quantizer"] = info.name;
  spec["bits"] = info.max_bits > 0 ? std::min(4, info.max_bits) : info.fixed_bits;
  if (!info.format_bits.empty()) {
    spec[info.bits_from] = info.format_bits.begin().key();
    spec["bits"] = info.format_bits.begin().value();
  }
  const bool own = kind == SiteKind::Weight && !info.weight_calibrate.empty();
  const std::string& calibrate = own ? info.weight_calibrate : info.calibrate;
  spec["calibrate"] = calibrate.empty() ? "minmax" : calibrate;
  return spec;
}

// Is the tensor long enough for the blocks that the quantizer cuts it into?
bool fits(const Catalog::Quantizer& info, const Json& spec, const Layer& layer, SiteKind kind) {
  const ScaleSpread& spread = info.spread(spec);
  if (spread.per != ScaleSpread::Per::Block) {
    return true;
  }
  const std::vector<int64_t>& shape = kind == SiteKind::Weight  ? layer.weight_shape
                                      : kind == SiteKind::Input ? layer.input_shapes.front()
                                                                : layer.output_shape;
  return shape.at(kind == SiteKind::Weight ? 1 : 0) >= spec.at(spread.length).get<int64_t>();
}

// The quantizer wherever it can be, uniform ones elsewhere.
std::vector<SiteGroup> policy(const std::vector<Layer>& layers, const Catalog::Quantizer& info) {
  const Catalog::Quantizer& uniform = quantizer_entry({{"quantizer", "uniform"}}).info;
  const std::vector<Site> sites = sites_of(layers);
  std::vector<SiteGroup> groups;
  for (const SiteKind kind : {SiteKind::Weight, SiteKind::Output, SiteKind::Input}) {
    const bool suits = kind == SiteKind::Weight ? info.for_weights : info.for_activations;
    SiteGroup own{spec_of(info, kind), {}, "p:1"};
    SiteGroup other{spec_of(uniform, kind), {}, "p:2"};
    for (const int site : sites_of_kind(layers, kind)) {
      const Layer& layer = layers[static_cast<size_t>(sites[static_cast<size_t>(site)].layer)];
      (suits && fits(info, own.quantizer, layer, kind) ? own : other).sites.push_back(site);
    }
    groups.push_back(own);
    groups.push_back(other);
  }
  return groups;
}

using Statistics = std::vector<std::pair<Observation, SiteStatistics>>;

Statistics observe(Model& model, const Binding& binding) {
  Statistics all;
  for (const SiteKind kind : {SiteKind::Input, SiteKind::Output}) {
    for (const Observation& observation : binding.observations_for(kind)) {
      all.emplace_back(observation, observe_sites(model, observation, [](const auto& visit) {
                         visit(images(8));
                       }));
    }
  }
  return all;
}

std::vector<Tensor> tensors_of(const NamedTensors& named) {
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : named) {
    tensors.push_back(tensor);
  }
  return tensors;
}

std::map<std::string, Tensor> copies_of(const NamedTensors& named) {
  std::map<std::string, Tensor> copies;
  for (const auto& [name, tensor] : named) {
    copies[name] = tensor.detach().clone();
  }
  return copies;
}

std::map<std::string, Tensor> gradients_of(const NamedTensors& named) {
  std::map<std::string, Tensor> gradients;
  for (const auto& [name, tensor] : named) {
    gradients[name] = tensor.grad().clone();
  }
  return gradients;
}

// What came out of calibrating, evaluating and fine-tuning one version.
struct Outcome {
  Tensor logits;
  std::map<std::string, Tensor> gradients;  // of the first step
  std::map<std::string, Tensor> state;      // after the last
  std::vector<Tensor> learned;              // by the quantizers
  Tensor tuned;                             // logits
};

using Forward = std::function<Tensor(const Tensor&, Binding&)>;

// How a fine-tuning goes. A trace has the batch norms of evaluation for good.
struct Tuning {
  int steps = 0;
  bool freezes_norms = false;
};

Outcome outcome_of(Model& model, Binding& binding, const Forward& forward, const Tuning& tuning) {
  Outcome outcome;
  const auto evaluated = [&] {
    model.train(false);
    const torch::NoGradGuard no_grad;
    binding.begin_evaluation();
    Tensor logits = forward(images(6), binding);
    binding.end_evaluation();
    return logits;
  };
  outcome.logits = evaluated();
  model.train(true);
  if (tuning.freezes_norms) {
    model.freeze_batch_norms();
  }
  binding.begin_training({});
  Training training;
  training.lr = 0.01;
  training.momentum = 0.9;
  Optimizer optimizer(training, tensors_of(model.parameters()));
  optimizer.set_quantizer_parameters(tensors_of(binding.parameters()));
  for (int step = 0; step < tuning.steps; ++step) {
    optimizer.zero_grad();
    const Tensor logits = forward(images(4, 100 + static_cast<uint64_t>(step)), binding);
    torch::cross_entropy_loss(logits, labels(4)).backward();
    if (step == 0) {
      outcome.gradients = gradients_of(model.parameters());
    }
    optimizer.step();
    binding.after_step();
  }
  outcome.state = copies_of(state_of(model));
  for (const auto& [name, tensor] : binding.parameters()) {
    outcome.learned.push_back(tensor.detach().clone());
  }
  outcome.tuned = evaluated();
  return outcome;
}

void check_same(const std::map<std::string, Tensor>& got,
                const std::map<std::string, Tensor>& expected) {
  REQUIRE(got.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    INFO(name);
    CHECK(got.at(name).equal(tensor));
  }
}

void check_same(const Outcome& got, const Outcome& expected) {
  CHECK(got.logits.equal(expected.logits));
  check_same(got.gradients, expected.gradients);
  check_same(got.state, expected.state);
  REQUIRE(got.learned.size() == expected.learned.size());
  for (size_t i = 0; i < expected.learned.size(); ++i) {
    CHECK(got.learned[i].equal(expected.learned[i]));
  }
  CHECK(got.tuned.equal(expected.tuned));
}

void check_agreement(const TestFolder& folder,
                     const Catalog::Quantizer& info,
                     const Tuning& tuning) {
  const Versions versions = versions_in(folder);
  auto network = std::make_shared<PlainResNet20>();
  const auto by_hand = make_dispatch_model(network, kInput);
  load_weights(*by_hand, folder);
  const auto groups = policy(by_hand->layers(), info);
  Binding binding(by_hand->layers(), groups);
  const Statistics statistics = observe(*versions.at("zoo"), binding);
  for (const auto& [observation, seen] : statistics) {
    binding.set_ranges(observation, seen);
  }
  const Outcome expected = outcome_of(
      *by_hand,
      binding,
      [&](const Tensor& x, Binding& hook) { return network->forward_by_hand(x, hook); },
      tuning);
  CHECK_FALSE(expected.tuned.equal(expected.logits));
  for (const auto& [name, model] : versions) {
    if (name == "trace" && !tuning.freezes_norms) {
      continue;
    }
    INFO(name);
    Model& own = *model;
    Binding own_binding(own.layers(), groups);
    for (const auto& [observation, seen] : observe(own, own_binding)) {
      own_binding.set_ranges(observation, seen);
    }
    check_same(outcome_of(
                   own,
                   own_binding,
                   [&own](const Tensor& x, Binding& hook) { return own.forward(x, &hook); },
                   tuning),
               expected);
  }
}

}  // namespace

TEST_CASE("the three versions of a network have the same layers", "[model_zoo][agreement]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  REQUIRE(run_python(folder, kScript));
  const Versions versions = versions_in(folder);
  const std::vector<Layer>& expected = versions.at("zoo")->layers();
  CHECK(expected.size() == 68);
  for (const auto& [name, model] : versions) {
    const std::vector<Layer>& layers = model->layers();
    REQUIRE(layers.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      INFO(name << ' ' << expected[i].name);
      Layer layer = layers[i];
      // A plain module's layers without parameters are named after the last with.
      if (name == "plain" && expected[i].parameters == 0) {
        CHECK_THAT(layer.name, ContainsSubstring(layer.op));
        layer.name = expected[i].name;
      }
      CHECK(Json(layer) == Json(expected[i]));
    }
  }
}

TEST_CASE("the three versions of a network give the bits of one quantized by hand",
          "[model_zoo][agreement]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  REQUIRE(run_python(folder, kScript));
  for (const char* name : {"uniform", "lsq"}) {
    INFO(name);
    check_agreement(folder, quantizer_entry({{"quantizer", name}}).info, {3, true});
    check_agreement(folder, quantizer_entry({{"quantizer", name}}).info, {3, false});
  }
}

TEST_CASE("for every quantizer the three versions are the same after 20 steps of fine-tuning",
          "[model_zoo][agreement][slow]") {
  REQUIRE_PYTHON_TORCH();
  const TestFolder folder;
  REQUIRE(run_python(folder, kScript));
  for (const QuantizerEntry& entry : quantizers()) {
    INFO(entry.info.name);
    check_agreement(folder, entry.info, {20, true});
    check_agreement(folder, entry.info, {20, false});
  }
}

}  // namespace qsweep::zoo
