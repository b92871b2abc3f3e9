#pragma once

#include "qsweep/model/model.hpp"

#include <cstdint>
#include <string>

namespace qsweep {

/// Throws IoError "<network> needs images of at least <side>x<side>, got <height>x<width>".
void require_side(const std::string& network, const InputShape& input, int64_t side);

/// Throws IoError unless both sides are multiples of `step`, which `what` describes.
void require_multiple(const std::string& network,
                      const InputShape& input,
                      int64_t step,
                      const std::string& what);

}  // namespace qsweep
