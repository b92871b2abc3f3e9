#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// An op that computes, and so is a layer wherever a network calls it.
struct ComputingOp {
  enum class Kind { Product, WithParameters, Plain };

  std::string name;  // in aten, without the underscore of writing into its operand
  std::string type;  // of layer_types(); of a dimension-less Conv or Norm the part before "2d"
  Kind kind = Kind::Plain;
};

/// Null: not among them.
const ComputingOp* computing_op(const std::string& name);

/// Ops that only move data, or whose output is no activation.
bool is_moving_op(const std::string& name);

/// Classes of modules that drop parts of what they are given in training, as dropout does, in code
/// of their own.
bool is_dropping_class(const std::string& module_class);

}  // namespace qsweep
