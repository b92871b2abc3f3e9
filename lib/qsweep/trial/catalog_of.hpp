#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/model/model.hpp"

namespace qsweep {

/// Everything that an experiment file can name where these are the models, gathered from the
/// tables.
Catalog catalog_of(const ModelTable& models);

}  // namespace qsweep
