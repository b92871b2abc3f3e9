#include "qsweep/core/nearest_path.hpp"

#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <system_error>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNames = 1000;  // a folder of images is nothing to search

// In order of name: a folder's own order is no order, and of two names equally near the first
// counts.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end;
       !failure && entry != end && names.size() < kMostNames;
       entry.increment(failure)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string nearest_path_hint(const fs::path& missing) {
  // A folder may be written with a slash at its end.
  const fs::path path = missing.has_filename() ? missing : missing.parent_path();
  std::error_code failure;
  if (fs::exists(path, failure)) {
    return "";
  }
  const fs::path folder = path.parent_path();
  const auto name = nearest_name(path.filename().string(), names_in(folder.empty() ? "." : folder));
  return name ? "; did you mean '" + (folder / *name).string() + "'?" : "";
}

}  // namespace qsweep
