#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qsweep {

/// The shapes whose names are the classes of `synthetic`.
const std::vector<std::string>& shape_names();

/// Is the point inside the shape? The shape reaches from -1024 to 1024 in both directions.
bool shape_covers(int64_t shape, int64_t u, int64_t v);

}  // namespace qsweep
