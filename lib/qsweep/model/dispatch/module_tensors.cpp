#include "qsweep/model/dispatch/module_tensors.hpp"

namespace qsweep {

using torch::Tensor;

ModuleTensors::ModuleTensors(const torch::nn::Module& module) {
  for (const auto& item : module.named_parameters()) {
    paths_.emplace(item.value().unsafeGetTensorImpl(), item.key());
    parameters_.push_back(item.value());
  }
  for (const auto& item : module.named_buffers()) {
    paths_.emplace(item.value().unsafeGetTensorImpl(), item.key());
  }
}

const std::string* ModuleTensors::path_of(const Tensor& tensor) const {
  const auto found = paths_.find(tensor.unsafeGetTensorImpl());
  return found == paths_.end() ? nullptr : &found->second;
}

Tensor ModuleTensors::transposed_by(const Tensor& tensor) const {
  if (tensor.dim() != 2) {
    return {};
  }
  const Tensor back = tensor.detach().t();
  for (const Tensor& parameter : parameters_) {
    if (parameter.dim() == 2 && parameter.is_alias_of(tensor) &&
        parameter.storage_offset() == tensor.storage_offset() &&
        parameter.sizes() == back.sizes() && parameter.strides() == back.strides()) {
      return parameter;
    }
  }
  return {};
}

std::string owner_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

}  // namespace qsweep
