#include "qsweep/plan/check_fit.hpp"

#include "qsweep/config/check_quantizer.hpp"
#include "qsweep/plan/extents.hpp"

namespace qsweep {
namespace {

using Per = ScaleSpread::Per;

std::string tensor_text(const Network& network, const Site& site) {
  const Layer& layer = network.facts.layers[static_cast<size_t>(site.layer)];
  return "the " + to_string(site.kind) + " of " + layer.name + ", a " + layer.type + ",";
}

// The parameter that chose this spread.
std::string chosen_by(const ScaleSpread& spread) {
  return spread.when.empty() ? "quantizer" : spread.when.items().begin().key();
}

void check_length(const FieldRule& field,
                  const Catalog::Quantizer& quantizer,
                  const std::string& parameter,
                  int64_t length,
                  int64_t available,
                  const std::string& where) {
  if (length > available) {
    throw config_error(place_of(field, parameter),
                       "'" + parameter + "' of '" + quantizer.name + "' is " +
                           std::to_string(length) + ", and " + where + " has only " +
                           std::to_string(available));
  }
}

}  // namespace

void check_fit(const FieldRule& field,
               const Catalog::Quantizer& quantizer,
               const Json& complete,
               const Network& network,
               const Site& site) {
  const ScaleSpread& spread = quantizer.spread(complete);
  const bool is_weight = site.kind == SiteKind::Weight;
  if (spread.per == Per::None || spread.per == Per::Tensor ||
      (spread.per == Per::Channel && is_weight)) {
    return;
  }
  const std::string tensor = tensor_text(network, site);
  const Extents extents = extents_of(network, site);
  if (spread.per == Per::Channel && extents.channels == 0) {
    throw config_error(place_of(field, chosen_by(spread)),
                       "'" + quantizer.name + "' has a scale per channel here, and " + tensor +
                           " has no channels");
  }
  if (spread.per == Per::Group && !is_weight) {
    throw config_error(place_of(field, chosen_by(spread)),
                       "'" + quantizer.name +
                           "' shares scales by groups here, which only weights " + "have, not " +
                           tensor.substr(0, tensor.size() - 1));
  }
  if (spread.per == Per::Group) {
    check_length(field,
                 quantizer,
                 spread.length,
                 complete.at(spread.length),
                 extents.per_channel,
                 "a channel of " + tensor);
  }
  if (spread.per == Per::Block || spread.per == Per::LastBlock) {
    check_length(field,
                 quantizer,
                 spread.length,
                 complete.at(spread.length),
                 block_extent(spread.per, extents),
                 "the axis of " + tensor + " along which its blocks run,");
  }
}

}  // namespace qsweep
