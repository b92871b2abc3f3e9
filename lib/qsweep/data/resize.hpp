#pragma once

#include "qsweep/data/image.hpp"

#include <cstdint>
#include <string>

namespace qsweep {

/// What becomes of an image before it is stored; 0 leaves a step out.
struct Geometry {
  int64_t resize = 0;  // the shorter side's length; the longer one keeps the aspect, rounded down
  int64_t crop = 0;    // the side of the square that is cut out of the middle
};

/// Bilinear with antialiasing: when shrinking, the filter is as wide as the pixels that fall on one
/// another. Bit for bit what Pillow's `resize(..., BILINEAR)` gives.
Image resize(const Image& image, int64_t height, int64_t width);

/// Resize and centre crop as torchvision's transforms do them. Throws IoError, beginning with
/// `place`, if the image is smaller than the crop.
Image fit(Image image, const Geometry& geometry, const std::string& place);

}  // namespace qsweep
