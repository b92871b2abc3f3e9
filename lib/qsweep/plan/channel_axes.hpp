#pragma once

#include "qsweep/plan/layer.hpp"

#include <vector>

namespace qsweep {

/// Sets where the channels of what each layer takes and gives lie: `channel_axis` and
/// `input_channel_axes`. Types, shapes and sources must be known.
///
/// Convolutions, batch norms and pools have them first, linear layers last; a MatMul's operands
/// have there what it sums over. All others keep them where their source has them, through ops that
/// move data: a permutation takes them along, as far as extents tell. An image has them first; so
/// is taken what has three axes where nothing tells, and of all else the last one.
void find_channel_axes(std::vector<Layer>& layers);

}  // namespace qsweep
