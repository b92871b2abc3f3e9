#include "qsweep/data/idx_folder.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/data/download.hpp"
#include "qsweep/data/idx.hpp"
#include "qsweep/data/read_file.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> kFiles = {"train-images-idx3-ubyte",
                                               "train-labels-idx1-ubyte",
                                               "t10k-images-idx3-ubyte",
                                               "t10k-labels-idx1-ubyte"};

class IdxFolder final : public ImageSource {
 public:
  IdxFolder(IdxLayout layout, const SourceRequest& request)
      : layout_(std::move(layout)), root_(request.root) {
    if (request.download && !complete()) {
      download();
    }
  }

  const std::vector<std::string>& classes() const override { return layout_.classes; }
  std::vector<std::string> splits() const override { return {"train", "test"}; }

  SplitFacts facts(const std::string& split) const override {
    SplitFacts facts;
    for (const std::string& path : {images_path(split), labels_path(split)}) {
      facts.stamp += stamp_line(path, fs::path(path).filename());
    }
    return facts;
  }

  std::unique_ptr<SplitReader> open(const std::string& split) const override {
    return read_flat_images(read_idx(
        images_path(split), labels_path(split), static_cast<int64_t>(layout_.classes.size())));
  }

 private:
  std::string images_path(const std::string& split) const {
    return path_of(split == "train" ? kFiles[0] : kFiles[2]);
  }
  std::string labels_path(const std::string& split) const {
    return path_of(split == "train" ? kFiles[1] : kFiles[3]);
  }

  std::optional<std::string> find(const std::string& file) const {
    for (const fs::path& folder : {root_, root_ / layout_.folder}) {
      for (const char* ending : {"", ".gz"}) {
        if (fs::exists(folder / (file + ending))) {
          return folder / (file + ending);
        }
      }
    }
    return std::nullopt;
  }

  std::string path_of(const std::string& file) const {
    if (const auto path = find(file)) {
      return *path;
    }
    std::string reason = "missing, and so is " + file + ".gz";
    if (file == kFiles[0] && find(kFiles[2])) {
      reason += "; the test files alone will do with train: \"test[:8000]\", test: \"test[8000:]\"";
    }
    throw IoError((root_ / file).string(), reason);
  }

  bool complete() const {
    for (const char* file : kFiles) {
      if (!find(file)) {
        return false;
      }
    }
    return true;
  }

  void download() const {
    const DownloadLock lock(root_);
    std::vector<std::string> wanted;
    wanted.reserve(kFiles.size());
    for (const std::string file : kFiles) {
      wanted.push_back(file + ".gz");
    }
    for (size_t i = 0; i < kFiles.size(); ++i) {
      if (!find(kFiles[i])) {
        download_file({layout_.url, wanted[i], layout_.md5[i]}, root_, wanted);
      }
    }
  }

  IdxLayout layout_;
  fs::path root_;
};

}  // namespace

std::unique_ptr<ImageSource> open_idx_folder(const IdxLayout& layout,
                                             const SourceRequest& request) {
  return std::make_unique<IdxFolder>(layout, request);
}

}  // namespace qsweep
