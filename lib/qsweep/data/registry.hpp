#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/data/dataset.hpp"
#include "qsweep/data/image_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// A data set that can be named in an experiment file.
struct DatasetEntry {
  Catalog::Dataset facts;
  std::unique_ptr<ImageSource> (*open)(const SourceRequest& request);
  std::string plugin_build{};  // of what it comes from, where that is a plugin
};

using DatasetTable = std::vector<DatasetEntry>;

/// Those that come with qsweep, in the order in which `qsweep list` shows them.
const DatasetTable& dataset_registry();

std::vector<Catalog::Dataset> catalog_of(const DatasetTable& table);

/// The same as without a table, which is dataset_registry(). Throws ConfigError with the nearest
/// right name, too.
Dataset open_dataset(const Settings& settings,
                     const std::string& cache_directory,
                     int threads,
                     const DatasetTable& table);

}  // namespace qsweep
