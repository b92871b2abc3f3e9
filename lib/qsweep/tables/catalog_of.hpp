#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/tables/tables.hpp"

namespace qsweep {

/// Everything that an experiment file can name where these are the tables.
Catalog catalog_of(const Tables& tables);

}  // namespace qsweep
