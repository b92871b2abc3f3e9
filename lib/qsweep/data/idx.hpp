#pragma once

#include "qsweep/data/flat_images.hpp"

#include <cstdint>
#include <string>

namespace qsweep {

/// Reads a pair of IDX files, plain or packed by gzip (http://yann.lecun.com/exdb/mnist/). Labels
/// are 0 .. `classes` - 1. Throws IoError that names the file: a wrong magic number, a size that
/// does not fit the header, a label out of range, two counts that differ.
FlatImages read_idx(const std::string& images_path,
                    const std::string& labels_path,
                    int64_t classes);

}  // namespace qsweep
