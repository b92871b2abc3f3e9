#pragma once

#include "qsweep/train/train.hpp"

#include <numeric>

namespace qsweep::test {

/// All images of the training split, as fine-tuning has them.
inline TrainingSet whole_training_set(const Dataset& dataset) {
  TrainingSet set;
  set.dataset = &dataset;
  set.images.resize(static_cast<size_t>(dataset.train->count()));
  std::iota(set.images.begin(), set.images.end(), 0);
  set.purpose = "finetune";
  return set;
}

}  // namespace qsweep::test
