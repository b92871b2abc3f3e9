#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <string>

namespace qsweep {

/// A TorchScript class and its only instance, made as Python's torch.jit.script would: with
/// `training`, and in training mode.
torch::jit::Module script_class(const std::string& qualified_name);

torch::jit::Module script_conv(int64_t in, int64_t out, bool bias);  // 3x3, padded
torch::jit::Module script_linear(int64_t in, int64_t out);
torch::jit::Module script_batch_norm(int64_t channels);

/// Two residual blocks between a stem and a head, for images of 3x8x8 and 5 classes. Blocks write
/// in place: `relu_`, `+=`.
torch::jit::Module script_network();

}  // namespace qsweep
