#pragma once

#include "qsweep/model/model.hpp"
#include "qsweep/model/slot.hpp"

#include <torch/nn/module.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// The slots of a module tree with their full names, in the order of the tree.
std::vector<std::pair<std::string, Slot>> named_slots(torch::nn::Module& module);

/// One call of a slot, as the listing found it.
struct ListedLayer {
  Layer layer;
  int slot = 0;  // position in named_slots()
  int call = 0;  // the how manieth call of that slot in one forward
};

/// Runs the network once on an image of zeros and lists what was called. Which layer made an input
/// is read from autograd's graph, which sees through everything that only moves data.
std::vector<ListedLayer> list_layers(const std::vector<std::pair<std::string, Slot>>& slots,
                                     const std::function<torch::Tensor(torch::Tensor)>& forward,
                                     const InputShape& input);

}  // namespace qsweep
