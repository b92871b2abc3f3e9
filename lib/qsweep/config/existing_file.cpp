#include "qsweep/config/existing_file.hpp"

#include "qsweep/config/scalars.hpp"
#include "qsweep/core/nearest_path.hpp"

#include <filesystem>

namespace qsweep {

std::string existing_file(const Node& value,
                          const std::string& key,
                          const std::string& content,
                          const std::string& directory) {
  const std::filesystem::path path =
      (std::filesystem::path(directory) / read_text(value, key)).lexically_normal();
  std::error_code failure;
  if (!std::filesystem::exists(path, failure)) {
    throw config_error(value.place, "no such file: " + path.string() + nearest_path_hint(path));
  }
  if (std::filesystem::is_directory(path, failure)) {
    throw config_error(value.place, path.string() + " is a folder, not " + content);
  }
  return path.string();
}

}  // namespace qsweep
