#pragma once

#include "qsweep/model/model.hpp"

#include <string>

namespace qsweep {

// Lists of named tensors as parts of a larger one, told apart by what their names begin with.

/// Adds `part` to `all`, with `prefix` before each name.
void add_part(NamedTensors& all, const std::string& prefix, const NamedTensors& part);

/// Those whose names begin with `prefix`, without it.
NamedTensors part_of(const NamedTensors& all, const std::string& prefix);

/// The tensor of that name; undefined where there is none.
torch::Tensor tensor_named(const NamedTensors& all, const std::string& name);

/// Copies that nobody else changes.
NamedTensors copies_of(const NamedTensors& tensors);

}  // namespace qsweep
