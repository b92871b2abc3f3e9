#pragma once

#include "qsweep/plan/layer.hpp"

#include <vector>

namespace qsweep {

/// The numbers of one layer's sites; see sites_of().
struct LayerSites {
  int input = -1;  // of the first operand; the others follow
  int weight = -1;
  int output = -1;
};

std::vector<LayerSites> sites_by_layer(const std::vector<Layer>& layers);

}  // namespace qsweep
