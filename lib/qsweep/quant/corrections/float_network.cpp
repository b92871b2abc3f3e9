#include "qsweep/quant/corrections/float_network.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep {
namespace {

// Values for the length of one call. A parameter that has none, a bias that was added, is zero.
class OtherValues {
 public:
  OtherValues(const Model& model, const std::map<std::string, torch::Tensor>& values)
      : state_(state_of(model)) {
    for (auto& [name, tensor] : state_) {
      present_.push_back(tensor.detach().clone());
      const auto value = values.find(name);
      if (value == values.end()) {
        tensor.detach().zero_();
      } else {
        tensor.detach().copy_(value->second);
      }
    }
  }
  OtherValues(const OtherValues&) = delete;
  OtherValues& operator=(const OtherValues&) = delete;
  ~OtherValues() {
    for (size_t i = 0; i < state_.size(); ++i) {
      state_[i].second.detach().copy_(present_[i]);
    }
  }

 private:
  NamedTensors state_;
  std::vector<torch::Tensor> present_;
};

}  // namespace

FloatNetwork::FloatNetwork(Model& model) : model_(model) {
  for (const auto& [name, tensor] : state_of(model)) {
    kept_[name] = tensor.detach().clone();
  }
}

torch::Tensor FloatNetwork::forward(const torch::Tensor& images, SiteHook* hook) const {
  const torch::NoGradGuard no_grad;
  const OtherValues values(model_, kept_);
  return model_.forward(images, hook);
}

}  // namespace qsweep
