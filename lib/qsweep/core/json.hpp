#pragma once

#include <nlohmann/json.hpp>

namespace qsweep {

/// Keys are sorted and numbers printed shortest, so that equal values have equal text: what is
/// hashed is `dump()`.
using Json = nlohmann::json;

}  // namespace qsweep
