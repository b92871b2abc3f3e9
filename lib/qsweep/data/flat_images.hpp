#pragma once

#include "qsweep/data/image_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// Images of one size that came out of a file in one piece.
struct FlatImages {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
  std::vector<uint8_t> pixels;  // images x height x width x channels
  std::vector<int64_t> labels;
  std::string file;
};

std::unique_ptr<SplitReader> read_flat_images(FlatImages images);

}  // namespace qsweep
