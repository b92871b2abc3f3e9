#pragma once

#include "qsweep/data/image.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// A smooth picture in which every pixel differs from its neighbours.
Image gradient(int64_t height, int64_t width, int64_t channels);

/// All bytes the same in each channel.
Image plain(int64_t height, int64_t width, const std::vector<uint8_t>& pixel);

/// The bytes of a file. Channels: 1 gray, 3 RGB, 4 CMYK (as Adobe writes it, inverted).
std::string jpeg_of(const Image& image);

/// The bytes of a file. Channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha. At 16 bits
/// every byte is the high half of a sample, and the low half is 77.
std::string png_of(const Image& image, int bits = 8);

/// A palette of two colours, one bit per pixel, all pixels of the second.
std::string palette_png(int64_t height, int64_t width, const std::vector<uint8_t>& colour);

}  // namespace qsweep
