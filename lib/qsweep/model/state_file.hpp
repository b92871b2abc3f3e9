#pragma once

#include "qsweep/model/model.hpp"

#include <string>

namespace qsweep {

/// Reads the tensors of a file that Python's torch.save wrote (zip or the old format; a bare
/// state_dict or one under 'state_dict', with or without 'module.' before each name) or of a
/// TorchScript archive (its parameters and buffers). Executes nothing: a pickle opcode or global
/// outside the few that tensors need is an IoError that names it, as is a file that is cut off.
NamedTensors read_state_file(const std::string& path);

/// Writes a state_dict as a zip file that Python's torch.load reads (weights_only too).
void write_state_file(const std::string& path, const NamedTensors& state);

}  // namespace qsweep
