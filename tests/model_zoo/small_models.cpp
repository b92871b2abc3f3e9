#include "model_zoo/small_models.hpp"

#include <torch/nn/init.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <stdexcept>

#include "model_zoo/registry.hpp"

namespace qsweep::zoo {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void randomize(const std::string& name, torch::Tensor& tensor) {
  if (ends_with(name, "num_batches_tracked")) {
    return;
  }
  if (tensor.dim() >= 2) {
    torch::nn::init::kaiming_normal_(tensor);
  } else if (ends_with(name, "weight") || ends_with(name, "running_var")) {
    tensor.uniform_(0.5, 1.5);
  } else {
    tensor.normal_(0, 0.2);
  }
}

}  // namespace

const std::vector<SmallModel>& small_models() {
  static const std::vector<SmallModel> models = {
      {"mlp", {{"width", 16}, {"depth", 3}}, {1, 6, 6}},
      {"lenet5", {}, {1, 14, 14}},
      {"resnet20", {}, {3, 8, 8}},
      {"resnet32", {}, {3, 8, 8}},
      {"resnet44", {}, {3, 4, 4}},
      {"resnet56", {}, {3, 4, 4}},
      {"resnet18", {{"stem", "imagenet"}}, {3, 32, 32}},
      {"resnet18", {{"stem", "small"}}, {3, 8, 8}},
      {"vgg_small", {}, {3, 8, 8}},
      {"mobilenet_v2", {{"stem", "imagenet"}}, {3, 32, 32}},
      {"mobilenet_v2", {{"stem", "small"}}, {3, 8, 8}},
      {"vit_tiny", {{"depth", 2}}, {3, 8, 8}},
  };
  return models;
}

std::string title_of(const SmallModel& small) {
  return small.name + ' ' + small.parameters.dump();
}

const ModelEntry& entry_of(const std::string& name) {
  for (const ModelEntry& entry : models()) {
    if (entry.info.name == name) {
      return entry;
    }
  }
  throw std::logic_error("no network " + name);
}

std::unique_ptr<Model> make(const std::string& name,
                            const InputShape& input,
                            int64_t classes,
                            const Json& parameters) {
  const ModelEntry& entry = entry_of(name);
  ModelOptions options{input, classes, Json::object()};
  for (const Parameter& parameter : entry.info.parameters) {
    options.parameters[parameter.name] = parameter.default_value;
  }
  options.parameters.update(parameters);
  return entry.make(options);
}

std::unique_ptr<Model> make_random(const SmallModel& small) {
  torch::manual_seed(1);
  auto model = make(
      small.name, small.input, 10, small.parameters.is_null() ? Json::object() : small.parameters);
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : state_of(*model)) {
    randomize(name, tensor);
  }
  return model;
}

torch::Tensor images_for(const InputShape& input) {
  torch::manual_seed(2);
  const torch::Tensor values = torch::randn({2, input.channels, input.height, input.width});
  // With one channel `contiguous()` would do nothing, and convolutions go by the strides.
  return torch::empty(values.sizes(), torch::MemoryFormat::ChannelsLast).copy_(values);
}

}  // namespace qsweep::zoo
