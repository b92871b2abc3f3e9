#include "qsweep/core/folder_of.hpp"

#include <filesystem>
#include <system_error>

namespace qsweep {

namespace fs = std::filesystem;

std::string folder_of(const std::string& file) {
  // A name that is not there stands for the file, which may be a link.
  const fs::path beside = fs::absolute(file).parent_path() / "\n";
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(beside, failed);
  return (failed ? beside.lexically_normal() : real).parent_path().string();
}

}  // namespace qsweep
