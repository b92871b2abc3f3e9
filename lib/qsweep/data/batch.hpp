#pragma once

#include "qsweep/core/random_stream.hpp"
#include "qsweep/data/dataset.hpp"

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace qsweep {

struct Batch {
  torch::Tensor images;  // float (N, C, H, W), normalised, channels_last
  torch::Tensor labels;  // int64 (N)
};

/// The images `first` .. `first + count - 1` of `order`. Normalised as (x / 255 - mean) / std, one
/// multiplication and one addition per element.
Batch load_batch(const Dataset& dataset,
                 const Images& images,
                 const std::vector<int64_t>& order,
                 int64_t first,
                 int64_t count);

/// The same, each image padded by 4 zero pixels (after normalisation), cropped at random to its
/// size and flipped with probability 1/2. `stream` is the epoch's.
Batch load_augmented_batch(const Dataset& dataset,
                           const Images& images,
                           const std::vector<int64_t>& order,
                           int64_t first,
                           int64_t count,
                           RandomStream& stream);

/// Draws from the stream what so many augmented images draw.
void skip_augmented_images(RandomStream& stream, int64_t count);

}  // namespace qsweep
