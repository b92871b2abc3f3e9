#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <vector>

namespace qsweep {

/// What the runs of a module may change in it, beside its parameters: buffers that they write into,
/// and attributes that they set.
class ModuleState {
 public:
  explicit ModuleState(const torch::jit::Module& module);
  void restore() const;

 private:
  struct Attribute {
    torch::jit::ObjectPtr owner;
    size_t slot;
    c10::IValue value;
    torch::Tensor copy;  // of a buffer
  };
  std::vector<Attribute> attributes_;
};

}  // namespace qsweep
