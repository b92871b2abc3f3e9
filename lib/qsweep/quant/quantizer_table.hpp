#pragma once

#include "qsweep/quant/quantizer.hpp"

#include <memory>
#include <vector>

namespace qsweep {

/// Quantizers that can be named: those that come with qsweep, quantizers(), and others.
using QuantizerTable = std::vector<QuantizerEntry>;

/// As without a table, which is quantizers().
const QuantizerEntry& quantizer_entry(const Json& spec, const QuantizerTable& table);
std::unique_ptr<Quantizer> make_quantizer(const Json& spec,
                                          const SiteShape& shape,
                                          const QuantizerTable& table);

}  // namespace qsweep
