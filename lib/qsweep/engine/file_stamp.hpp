#pragma once

#include <string>

namespace qsweep {

/// What tells, without reading it, that a file or a folder with all below it is most likely as it
/// was: names, sizes, times of change. "missing" for what is not there.
std::string file_stamp(const std::string& path);

}  // namespace qsweep
