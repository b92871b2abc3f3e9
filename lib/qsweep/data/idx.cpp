#include "qsweep/data/idx.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/data/read_file.hpp"

#include <array>
#include <cstdio>
#include <vector>

namespace qsweep {
namespace {

// The third byte says "unsigned bytes", the fourth the number of dimensions.
constexpr uint32_t kImagesMagic = 0x00000803;
constexpr uint32_t kLabelsMagic = 0x00000801;

uint32_t big_endian(const std::vector<uint8_t>& bytes, size_t at) {
  return static_cast<uint32_t>(bytes[at]) << 24U | static_cast<uint32_t>(bytes[at + 1]) << 16U |
         static_cast<uint32_t>(bytes[at + 2]) << 8U | static_cast<uint32_t>(bytes[at + 3]);
}

std::string hex(uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08x", value);
  return text.data();
}

struct IdxFile {
  std::vector<uint64_t> dimensions;
  std::vector<uint8_t> content;
};

/// The sizes that follow the magic number; the file holds as many bytes as their product after
/// them.
IdxFile read_idx_file(const std::string& path, uint32_t magic) {
  IdxFile file;
  file.content = read_gzip_or_plain(path);
  const size_t ranks = magic & 255U;
  const size_t header = 4 + 4 * ranks;
  const std::string what = magic == kImagesMagic ? "images" : "labels";
  if (file.content.size() >= 4 && big_endian(file.content, 0) != magic) {
    throw IoError(path,
                  "wrong magic number " + hex(big_endian(file.content, 0)) + "; IDX files of " +
                      what + " start with " + hex(magic));
  }
  if (file.content.size() < header) {
    throw IoError(path,
                  "truncated: " + std::to_string(file.content.size()) +
                      " bytes, the header of IDX files of " + what + " has " +
                      std::to_string(header));
  }
  constexpr uint64_t kMostBytes = uint64_t{1} << 40U;
  uint64_t expected = 1;
  bool is_possible = true;
  std::string announced;
  for (size_t rank = 0; rank < ranks; ++rank) {
    file.dimensions.push_back(big_endian(file.content, 4 + 4 * rank));
    announced += (rank == 0 ? "" : "x") + std::to_string(file.dimensions.back());
    is_possible = is_possible && file.dimensions.back() > 0 &&
                  expected <= kMostBytes / file.dimensions.back();
    expected *= file.dimensions.back();
  }
  if (!is_possible) {
    throw IoError(path,
                  "the header announces " + announced +
                      " bytes; sizes are above 0 and their "
                      "product at most 2^40");
  }
  const size_t rest = file.content.size() - header;
  if (rest != expected) {
    throw IoError(path,
                  std::string(rest < expected ? "truncated" : "too long") + ": " +
                      std::to_string(rest) + " bytes after the header, which announces " +
                      std::to_string(expected));
  }
  file.content.erase(file.content.begin(), file.content.begin() + static_cast<int64_t>(header));
  return file;
}

}  // namespace

FlatImages read_idx(const std::string& images_path,
                    const std::string& labels_path,
                    int64_t classes) {
  IdxFile images = read_idx_file(images_path, kImagesMagic);
  const IdxFile labels = read_idx_file(labels_path, kLabelsMagic);
  if (images.dimensions[0] != labels.dimensions[0]) {
    throw IoError(labels_path,
                  std::to_string(labels.dimensions[0]) + " labels for the " +
                      std::to_string(images.dimensions[0]) + " images",
                  " of " + images_path);
  }
  FlatImages flat;
  flat.height = static_cast<int64_t>(images.dimensions[1]);
  flat.width = static_cast<int64_t>(images.dimensions[2]);
  flat.channels = 1;
  flat.pixels = std::move(images.content);
  flat.file = images_path;
  for (size_t i = 0; i < labels.content.size(); ++i) {
    if (labels.content[i] >= classes) {
      throw IoError(labels_path,
                    "label " + std::to_string(labels.content[i]) + " of image " +
                        std::to_string(i) + " is out of range; allowed are 0 to " +
                        std::to_string(classes - 1));
    }
    flat.labels.push_back(labels.content[i]);
  }
  return flat;
}

}  // namespace qsweep
