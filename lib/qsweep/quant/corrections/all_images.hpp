#pragma once

#include "qsweep/quant/calibration.hpp"

#include <torch/types.h>

namespace qsweep {

/// All batches as one, (N, C, H, W).
torch::Tensor all_images(const EachBatch& each_batch);

}  // namespace qsweep
