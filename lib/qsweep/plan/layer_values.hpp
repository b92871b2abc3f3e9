#pragma once

#include "qsweep/plan/layer.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// Per layer: does its output have channels? That of MatMul and Softmax has none, nor has what
/// arithmetic makes of it.
std::vector<char> outputs_with_channels(const std::vector<Layer>& layers);

/// Do the activations that such a layer takes have channels?
bool takes_channels(const std::string& type);

/// Per layer: can its output be negative? It cannot where its own type forbids it (ReLU, Sigmoid,
/// Softmax), or where its type keeps the sign and nothing that it takes is negative (pools, sums).
std::vector<char> negative_outputs(const std::vector<Layer>& layers);

/// Can one of these layers' outputs be negative? -1 is the image, and can.
bool any_negative(const std::vector<int>& makers, const std::vector<char>& negative_outputs);

}  // namespace qsweep
