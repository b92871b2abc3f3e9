#include "qsweep/model/named_tensors.hpp"

#include <torch/types.h>

namespace qsweep {

void add_part(NamedTensors& all, const std::string& prefix, const NamedTensors& part) {
  for (const auto& [name, tensor] : part) {
    all.emplace_back(prefix + name, tensor);
  }
}

NamedTensors part_of(const NamedTensors& all, const std::string& prefix) {
  NamedTensors part;
  for (const auto& [name, tensor] : all) {
    if (name.compare(0, prefix.size(), prefix) == 0) {
      part.emplace_back(name.substr(prefix.size()), tensor);
    }
  }
  return part;
}

torch::Tensor tensor_named(const NamedTensors& all, const std::string& name) {
  for (const auto& [known, tensor] : all) {
    if (known == name) {
      return tensor;
    }
  }
  return {};
}

NamedTensors copies_of(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) {
    copies.emplace_back(name, tensor.detach().clone());
  }
  return copies;
}

}  // namespace qsweep
