#include "qsweep/tables/catalog_of.hpp"

#include "qsweep/model/layer_types.hpp"
#include "qsweep/quant/calibrator.hpp"
#include "qsweep/quant/correction.hpp"

namespace qsweep {
namespace {

template <class Info, class Entry>
std::vector<Info> infos_of(const std::vector<Entry>& table) {
  std::vector<Info> infos;
  for (const Entry& entry : table) {
    infos.push_back(entry.info);
  }
  return infos;
}

}  // namespace

Catalog catalog_of(const Tables& tables) {
  Catalog catalog;
  catalog.quantizers = infos_of<Catalog::Quantizer>(tables.quantizers);
  catalog.models = infos_of<Catalog::Model>(tables.models);
  catalog.datasets = catalog_of(tables.datasets);
  catalog.calibrators = infos_of<Catalog::Calibrator>(calibrators());
  catalog.corrections = infos_of<Catalog::Correction>(corrections());
  catalog.types = layer_types();
  catalog.moving_types = moving_types();
  return catalog;
}

}  // namespace qsweep
