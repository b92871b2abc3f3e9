#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/trial/workbench.hpp"

#include <string>

namespace qsweep {

/// Writes what a trial left in a form that others read. `as` is one of
///
///   state_dict    its parameters and buffers, as they were trained
///   quantized     the same with the values that quantization gives each weight in their place
///   codes         for each quantized weight W the integers W.codes, with W.scale, and W.offset
///   where
///                 there is one: codes * scale (+ offset), in float32, are its values bit for bit;
///                 everything else in float
///   torchscript   the quantized network, for torch.jit.load
///
/// The first three are state_dicts for torch.load; what folded batch norms held is left out.
/// Returns what is told about it: {"file", "as", "tensors"}, or of torchscript {"file", "as",
/// "images", "top1", "equal_logits"}, compared with the quantized network on the evaluated images.
/// Throws TrialError with the reason where it cannot be written in this form.
Json export_trial(const Trial& trial,
                  Workbench& bench,
                  const std::string& as,
                  const std::string& path);

}  // namespace qsweep
