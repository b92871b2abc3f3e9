#include "qsweep/data/cifar_binary.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/data/flat_images.hpp"
#include "qsweep/data/read_file.hpp"
#include "qsweep/data/unpack_archive.hpp"

#include <filesystem>
#include <utility>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSide = 32;
constexpr int64_t kPlane = kSide * kSide;

/// Appends a record's planes of red, green and blue as pixels.
void append_pixels(const uint8_t* planes, std::vector<uint8_t>& pixels) {
  for (int64_t i = 0; i < kPlane; ++i) {
    pixels.insert(pixels.end(), {planes[i], planes[kPlane + i], planes[2 * kPlane + i]});
  }
}

void append_records(const std::string& path, const CifarLayout& layout, FlatImages& images) {
  const std::vector<uint8_t> bytes = read_file(path);
  const auto record = static_cast<size_t>(layout.labels + 3 * kPlane);
  if (bytes.empty() || bytes.size() % record != 0) {
    throw IoError(path,
                  "truncated: " + std::to_string(bytes.size()) +
                      " bytes, which is not a whole number of records of " +
                      std::to_string(record));
  }
  for (size_t at = 0; at < bytes.size(); at += record) {
    const uint8_t label = bytes[at + static_cast<size_t>(layout.labels) - 1];
    if (label >= layout.classes.size()) {
      throw IoError(path,
                    "label " + std::to_string(label) + " of record " + std::to_string(at / record) +
                        " is out of range; allowed are 0 to " +
                        std::to_string(layout.classes.size() - 1));
    }
    images.labels.push_back(label);
    append_pixels(bytes.data() + at + layout.labels, images.pixels);
  }
}

class Cifar final : public ImageSource {
 public:
  Cifar(CifarLayout layout, const SourceRequest& request)
      : layout_(std::move(layout)), folder_(request.root) {
    if (fs::exists(fs::path(request.root) / layout_.folder)) {
      folder_ = fs::path(request.root) / layout_.folder;
    }
    if (request.download && !complete()) {
      download(request.root);
    }
  }

  const std::vector<std::string>& classes() const override { return layout_.classes; }
  std::vector<std::string> splits() const override { return {"train", "test"}; }

  SplitFacts facts(const std::string& split) const override {
    SplitFacts facts;
    for (const std::string& file : files(split)) {
      facts.stamp += stamp_line(folder_ / file, file);
    }
    return facts;
  }

  std::unique_ptr<SplitReader> open(const std::string& split) const override {
    FlatImages images;
    images.height = images.width = kSide;
    images.channels = 3;
    images.file = folder_ / (split == "train" ? "the training files" : layout_.test_file);
    for (const std::string& file : files(split)) {
      append_records(folder_ / file, layout_, images);
    }
    return read_flat_images(std::move(images));
  }

 private:
  std::vector<std::string> files(const std::string& split) const {
    return split == "train" ? layout_.train_files : std::vector<std::string>{layout_.test_file};
  }

  std::vector<std::string> all_files() const {
    std::vector<std::string> names = layout_.train_files;
    names.push_back(layout_.test_file);
    return names;
  }

  bool complete() const {
    for (const std::string& file : all_files()) {
      if (!fs::exists(folder_ / file)) {
        return false;
      }
    }
    return true;
  }

  void download(const std::string& root) {
    const DownloadLock lock(root);
    folder_ = fs::path(root) / layout_.folder;
    if (complete()) {
      return;  // another process was first
    }
    download_file(layout_.archive, root, all_files());
    const fs::path archive = fs::path(root) / layout_.archive.name;
    unpack_files(archive, all_files(), folder_);
    fs::remove(archive);
  }

  CifarLayout layout_;
  fs::path folder_;
};

}  // namespace

std::unique_ptr<ImageSource> open_cifar(const CifarLayout& layout, const SourceRequest& request) {
  return std::make_unique<Cifar>(layout, request);
}

}  // namespace qsweep
