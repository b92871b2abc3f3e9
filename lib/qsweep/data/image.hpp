#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qsweep {

/// One decoded image: height x width x channels bytes.
struct Image {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
  std::vector<uint8_t> pixels;

  Image() = default;
  Image(int64_t rows, int64_t columns, int64_t planes)
      : height(rows),
        width(columns),
        channels(planes),
        pixels(static_cast<size_t>(rows * columns * planes)) {}

  uint8_t* at(int64_t y, int64_t x) { return pixels.data() + (y * width + x) * channels; }
  const uint8_t* at(int64_t y, int64_t x) const {
    return pixels.data() + (y * width + x) * channels;
  }
};

}  // namespace qsweep
