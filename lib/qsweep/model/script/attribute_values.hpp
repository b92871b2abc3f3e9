#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/types.h>

#include <optional>
#include <string>

namespace qsweep {

/// The module that has an attribute, "layer1.0.conv1.weight".
torch::jit::Module owner_at(const torch::jit::Module& module, const std::string& path);
/// What the attribute holds.
c10::IValue attribute_value(const torch::jit::Module& module, const std::string& path);
/// The tensor of an attribute; undefined if it is None.
torch::Tensor tensor_at(const torch::jit::Module& module, const std::string& path);

/// Of a constant of the module's flat graph, an attribute, or a list of whole numbers that are
/// such; nothing for what is computed.
std::optional<c10::IValue> known_value(const torch::jit::Module& module,
                                       const torch::jit::Value& value);

}  // namespace qsweep
