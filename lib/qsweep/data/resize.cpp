// After Pillow's Resample.c: two passes, rows first, with weights in fixed point and rounding to
// bytes in between.
#include "qsweep/data/resize.hpp"

#include "qsweep/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace qsweep {
namespace {

constexpr int kPrecision = 32 - 8 - 2;  // bits of a weight: 8 go to the byte, 2 to overflow

/// The pixels that one output pixel is made of.
struct Window {
  int64_t first = 0;
  std::vector<int> weights;
};

Window window_of(int64_t output, double scale, int64_t input_size) {
  const double stretch = std::max(scale, 1.0);
  const double centre = (static_cast<double>(output) + 0.5) * scale;
  Window window;
  window.first = std::max<int64_t>(0, static_cast<int64_t>(std::floor(centre - stretch + 0.5)));
  const int64_t last =
      std::min(input_size, static_cast<int64_t>(std::floor(centre + stretch + 0.5)));
  std::vector<double> weights;
  double sum = 0;
  for (int64_t x = window.first; x < last; ++x) {
    const double distance = std::abs((static_cast<double>(x) - centre + 0.5) * (1.0 / stretch));
    weights.push_back(std::max(0.0, 1.0 - distance));
    sum += weights.back();
  }
  for (const double weight : weights) {
    window.weights.push_back(static_cast<int>(std::floor(0.5 + weight / sum * (1 << kPrecision))));
  }
  return window;
}

std::vector<Window> windows(int64_t input_size, int64_t output_size) {
  const double scale = static_cast<double>(input_size) / static_cast<double>(output_size);
  std::vector<Window> all;
  for (int64_t i = 0; i < output_size; ++i) {
    all.push_back(window_of(i, scale, input_size));
  }
  return all;
}

/// The weighted sum of bytes that lie `step` apart.
uint8_t weighted(const Window& window, const uint8_t* first, int64_t step) {
  int sum = 1 << (kPrecision - 1);
  for (const int weight : window.weights) {
    sum += *first * weight;
    first += step;
  }
  return static_cast<uint8_t>(std::clamp(sum >> kPrecision, 0, 255));
}

Image resize_width(const Image& image, int64_t width) {
  const std::vector<Window> columns = windows(image.width, width);
  Image result(image.height, width, image.channels);
  for (int64_t y = 0; y < result.height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const Window& window = columns[static_cast<size_t>(x)];
      for (int64_t c = 0; c < image.channels; ++c) {
        result.at(y, x)[c] = weighted(window, image.at(y, window.first) + c, image.channels);
      }
    }
  }
  return result;
}

Image resize_height(const Image& image, int64_t height) {
  const std::vector<Window> rows = windows(image.height, height);
  const int64_t row_bytes = image.width * image.channels;
  Image result(height, image.width, image.channels);
  for (int64_t y = 0; y < height; ++y) {
    const Window& window = rows[static_cast<size_t>(y)];
    for (int64_t i = 0; i < row_bytes; ++i) {
      result.at(y, 0)[i] = weighted(window, image.at(window.first, 0) + i, row_bytes);
    }
  }
  return result;
}

Image resize_shorter_side(const Image& image, int64_t side) {
  if (std::min(image.height, image.width) == side) {
    return image;
  }
  return image.height <= image.width ? resize(image, side, side * image.width / image.height)
                                     : resize(image, side * image.height / image.width, side);
}

/// Half of an excess, a tie to the even number, as Python rounds.
int64_t margin(int64_t excess) {
  return excess / 2 + (excess % 4 == 3 ? 1 : 0);
}

Image crop_centre(const Image& image, int64_t side) {
  Image result(side, side, image.channels);
  const int64_t top = margin(image.height - side);
  const int64_t left = margin(image.width - side);
  for (int64_t y = 0; y < side; ++y) {
    std::copy_n(image.at(top + y, left), side * image.channels, result.at(y, 0));
  }
  return result;
}

}  // namespace

Image resize(const Image& image, int64_t height, int64_t width) {
  const Image wide = width == image.width ? image : resize_width(image, width);
  return height == image.height ? wide : resize_height(wide, height);
}

Image fit(Image image, const Geometry& geometry, const std::string& place) {
  if (geometry.resize > 0) {
    image = resize_shorter_side(image, geometry.resize);
  }
  if (geometry.crop == 0) {
    return image;
  }
  if (image.height < geometry.crop || image.width < geometry.crop) {
    throw IoError(place,
                  "is " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                      ", too small to crop to " + std::to_string(geometry.crop) + "x" +
                      std::to_string(geometry.crop));
  }
  return crop_centre(image, geometry.crop);
}

}  // namespace qsweep
