#pragma once

#include "qsweep/config/catalog.hpp"

#include <algorithm>
#include <vector>

namespace qsweep::test {

/// A field of a policy as the reader fills it, but for the bits.
inline Json defaults_of(const Catalog::Quantizer& info, SiteKind kind) {
  Json spec = Json::object();
  for (const Parameter& parameter : info.parameters) {
    spec[parameter.name] = parameter.default_value;
  }
  spec.update(kind == SiteKind::Weight ? info.weight_defaults : info.activation_defaults);
  spec["quantizer"] = info.name;
  return spec;
}

/// What the defaults leave open: the bits up to 8, or the formats that have them.
inline std::vector<Json> bits_of(const Catalog::Quantizer& info) {
  std::vector<Json> all;
  for (const auto& [format, bits] : info.format_bits.items()) {
    all.push_back({{info.bits_from, format}, {"bits", bits}});
  }
  if (!all.empty()) {
    return all;
  }
  if (info.max_bits == 0) {
    return {{{"bits", info.fixed_bits}}};
  }
  for (int b = info.min_bits; b <= std::min(info.max_bits, 8); ++b) {
    all.push_back({{"bits", b}});
  }
  return all;
}

}  // namespace qsweep::test
