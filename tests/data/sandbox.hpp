#pragma once

#include "qsweep/config/settings.hpp"
#include "qsweep/core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace qsweep {

/// A folder of a test's own, gone when the test ends.
class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  /// Writes a file, with the folders that lead to it, and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const;
  std::string cache() const { return path("cache"); }

 private:
  std::filesystem::path folder_;
};

std::string read_text(const std::string& path);

/// IDX files: image `i` has the bytes 10 i, 10 i + 1, ...; labels as given.
std::string idx_images(int count, int height, int width);
std::string idx_labels(const std::vector<int>& labels);
std::string gzip(const std::string& bytes);

/// Settings of a data set at `root`.
Settings settings_for(const std::string& dataset, const std::string& root);

/// What the exception of type `Thrown` says; fails the test if there is none.
template <class Thrown, class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Thrown& error) {
    return error.what();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace qsweep
