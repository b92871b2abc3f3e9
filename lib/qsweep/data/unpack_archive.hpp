#pragma once

#include <string>
#include <vector>

namespace qsweep {

/// Takes files out of an archive (tar, however packed) into `folder`, by their names without path:
/// nothing can land elsewhere. Throws IoError if one of them is not there or the archive is
/// damaged, WriteError if the folder cannot be written.
void unpack_files(const std::string& archive,
                  const std::vector<std::string>& names,
                  const std::string& folder);

}  // namespace qsweep
