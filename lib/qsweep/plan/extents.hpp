#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/plan/site_classes.hpp"

#include <cstdint>
#include <vector>

namespace qsweep {

/// The elements of a tensor of this shape.
int64_t elements(const std::vector<int64_t>& shape);

/// What a quantizer may share scales along: the extents of the tensor at a site. Activations are
/// those of one image.
struct Extents {
  int64_t elements = 0;
  int64_t channels = 0;  // 0: it has none
  int64_t per_channel = 0;
  int64_t summed = 0;  // channels that a product sums over, where blocks lie
  int64_t last = 0;    // of the innermost axis
};

Extents extents_of(const Network& network, const Site& site);

/// Along what the blocks of this spread lie.
int64_t block_extent(ScaleSpread::Per per, const Extents& extents);

/// How many scales a tensor has.
int64_t scale_count(const ScaleSpread& spread, const Json& parameters, const Extents& extents);

}  // namespace qsweep
