// Torchvision's classification networks through the front end for scripts. Five of them, or all
// that QSWEEP_TORCHVISION names ("all": every one of less than 100 million parameters); with
// QSWEEP_TORCHVISION_TABLE a line about each is added to that file.

#include "qsweep/core/error.hpp"
#include "qsweep/model/script/script_model.hpp"
#include "qsweep/quant/binding.hpp"

#include <torch/csrc/jit/serialization/import.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/site_hooks.hpp"

namespace qsweep {
namespace {

namespace jit = torch::jit;
using test::Identity;
using torch::Tensor;

constexpr int64_t kClasses = 10;
const std::string kSave =
    "/usr/bin/python3 '" QSWEEP_TEST_SOURCE_DIR "/tests/torchvision/save_network.py' ";

std::string output_of(const std::string& command) {
  const test::ScratchFolder folder;
  return std::system((command + " >'" + folder.path("out") + "' 2>/dev/null").c_str()) == 0
             ? test::read_text(folder.path("out"))
             : "";
}

std::vector<std::string> words_in(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

std::vector<std::string> wanted_names() {
  const char* wanted = std::getenv("QSWEEP_TORCHVISION");
  if (wanted == nullptr) {
    return {"mnasnet0_5", "mobilenet_v3_small", "regnet_y_400mf", "resnet18", "squeezenet1_1"};
  }
  return words_in(wanted == std::string("all") ? output_of(kSave + "list") : wanted);
}

// Scripted, these return their classifiers of training, too.
bool has_more_outputs(const std::string& name, const std::string& how) {
  return how == "script" && (name == "googlenet" || name == "inception_v3");
}

Json uniform(bool weight) {
  return {{"quantizer", "uniform"},
          {"bits", 4},
          {"symmetric", weight},
          {"narrow", weight},
          {"calibrate", "minmax"},
          {"granularity", weight ? "per_channel" : "per_tensor"}};
}

// A few bits make 0 of small lengths, by which torch's `normalize` then divides.
bool is_divisor(const Layer& layer) {
  return layer.type == "Norm" || layer.type == "Clamp";
}

// Every weight, and every output but the logits and divisors.
std::vector<SiteGroup> at_four_bits(const std::vector<Layer>& layers) {
  std::vector<int> weights;
  std::vector<int> outputs;
  const std::vector<char> logits = positions_of(layers).logits;
  const std::vector<Site> sites = sites_of(layers);
  for (size_t i = 0; i < sites.size(); ++i) {
    if (sites[i].kind == SiteKind::Weight) {
      weights.push_back(static_cast<int>(i));
    } else if (sites[i].kind == SiteKind::Output &&
               logits[static_cast<size_t>(sites[i].layer)] == 0 &&
               !is_divisor(layers[static_cast<size_t>(sites[i].layer)])) {
      outputs.push_back(static_cast<int>(i));
    }
  }
  return {{uniform(true), weights, "p:1"}, {uniform(false), outputs, "p:2"}};
}

// What the table says of one file.
struct Outcome {
  size_t layers = 0;
  size_t weights = 0;
  size_t outputs = 0;
  bool exact = false;  // the module's own bits in evaluation
  bool steps = false;  // one step of training at 4 bits
  std::string why;     // it is not reached
};

void check_float(const std::string& path, Model& model, const Tensor& images, Outcome& outcome) {
  const torch::NoGradGuard no_grad;
  jit::Module module = jit::load(path);
  module.eval();
  const c10::IValue returned = module.forward({images});
  const Tensor expected =
      returned.isTensor() ? returned.toTensor() : returned.toTuple()->elements()[0].toTensor();
  Identity hook;
  outcome.exact = model.forward(images, &hook).equal(expected) &&
                  hook.seen.size() == sites_of(model.layers()).size();
}

void calibrate(Model& model, Binding& binding, const Tensor& images) {
  for (const Observation& observation : binding.observations_for(SiteKind::Output)) {
    binding.set_ranges(
        observation, observe_sites(model, observation, [&](const auto& visit) { visit(images); }));
  }
}

// The layer whose weight gets no finite gradient behind the quantizers; empty: all learn.
std::string layer_that_learns_nothing(Model& model, Binding& binding, const Tensor& images) {
  model.train(true);
  binding.begin_training({});
  model.forward(images, &binding).square().sum().backward();
  std::map<std::string, Tensor> parameters;
  for (const auto& [name, tensor] : model.parameters()) {
    parameters[name] = tensor;
  }
  const torch::NoGradGuard no_grad;
  for (const Layer& layer : model.layers()) {
    if (layer.weight_shape.empty()) {
      continue;
    }
    const Tensor gradient = parameters.at(layer.weight_name).grad();
    if (!gradient.defined() || !gradient.isfinite().all().item<bool>()) {
      return layer.name;
    }
  }
  return "";
}

Outcome tried(const std::string& path, int64_t size, const Json& output) {
  Outcome outcome;
  try {
    torch::manual_seed(2);
    const Tensor images =
        torch::randn({4, 3, size, size}).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto model = load_script_model(path, {3, size, size}, kClasses, output);
    model->train(false);
    check_float(path, *model, images, outcome);
    const std::vector<SiteGroup> groups = at_four_bits(model->layers());
    outcome.layers = model->layers().size();
    outcome.weights = groups[0].sites.size();
    outcome.outputs = groups[1].sites.size();
    Binding binding(model->layers(), groups);
    calibrate(*model, binding, images);
    const std::string lost = layer_that_learns_nothing(*model, binding, images);
    outcome.steps = lost.empty();
    outcome.why = lost.empty() ? "" : lost + " gets no finite gradient";
  } catch (const IoError& error) {
    outcome.why = error.reason();
  } catch (const c10::Error& error) {
    outcome.why = error.what_without_backtrace();
  } catch (const Error& error) {
    outcome.why = error.what();
  }
  return outcome;
}

std::string line_of(const std::string& name, const std::string& how, const Outcome& outcome) {
  std::string line = "| " + name + " | " + how + " | ";
  if (outcome.layers == 0) {
    return line + "| | | | " + outcome.why + " |\n";
  }
  return line + std::to_string(outcome.layers) + " | " + (outcome.exact ? "yes" : "no") + " | " +
         std::to_string(outcome.weights) + " + " + std::to_string(outcome.outputs) + " | " +
         (outcome.steps ? "yes" : "no") + " | " + outcome.why + " |\n";
}

void add_to_table(const std::string& line) {
  if (const char* path = std::getenv("QSWEEP_TORCHVISION_TABLE")) {
    std::ofstream(path, std::ios::app) << line;
  }
}

void check_network(const std::string& name) {
  const test::ScratchFolder folder;
  REQUIRE(std::system((kSave + name + " '" + folder.path(".") + "'").c_str()) == 0);
  const int64_t size = std::stoll(test::read_text(folder.path("size")));
  for (const std::string how : {"script", "trace"}) {
    const std::string path = folder.path(how + ".pt");
    Outcome outcome;
    if (std::filesystem::exists(path)) {
      outcome = tried(path, size, has_more_outputs(name, how) ? Json(0) : Json());
    } else {
      outcome.why = "torch.jit.script: " + test::read_text(folder.path("why"));
    }
    const std::string line = line_of(name, how, outcome);
    add_to_table(line);
    INFO(line);
    const bool cannot_be_scripted = !std::filesystem::exists(path);
    CHECK((cannot_be_scripted || outcome.exact));
    CHECK((cannot_be_scripted || outcome.steps));
  }
}

}  // namespace

TEST_CASE(
    "networks of torchvision, scripted and traced, are reached, exact in float, and trained "
    "at 4 bits",
    "[torchvision]") {
  if (std::system("/usr/bin/python3 -c 'import torchvision' 2>/dev/null") != 0) {
    WARN("skipped: /usr/bin/python3 has no torchvision (Debian's python3-torchvision)");
    return;
  }
  for (const std::string& name : wanted_names()) {
    check_network(name);
  }
}

}  // namespace qsweep
