#pragma once

#include "qsweep/config/node.hpp"

#include <string>

namespace qsweep {

/// The absolute path of the file that a value names, from `directory` on. A ConfigError at the
/// value if there is none, with the nearest name, or a folder, which is not `content`, "a
/// TorchScript file".
std::string existing_file(const Node& value,
                          const std::string& key,
                          const std::string& content,
                          const std::string& directory);

}  // namespace qsweep
