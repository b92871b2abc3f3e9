#pragma once

#include "qsweep/data/download.hpp"
#include "qsweep/data/image_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// What tells the two CIFAR sets apart. Both are records of labels and 3072 bytes of colour planes
/// (https://www.cs.toronto.edu/~kriz/cifar.html, "binary version").
struct CifarLayout {
  std::vector<std::string> classes;
  int64_t labels = 1;  // bytes before the pixels; the last of them is the class
  std::vector<std::string> train_files;
  std::string test_file;
  std::string folder;  // inside the archive, and so where the files may lie in the root
  RemoteFile archive;
};

std::unique_ptr<ImageSource> open_cifar(const CifarLayout& layout, const SourceRequest& request);

}  // namespace qsweep
