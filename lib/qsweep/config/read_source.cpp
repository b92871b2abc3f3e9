#include "qsweep/config/node.hpp"
#include "qsweep/config/source_limits.hpp"
#include "qsweep/core/nearest_path.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace qsweep {
namespace {

ConfigError unreadable(const std::string& path, const std::string& reason) {
  return ConfigError(path + ": error: " + reason);
}

// Some editors start UTF-8 files with a byte order mark; it is no part of the text.
std::string without_mark(std::string text) {
  return text.rfind("\xEF\xBB\xBF", 0) == 0 ? text.substr(3) : text;
}

}  // namespace

std::shared_ptr<const Source> read_source(const std::string& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) {
    throw unreadable(path, "it is a folder, not an experiment file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const std::string reason = system_reason();
    throw unreadable(path, "cannot read the file: " + reason + nearest_path_hint(path));
  }
  // One byte more than allowed tells a pipe or a device that is too long from one that fits.
  std::string text(kLongestSource + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    throw unreadable(path, "cannot read the file: " + system_reason());
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kLongestSource) {
    throw unreadable(path, kSourceTooLong);
  }
  return std::make_shared<const Source>(Source{path, without_mark(std::move(text))});
}

}  // namespace qsweep
