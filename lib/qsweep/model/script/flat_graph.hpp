#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <optional>
#include <string>

namespace qsweep {

/// The module whose code an op of a flat graph comes from.
struct OpPlace {
  std::string path;          // "layer1.0.conv1"; empty: the network itself
  std::string module_class;  // "Conv2d"
};

/// A private copy of the graph of `forward` in which every call is replaced by what it calls, and
/// ops that write into their operand by ones that do not, where that is the same. The module is
/// left alone. Throws IoError without a file: a call that cannot be looked into.
std::shared_ptr<torch::jit::Graph> flat_graph(const torch::jit::Module& module);

OpPlace place_of(torch::jit::Node& node);

/// The attribute that a value of a flat graph is: "layer1.0.conv1.weight"; empty for the network
/// itself; nothing for a computed value.
std::optional<std::string> attribute_path(const torch::jit::Value& value);

}  // namespace qsweep
