#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace qsweep {

/// Reads a TorchScript archive onto the CPU. Loading one runs code from it. Throws IoError: no
/// TorchScript (a state_dict, another file), cut off, of a newer version, with an operator, or
/// arguments of one, that this LibTorch lacks.
torch::jit::Module load_script(const std::string& path);

}  // namespace qsweep
