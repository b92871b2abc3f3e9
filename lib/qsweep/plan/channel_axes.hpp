#pragma once

#include "qsweep/plan/layer.hpp"

#include <vector>

namespace qsweep {

/// Sets where the channels of what each layer takes and gives lie: `channel_axis` and
/// `input_channel_axes`. Types, shapes and sources must be known; `image` is (C, H, W).
///
/// Convolutions, batch norms and pools have them first, linear layers last; a MatMul's operands
/// have there what it sums over. All others keep them where their source has them, through ops that
/// move data: a permutation takes them along, as far as extents tell, and a concatenation has those
/// of all its parts. Where nothing tells, they are first of three axes, and else last.
void find_channel_axes(std::vector<Layer>& layers, const std::vector<int64_t>& image);

}  // namespace qsweep
