#include <algorithm>
#include <fstream>

#include "model_zoo/small_models.hpp"
#include "support/catch.hpp"

namespace qsweep::zoo {
namespace {

std::string shape_text(const torch::Tensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.sizes()) {
    text += (text.empty() ? "" : "x") + std::to_string(size);
  }
  return text.empty() ? "-" : text;
}

std::vector<std::string> state_lines(const Model& model) {
  std::vector<std::string> lines;
  for (const auto& [name, tensor] : state_of(model)) {
    lines.push_back(name + ' ' + shape_text(tensor));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// A state_dict of the reference implementation: a line per tensor with its name and shape.
std::vector<std::string> reference_lines(const std::string& name) {
  std::ifstream file(QSWEEP_TEST_SOURCE_DIR "/tests/model_zoo/state_dicts/" + name + ".txt");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

int64_t parameter_count(const Model& model) {
  int64_t count = 0;
  for (const auto& [name, tensor] : model.parameters()) {
    count += tensor.numel();
  }
  return count;
}

int64_t mac_count(const Model& model) {
  int64_t count = 0;
  for (const Layer& layer : model.layers()) {
    count += layer.macs;
  }
  return count;
}

}  // namespace

TEST_CASE("names and shapes are those of the reference implementation's state_dict",
          "[model_zoo]") {
  const Json none = Json::object();
  CHECK(state_lines(*make("resnet20", {3, 32, 32})) == reference_lines("resnet20"));
  CHECK(state_lines(*make("resnet18", {3, 224, 224}, 1000)) == reference_lines("resnet18"));
  CHECK(state_lines(*make("mobilenet_v2", {3, 224, 224}, 1000)) == reference_lines("mobilenet_v2"));
  CHECK(state_lines(*make("vit_tiny", {3, 224, 224}, 1000, {{"patch", 16}})) ==
        reference_lines("vit_tiny"));
}

TEST_CASE("networks without a reference file have the names that their source says",
          "[model_zoo]") {
  CHECK(state_lines(*make("mlp", {1, 28, 28})) == std::vector<std::string>{"fc1.bias 512",
                                                                           "fc1.weight 512x784",
                                                                           "fc2.bias 512",
                                                                           "fc2.weight 512x512",
                                                                           "fc3.bias 10",
                                                                           "fc3.weight 10x512"});
  CHECK(state_lines(*make("lenet5", {1, 28, 28})) ==
        std::vector<std::string>{"conv1.bias 6",
                                 "conv1.weight 6x1x5x5",
                                 "conv2.bias 16",
                                 "conv2.weight 16x6x5x5",
                                 "fc1.bias 120",
                                 "fc1.weight 120x400",
                                 "fc2.bias 84",
                                 "fc2.weight 84x120",
                                 "fc3.bias 10",
                                 "fc3.weight 10x84"});
  const auto vgg = state_lines(*make("vgg_small", {3, 32, 32}));
  CHECK(vgg.size() == 6 + 6 * 5 + 2);
  for (const std::string line : {"conv0.weight 128x3x3x3",
                                 "conv1.weight 128x128x3x3",
                                 "conv2.weight 256x128x3x3",
                                 "conv3.weight 256x256x3x3",
                                 "conv4.weight 512x256x3x3",
                                 "conv5.weight 512x512x3x3",
                                 "bn5.running_var 512",
                                 "fc.weight 10x8192",
                                 "fc.bias 10"}) {
    INFO(line);
    CHECK(std::count(vgg.begin(), vgg.end(), line) == 1);
  }
}

TEST_CASE("networks have the published numbers of parameters and products", "[model_zoo]") {
  struct Count {
    std::string model;
    InputShape input;
    int64_t classes;
    Json options;
    int64_t parameters, macs;
  };
  const Json none = Json::object();
  const std::vector<Count> table = {
      {"mlp", {1, 28, 28}, 10, none, 669706, 668672},
      {"lenet5", {1, 28, 28}, 10, none, 61706, 416520},
      {"resnet20", {3, 32, 32}, 10, none, 269722, 40551040},
      {"resnet32", {3, 32, 32}, 10, none, 464154, 68862592},
      {"resnet44", {3, 32, 32}, 10, none, 658586, 97174144},
      {"resnet56", {3, 32, 32}, 10, none, 853018, 125485696},
      {"resnet18", {3, 224, 224}, 1000, none, 11689512, 1814073344},
      {"vgg_small", {3, 32, 32}, 10, none, 4660106, 607600640},
      {"mobilenet_v2", {3, 224, 224}, 1000, none, 3504872, 300774272},
      {"vit_tiny", {3, 224, 224}, 1000, {{"patch", 16}}, 5717416, 1253683200},
      {"vit_tiny", {3, 32, 32}, 10, none, 5362762, 365107584},
  };
  for (const Count& expected : table) {
    INFO(expected.model);
    const auto model = make(expected.model, expected.input, expected.classes, expected.options);
    CHECK(parameter_count(*model) == expected.parameters);
    CHECK(mac_count(*model) == expected.macs);
  }
}

}  // namespace qsweep::zoo
