#pragma once

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/data/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// What a cache file holds apart from pixels.
struct CacheFacts {
  std::vector<std::string> classes;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  std::vector<int64_t> labels;
  std::string content;  // SHA-256 over dimensions, pixels, labels
};

/// A split's decoded images, mapped into memory read-only.
class CachedImages : public Images {
 public:
  virtual const CacheFacts& facts() const = 0;
};

/// Null if there is no such file, or if it is cut off, damaged or of another version. Checks all of
/// it, at the speed of memory, except the pixels of files of more than 1 GiB.
std::shared_ptr<const CachedImages> open_cache_file(const std::string& path);

/// 64 bits that tell damage, not malice, at the speed of memory.
class PixelChecksum {
 public:
  /// `count` is a multiple of 32 in all calls but the last.
  void add(const uint8_t* bytes, size_t count);
  uint64_t value() const;

 private:
  uint64_t lanes_[4] = {1, 2, 3, 4};
};

/// Writes a cache file, as a whole or not at all. All throw WriteError.
class CacheWriter {
 public:
  explicit CacheWriter(const std::string& path);

  /// The next images' pixels; a multiple of 32 bytes in all calls but the last.
  void add(const uint8_t* pixels, size_t count);
  /// `facts.content` is filled in here.
  void finish(CacheFacts facts);

 private:
  AtomicFile file_;
  int64_t pixel_bytes_ = 0;
  PixelChecksum checksum_;
  Sha256 content_;
};

}  // namespace qsweep
