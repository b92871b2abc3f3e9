#pragma once

#include "qsweep/data/cache_file.hpp"
#include "qsweep/data/image_source.hpp"
#include "qsweep/data/resize.hpp"

#include <memory>
#include <string>

namespace qsweep {

/// Where and how decoded splits are kept.
struct SplitCache {
  std::string folder;
  std::string dataset;  // the data set's name, which the file names start with
  Geometry geometry;
  int threads = 1;
};

/// The decoded images of a split: out of the cache if they are there and whole and the source is
/// unchanged (going by `stamp`, the split's facts), else decoded and kept. Of several processes at
/// once, one decodes and the others wait. Throws IoError and WriteError.
std::shared_ptr<const CachedImages> cached_split(const SplitCache& cache,
                                                 const ImageSource& source,
                                                 const std::string& split,
                                                 const std::string& stamp);

}  // namespace qsweep
