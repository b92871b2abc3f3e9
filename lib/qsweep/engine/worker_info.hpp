#pragma once

#include "qsweep/config/catalog.hpp"

#include <string>

namespace qsweep {

/// What a worker's program says about itself.
struct WorkerInfo {
  Catalog catalog;
  std::string qsweep;  // versions
  std::string libtorch;
  std::string build;
};

/// Asks the program, or the cache while the program's file is the same. Throws IoError if it does
/// not answer.
WorkerInfo worker_info(const std::string& program, const std::string& cache_directory);

}  // namespace qsweep
