#pragma once

#include <filesystem>
#include <string>

namespace qsweep {

/// What to say after "no such file": "; did you mean '<path>'?" with the nearest name in that
/// file's folder, or nothing if the path is there or no name comes near.
std::string nearest_path_hint(const std::filesystem::path& missing);

}  // namespace qsweep
