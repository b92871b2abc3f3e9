#pragma once

#include "qsweep/config/settings.hpp"

#include <cstdint>

namespace qsweep {

/// The learning rate of one step, as a factor of `lr`, from 0 to 1. `step` counts from 0 over all
/// epochs. Warm-up grows linearly over its epochs, reaching 1 at its last step; then `constant`
/// stays, `step` multiplies by gamma at each milestone (an epoch), and `cosine` falls along half a
/// cosine over the remaining steps, towards 0 (Loshchilov and Hutter, arXiv:1608.03983).
double learning_rate_factor(const Training& training, int64_t step, int64_t steps_per_epoch);

}  // namespace qsweep
