#include "qsweep/model/site_numbers.hpp"

#include <cstddef>

namespace qsweep {

std::vector<LayerSites> sites_by_layer(const std::vector<Layer>& layers) {
  std::vector<LayerSites> by_layer(layers.size());
  const std::vector<Site> sites = sites_of(layers);
  for (size_t i = 0; i < sites.size(); ++i) {
    LayerSites& own = by_layer[static_cast<size_t>(sites[i].layer)];
    const int number = static_cast<int>(i);
    if (sites[i].kind == SiteKind::Weight) {
      own.weight = number;
    } else if (sites[i].kind == SiteKind::Output) {
      own.output = number;
    } else if (sites[i].operand == 0) {
      own.input = number;
    }
  }
  return by_layer;
}

}  // namespace qsweep
