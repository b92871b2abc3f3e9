#include "qsweep/model/module_model.hpp"

#include <torch/nn/modules/batchnorm.h>

#include <set>

namespace qsweep {
namespace {

bool is_batch_norm(const torch::nn::Module& module) {
  namespace nn = torch::nn;
  return module.as<nn::BatchNorm1dImpl>() != nullptr ||
         module.as<nn::BatchNorm2dImpl>() != nullptr || module.as<nn::BatchNorm3dImpl>() != nullptr;
}

NamedTensors distinct(const torch::OrderedDict<std::string, torch::Tensor>& tensors) {
  NamedTensors list;
  std::set<const void*> seen;
  for (const auto& item : tensors) {
    if (seen.insert(item.value().unsafeGetTensorImpl()).second) {
      list.emplace_back(item.key(), item.value());
    }
  }
  return list;
}

}  // namespace

NamedTensors ModuleModel::parameters() const {
  return distinct(module_->named_parameters());
}

NamedTensors ModuleModel::buffers() const {
  return distinct(module_->named_buffers());
}

void ModuleModel::freeze_batch_norms() {
  for (const auto& module : module_->modules()) {
    if (is_batch_norm(*module)) {
      module->eval();
    }
  }
}

}  // namespace qsweep
