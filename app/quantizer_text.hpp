#pragma once

#include "qsweep/config/catalog.hpp"

#include <string>

namespace qsweep {

/// What `qsweep list quantizers` says of one: its name, what it is, its bits, its parameters with
/// their values and defaults, its paper. Lines of at most 100 columns.
std::string quantizer_text(const Catalog::Quantizer& quantizer);

}  // namespace qsweep
