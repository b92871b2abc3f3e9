#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/data/image_source.hpp"

#include <memory>
#include <vector>

namespace qsweep {

/// A data set that can be named in an experiment file.
struct DatasetEntry {
  Catalog::Dataset facts;
  std::unique_ptr<ImageSource> (*open)(const SourceRequest& request);
};

/// All of them, in the order in which `qsweep list` shows them.
const std::vector<DatasetEntry>& dataset_registry();

/// Throws ConfigError with the nearest right name.
const DatasetEntry& dataset_entry(const std::string& name);

}  // namespace qsweep
