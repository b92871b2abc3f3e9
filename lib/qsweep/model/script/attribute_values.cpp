#include "qsweep/model/script/attribute_values.hpp"

#include "qsweep/model/script/flat_graph.hpp"

#include <torch/csrc/jit/ir/constants.h>

namespace qsweep {

torch::jit::Module owner_at(const torch::jit::Module& module, const std::string& path) {
  torch::jit::Module owner = module;
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    owner = owner.attr(path.substr(begin, dot - begin)).toModule();
    begin = dot + 1;
  }
  return owner;
}

c10::IValue attribute_value(const torch::jit::Module& module, const std::string& path) {
  return owner_at(module, path).attr(path.substr(path.rfind('.') + 1));
}

torch::Tensor tensor_at(const torch::jit::Module& module, const std::string& path) {
  const c10::IValue value = attribute_value(module, path);
  return value.isTensor() ? value.toTensor() : torch::Tensor();
}

std::optional<c10::IValue> known_value(const torch::jit::Module& module,
                                       const torch::jit::Value& value) {
  if (const auto constant = torch::jit::toIValue(&value)) {
    return *constant;
  }
  if (const auto path = attribute_path(value)) {
    return attribute_value(module, *path);
  }
  if (value.node()->kind() != c10::prim::ListConstruct) {
    return std::nullopt;
  }
  c10::List<int64_t> numbers;
  for (const torch::jit::Value* item : value.node()->inputs()) {
    const auto number = known_value(module, *item);
    if (!number || !number->isInt()) {
      return std::nullopt;
    }
    numbers.push_back(number->toInt());
  }
  return numbers;
}

}  // namespace qsweep
