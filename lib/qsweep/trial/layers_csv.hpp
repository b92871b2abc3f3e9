#pragma once

#include "qsweep/plan/layer.hpp"
#include "qsweep/quant/binding.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// layers.csv: a line per site that is an output, a weight, or a quantized input.
std::string layers_csv(const std::vector<Layer>& layers, const std::vector<SiteReport>& reports);

}  // namespace qsweep
