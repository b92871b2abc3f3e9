#pragma once

#include "qsweep/model/model.hpp"

#include <string>

namespace qsweep {

/// A state_dict as torch.save pickles it (protocol 2): an OrderedDict whose i-th tensor lies in a
/// storage of the key "i", contiguous.
std::string state_pickle(const NamedTensors& state);

}  // namespace qsweep
