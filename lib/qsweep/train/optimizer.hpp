#pragma once

#include "qsweep/config/settings.hpp"

#include <torch/optim/optimizer.h>

#include <memory>
#include <vector>

namespace qsweep {

/// SGD, Adam or AdamW over the parameters, as the settings say.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const Training& training,
                                                        std::vector<torch::Tensor> parameters);

void set_learning_rate(torch::optim::Optimizer& optimizer, double lr);

}  // namespace qsweep
