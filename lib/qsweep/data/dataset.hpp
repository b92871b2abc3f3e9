#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/settings.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// The decoded images of a split, memory-mapped from the cache and shared by all workers.
class Images {
 public:
  virtual ~Images() = default;
  virtual int64_t count() const = 0;
  /// Height x width x channels bytes of image `i`.
  virtual const uint8_t* pixels(int64_t i) const = 0;
  virtual int64_t label(int64_t i) const = 0;
};

struct Dataset {
  std::vector<std::string> classes;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  std::vector<double> mean;  // per channel, in [0, 1]: the settings', else the data set's own
  std::vector<double> std;
  std::shared_ptr<const Images> train;
  std::shared_ptr<const Images> test;
  std::shared_ptr<const Images> validation;  // null without one
  int64_t shared_images = 0;                 // of the parts that train and test are drawn from
  std::string fingerprint;                   // of the pixels and labels of train and test
  std::string validation_fingerprint;        // empty without one
  std::vector<std::string> warnings;
};

/// Opens, and where needed downloads, decodes and caches. Throws IoError that names the file and
/// what is wrong with it. `threads` decode at once.
Dataset open_dataset(const Settings& settings, const std::string& cache_directory, int threads);

/// The data sets that can be named; one line each in data/registry.cpp.
const std::vector<Catalog::Dataset>& dataset_catalog();

/// `count` of the images, evenly over the classes and at random within each, in ascending order;
/// all of them if count is 0 or more than there are. The draw depends on the seed and purpose
/// alone.
std::vector<int64_t> draw_images(const Images& images,
                                 int64_t classes,
                                 int64_t count,
                                 uint64_t seed,
                                 const std::string& purpose);

}  // namespace qsweep
