#pragma once

#include "qsweep/model/model.hpp"

#include <torch/csrc/jit/api/module.h>

namespace qsweep {

/// What the model computes in evaluation for images like `example`, with a hook, which may be null,
/// as a TorchScript module of LibTorch's own operators. Its parameters and buffers are the model's,
/// by the same names. What depends on the number of images is that of `example`. Throws TrialError
/// where the ops cannot be recorded.
torch::jit::Module trace_model(Model& model, SiteHook* hook, const torch::Tensor& example);

}  // namespace qsweep
