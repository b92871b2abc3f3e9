#include "qsweep/plan/extents.hpp"

#include "qsweep/plan/layer_values.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace qsweep {
namespace {

Extents weight_extents(const Layer& layer) {
  const auto& shape = layer.weight_shape;
  const auto axis = static_cast<size_t>(layer.weight_channel_axis);
  Extents extents;
  extents.elements = elements(shape);
  extents.channels = shape.at(axis);
  extents.per_channel = extents.elements / extents.channels;
  const int64_t inputs = shape.size() < 2 ? 1 : shape[axis == 0 ? 1 : 0];
  extents.summed = inputs == 1 ? extents.channels : inputs;
  extents.last = shape.back();
  return extents;
}

int64_t parts(int64_t whole, int64_t length) {
  return (whole + length - 1) / length;
}

}  // namespace

int64_t elements(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Extents extents_of(const Network& network, const Site& site) {
  const auto number = static_cast<size_t>(site.layer);
  const Layer& layer = network.facts.layers[number];
  if (site.kind == SiteKind::Weight) {
    return weight_extents(layer);
  }
  const Activation activation = activation_at(layer, site.kind, site.operand);
  const auto& shape = activation.shape;
  const bool has_channels = site.kind == SiteKind::Output ? network.with_channels[number] != 0
                                                          : takes_channels(layer.type);
  Extents extents;
  extents.elements = elements(shape);
  extents.summed = activation.channels();
  extents.last = shape.empty() ? 1 : shape.back();
  if (has_channels) {
    extents.channels = extents.summed;
    extents.per_channel = extents.elements / std::max<int64_t>(1, extents.channels);
  }
  return extents;
}

int64_t block_extent(ScaleSpread::Per per, const Extents& extents) {
  return per == ScaleSpread::Per::LastBlock ? extents.last : extents.summed;
}

int64_t scale_count(const ScaleSpread& spread, const Json& parameters, const Extents& extents) {
  switch (spread.per) {
    case ScaleSpread::Per::None:
      return 0;
    case ScaleSpread::Per::Tensor:
      return 1;
    case ScaleSpread::Per::Channel:
      return extents.channels;
    case ScaleSpread::Per::Group:
      return extents.channels *
             parts(extents.per_channel, parameters.at(spread.length).get<int64_t>());
    case ScaleSpread::Per::Block:
    case ScaleSpread::Per::LastBlock:
      break;
  }
  const int64_t along = block_extent(spread.per, extents);
  return extents.elements / along * parts(along, parameters.at(spread.length).get<int64_t>());
}

}  // namespace qsweep
