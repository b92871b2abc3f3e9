// A network of the zoo and its TorchScript version, traced in Python, with the same weights.

#include "qsweep/model/script/script_model.hpp"
#include "qsweep/model/state_file.hpp"
#include "qsweep/quant/binding.hpp"

#include <filesystem>
#include <map>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

using torch::Tensor;

const std::string kFile = QSWEEP_TEST_SOURCE_DIR "/../shared/models/resnet20_cifar10jpeg.ts.pt";
constexpr InputShape kImage{3, 32, 32};

#define REQUIRE_SHARED_MODEL()              \
  if (!std::filesystem::exists(kFile)) {    \
    WARN("skipped: there is no " << kFile); \
    return;                                 \
  }

std::unique_ptr<Model> from_zoo() {
  auto model = make("resnet20", kImage);
  load_state(*model, read_state_file(kFile), kFile);
  model->train(false);
  return model;
}

std::unique_ptr<Model> from_script() {
  auto model = load_script_model(kFile, kImage, 10);
  model->train(false);
  return model;
}

Tensor drawn_images(int64_t count) {
  torch::manual_seed(5);
  return torch::randn({count, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast);
}

Json uniform(int bits, bool weight) {
  return {{"quantizer", "uniform"},
          {"bits", bits},
          {"symmetric", weight},
          {"narrow", weight},
          {"calibrate", "minmax"},
          {"granularity", weight ? "per_channel" : "per_tensor"}};
}

std::vector<int> outputs_of(const std::vector<Layer>& layers, const std::string& type) {
  std::vector<int> found;
  const std::vector<Site> sites = sites_of(layers);
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == SiteKind::Output &&
        layers[static_cast<size_t>(sites[i].layer)].type == type) {
      found.push_back(static_cast<int>(i));
    }
  }
  return found;
}

using Policy = std::vector<SiteGroup> (*)(const std::vector<Layer>&);

std::vector<SiteGroup> weights_and_every_output(const std::vector<Layer>& layers) {
  return {{uniform(4, true), sites_of_kind(layers, SiteKind::Weight), "p:1"},
          {uniform(6, false), sites_of_kind(layers, SiteKind::Output), "p:2"}};
}
std::vector<SiteGroup> weights_and_relus(const std::vector<Layer>& layers) {
  return {{uniform(3, true), sites_of_kind(layers, SiteKind::Weight), "p:1"},
          {uniform(4, false), outputs_of(layers, "ReLU"), "p:2"}};
}
std::vector<SiteGroup> inputs(const std::vector<Layer>& layers) {
  return {{uniform(5, false), sites_of_kind(layers, SiteKind::Input), "p:1"}};
}

void calibrate(Model& model, Binding& binding) {
  for (const SiteKind kind : {SiteKind::Input, SiteKind::Output}) {
    for (const Observation& observation : binding.observations_for(kind)) {
      binding.set_ranges(observation, observe_sites(model, observation, [](const auto& visit) {
                           visit(drawn_images(8));
                         }));
    }
  }
}

Tensor evaluated(Model& model, const std::vector<SiteGroup>& groups) {
  const torch::NoGradGuard no_grad;
  Binding binding(model.layers(), groups);
  calibrate(model, binding);
  binding.begin_evaluation();
  Tensor logits = model.forward(drawn_images(16), &binding);
  binding.end_evaluation();
  return logits;
}

}  // namespace

TEST_CASE("the script of resnet20 has the zoo's table of layers", "[model_zoo][script]") {
  REQUIRE_SHARED_MODEL();
  const auto zoo = from_zoo();
  const auto script = from_script();
  REQUIRE(script->layers().size() == zoo->layers().size());
  int64_t macs = 0;
  for (size_t i = 0; i < zoo->layers().size(); ++i) {
    CHECK(Json(script->layers()[i]) == Json(zoo->layers()[i]));
    macs += script->layers()[i].macs;
  }
  CHECK(macs == 40551040);
  int64_t parameters = 0;
  for (const auto& [name, tensor] : script->parameters()) {
    parameters += tensor.numel();
  }
  CHECK(parameters == 269722);
}

TEST_CASE("the script of resnet20 gives the zoo's bits for every policy", "[model_zoo][script]") {
  REQUIRE_SHARED_MODEL();
  const auto zoo = from_zoo();
  const auto script = from_script();
  {
    const torch::NoGradGuard no_grad;
    CHECK(script->forward(drawn_images(16)).equal(zoo->forward(drawn_images(16))));
  }
  for (const Policy policy : {weights_and_every_output, weights_and_relus, inputs}) {
    const auto groups = policy(zoo->layers());
    CHECK(evaluated(*script, groups).equal(evaluated(*zoo, groups)));
  }
}

TEST_CASE("the script of resnet20 has the zoo's gradients behind quantizers",
          "[model_zoo][script]") {
  REQUIRE_SHARED_MODEL();
  std::vector<std::map<std::string, Tensor>> gradients;
  for (const auto& make_model : {from_zoo, from_script}) {
    const auto model = make_model();
    Binding binding(model->layers(), weights_and_every_output(model->layers()));
    calibrate(*model, binding);
    binding.begin_training({});
    model->forward(drawn_images(4), &binding).square().sum().backward();
    gradients.emplace_back();
    for (const auto& [name, tensor] : model->parameters()) {
      gradients.back()[name] = tensor.grad();
    }
  }
  REQUIRE(gradients[0].size() == gradients[1].size());
  for (const auto& [name, gradient] : gradients[0]) {
    INFO(name);
    CHECK(gradients[1].at(name).equal(gradient));
  }
}

}  // namespace qsweep::zoo
