#pragma once

#include "qsweep/data/image_source.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// A data set in the four IDX files that MNIST introduced. The files keep MNIST's names.
struct IdxLayout {
  std::vector<std::string> classes;
  std::string folder;              // inside the root, where torchvision puts the files
  std::string url;                 // where the packed files can be had
  std::array<std::string, 4> md5;  // of train images, train labels, test images, test labels
};

std::unique_ptr<ImageSource> open_idx_folder(const IdxLayout& layout, const SourceRequest& request);

}  // namespace qsweep
