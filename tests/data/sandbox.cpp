#include "sandbox.hpp"

#include <fstream>
#include <sstream>
#include <unistd.h>
#include <zlib.h>

namespace qsweep {
namespace fs = std::filesystem;

namespace {

std::string big_endian(int value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 255);
  }
  return bytes;
}

}  // namespace

Sandbox::Sandbox() {
  std::string name = fs::temp_directory_path() / "qsweep_data_XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  folder_ = name;
}

Sandbox::~Sandbox() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Sandbox::write(const std::string& name, const std::string& bytes) const {
  const fs::path target = folder_ / name;
  fs::create_directories(target.parent_path());
  std::ofstream(target, std::ios::binary) << bytes;
  return target;
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string idx_images(int count, int height, int width) {
  std::string bytes =
      big_endian(0x803) + big_endian(count) + big_endian(height) + big_endian(width);
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < height * width; ++j) {
      bytes += static_cast<char>(10 * i + j);
    }
  }
  return bytes;
}

std::string idx_labels(const std::vector<int>& labels) {
  std::string bytes = big_endian(0x801) + big_endian(static_cast<int>(labels.size()));
  for (const int label : labels) {
    bytes += static_cast<char>(label);
  }
  return bytes;
}

std::string gzip(const std::string& bytes) {
  const Sandbox sandbox;
  const std::string path = sandbox.path("packed");
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) ==
          static_cast<int>(bytes.size()));
  gzclose(file);
  return read_text(path);
}

Settings settings_for(const std::string& dataset, const std::string& root) {
  Settings settings;
  settings.data.name = dataset;
  settings.data.root = root;
  return settings;
}

}  // namespace qsweep
