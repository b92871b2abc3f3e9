#include "qsweep/data/split_cache.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/file_lock.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/data/parallel_for.hpp"

#include <algorithm>
#include <filesystem>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kBlockBytes = int64_t{64} << 20U;  // decoded at once, before they are written

std::string cache_path(const SplitCache& cache,
                       const std::string& split,
                       const std::string& stamp) {
  const std::string key = std::to_string(cache.geometry.resize) + ' ' +
                          std::to_string(cache.geometry.crop) + '\n' + stamp;
  const std::string name = cache.dataset + '-' + split + '-' + sha256_hex(key).substr(0, 16);
  return fs::path(cache.folder) / (name + ".images");
}

std::string size_text(const Image& image) {
  return std::to_string(image.width) + "x" + std::to_string(image.height);
}

/// Decodes a split block by block, so that memory stays bounded whatever its size.
class Decoding {
 public:
  Decoding(const SplitReader& reader, const SplitCache& cache)
      : reader_(reader), cache_(cache), first_(first()) {
    const auto image_bytes = static_cast<int64_t>(first_.pixels.size());
    // A multiple of 32 images is a multiple of 32 bytes, as the writer wants.
    block_ = std::max<int64_t>(1, kBlockBytes / image_bytes / 32) * 32;
  }

  void write(CacheWriter& writer) const {
    const size_t image_bytes = first_.pixels.size();
    std::vector<uint8_t> pixels;
    for (int64_t first = 0; first < reader_.count(); first += block_) {
      const int64_t last = std::min(reader_.count(), first + block_);
      pixels.resize(static_cast<size_t>(last - first) * image_bytes);
      parallel_for(first, last, cache_.threads, [&](int64_t i) {
        const Image image = decode(i);
        check_size(image, i);
        std::copy(image.pixels.begin(),
                  image.pixels.end(),
                  pixels.begin() + (i - first) * static_cast<int64_t>(image_bytes));
      });
      writer.add(pixels.data(), pixels.size());
    }
  }

  CacheFacts facts(const std::vector<std::string>& classes) const {
    CacheFacts facts;
    facts.classes = classes;
    facts.channels = first_.channels;
    facts.height = first_.height;
    facts.width = first_.width;
    for (int64_t i = 0; i < reader_.count(); ++i) {
      facts.labels.push_back(label(i, static_cast<int64_t>(classes.size())));
    }
    return facts;
  }

 private:
  Image decode(int64_t i) const { return fit(reader_.image(i), cache_.geometry, reader_.place(i)); }

  // What plugins give is checked, too.
  Image first() const {
    if (reader_.count() < 1) {
      throw IoError("the split has no image");
    }
    Image image = decode(0);
    if (image.pixels.empty()) {
      throw IoError(reader_.place(0), "has no pixels");
    }
    return image;
  }

  int64_t label(int64_t i, int64_t classes) const {
    const int64_t label = reader_.label(i);
    if (label < 0 || label >= classes) {
      throw IoError(reader_.place(i),
                    "has the label " + std::to_string(label) + ", and there are " +
                        std::to_string(classes) + " classes");
    }
    return label;
  }

  void check_size(const Image& image, int64_t i) const {
    if (image.height != first_.height || image.width != first_.width) {
      throw IoError(reader_.place(i),
                    "is " + size_text(image) + ", but the first image is " + size_text(first_) +
                        "; give data.size, to which all are brought",
                    "; the first is " + reader_.place(0));
    }
    if (image.channels != first_.channels || image.pixels.size() != first_.pixels.size()) {
      throw IoError(reader_.place(i),
                    "has " + std::to_string(image.channels) + " channels in " +
                        std::to_string(image.pixels.size()) + " bytes, but the first image " +
                        std::to_string(first_.channels) + " in " +
                        std::to_string(first_.pixels.size()),
                    "; the first is " + reader_.place(0));
    }
  }

  const SplitReader& reader_;
  const SplitCache& cache_;
  Image first_;
  int64_t block_ = 0;
};

}  // namespace

std::shared_ptr<const CachedImages> cached_split(const SplitCache& cache,
                                                 const ImageSource& source,
                                                 const std::string& split,
                                                 const std::string& stamp) {
  const std::string path = cache_path(cache, split, stamp);
  if (auto images = open_cache_file(path)) {
    return images;
  }
  std::error_code error;
  fs::create_directories(cache.folder, error);
  if (error) {
    throw WriteError(cache.folder, "cannot keep the decoded images: " + error.message());
  }
  const FileLock lock(path + ".lock");
  if (auto images = open_cache_file(path)) {
    return images;  // another process was first
  }
  remove_unfinished(path);  // of who was killed at it
  const std::unique_ptr<SplitReader> reader = source.open(split);
  const Decoding decoding(*reader, cache);
  CacheWriter writer(path);
  decoding.write(writer);
  writer.finish(decoding.facts(source.classes()));
  auto images = open_cache_file(path);
  if (!images) {
    throw IoError(path, "is damaged although it was just written");
  }
  return images;
}

}  // namespace qsweep
