#pragma once

#include <string>

namespace qsweep {

/// The absolute path of the folder that a file is in, without symbolic links, so that "../x" beside
/// the file is what a shell finds there. A link to the file itself is not followed.
std::string folder_of(const std::string& file);

}  // namespace qsweep
