#include "qsweep/tables/catalog_of.hpp"

#include "model_zoo/registry.hpp"
#include "worker.hpp"

namespace qsweep {

Catalog whole_catalog() {
  return catalog_of(Tables{zoo::models()});
}

}  // namespace qsweep
