#include "qsweep/data/cache_file.hpp"

#include "qsweep/core/json.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qsweep {
namespace {

// prefix | pixels, from kPixelStart | footer: JSON. The prefix is written last.
constexpr std::array<char, 8> kMagic = {'q', 's', 'w', 'e', 'e', 'p', '0', '1'};
constexpr int64_t kPixelStart = 4096;  // a page: the pixels are aligned
constexpr int64_t kAlwaysChecked = int64_t{1} << 30U;

struct Prefix {
  std::array<char, 8> magic;
  int64_t pixel_bytes;
  int64_t footer_bytes;
  uint64_t pixel_checksum;
  std::array<char, 64> footer_sha256;
};

Json as_json(const CacheFacts& facts) {
  return {{"classes", facts.classes},
          {"channels", facts.channels},
          {"height", facts.height},
          {"width", facts.width},
          {"labels", facts.labels},
          {"content", facts.content}};
}

CacheFacts read_facts(const Json& json) {
  CacheFacts facts;
  json.at("classes").get_to(facts.classes);
  json.at("channels").get_to(facts.channels);
  json.at("height").get_to(facts.height);
  json.at("width").get_to(facts.width);
  json.at("labels").get_to(facts.labels);
  json.at("content").get_to(facts.content);
  return facts;
}

/// A whole file in memory, as long as it lives.
class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_size > kPixelStart) {
      const auto size = static_cast<size_t>(status.st_size);
      void* bytes = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
      if (bytes != MAP_FAILED) {
        bytes_ = static_cast<const uint8_t*>(bytes);
        size_ = status.st_size;
      }
    }
    if (descriptor >= 0) {
      close(descriptor);
    }
  }
  ~Mapping() {
    if (bytes_ != nullptr) {
      munmap(const_cast<uint8_t*>(bytes_), static_cast<size_t>(size_));
    }
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const uint8_t* bytes() const { return bytes_; }
  int64_t size() const { return size_; }

 private:
  const uint8_t* bytes_ = nullptr;
  int64_t size_ = 0;
};

class MappedImages final : public CachedImages {
 public:
  MappedImages(std::unique_ptr<Mapping> mapping, CacheFacts facts)
      : mapping_(std::move(mapping)),
        facts_(std::move(facts)),
        image_bytes_(facts_.height * facts_.width * facts_.channels) {}
  const CacheFacts& facts() const override { return facts_; }
  int64_t count() const override { return static_cast<int64_t>(facts_.labels.size()); }
  const uint8_t* pixels(int64_t i) const override {
    return mapping_->bytes() + kPixelStart + i * image_bytes_;
  }
  int64_t label(int64_t i) const override { return facts_.labels[static_cast<size_t>(i)]; }

 private:
  std::unique_ptr<Mapping> mapping_;
  CacheFacts facts_;
  int64_t image_bytes_;
};

bool is_whole(const Mapping& mapping, const Prefix& prefix) {
  if (prefix.magic != kMagic || prefix.pixel_bytes < 0 || prefix.footer_bytes < 0 ||
      prefix.pixel_bytes > mapping.size() || prefix.footer_bytes > mapping.size() ||
      kPixelStart + prefix.pixel_bytes + prefix.footer_bytes != mapping.size()) {
    return false;
  }
  Sha256 footer;
  footer.add(mapping.bytes() + kPixelStart + prefix.pixel_bytes,
             static_cast<size_t>(prefix.footer_bytes));
  if (footer.hex() != std::string_view(prefix.footer_sha256.data(), 64)) {
    return false;
  }
  if (prefix.pixel_bytes > kAlwaysChecked) {
    return true;
  }
  PixelChecksum checksum;
  checksum.add(mapping.bytes() + kPixelStart, static_cast<size_t>(prefix.pixel_bytes));
  return checksum.value() == prefix.pixel_checksum;
}

}  // namespace

std::shared_ptr<const CachedImages> open_cache_file(const std::string& path) {
  auto mapping = std::make_unique<Mapping>(path);
  if (mapping->bytes() == nullptr) {
    return nullptr;
  }
  Prefix prefix{};
  std::memcpy(&prefix, mapping->bytes(), sizeof prefix);
  if (!is_whole(*mapping, prefix)) {
    return nullptr;
  }
  const uint8_t* footer = mapping->bytes() + kPixelStart + prefix.pixel_bytes;
  CacheFacts facts = read_facts(Json::parse(footer, footer + prefix.footer_bytes));
  return std::make_shared<MappedImages>(std::move(mapping), std::move(facts));
}

void PixelChecksum::add(const uint8_t* bytes, size_t count) {
  constexpr uint64_t kPrime = 0x9E3779B97F4A7C15;
  std::array<uint64_t, 4> words{};
  for (; count > 0; count -= std::min(count, sizeof words), bytes += sizeof words) {
    words = {};
    std::memcpy(words.data(), bytes, std::min(count, sizeof words));
    for (size_t lane = 0; lane < words.size(); ++lane) {
      lanes_[lane] = (lanes_[lane] ^ words[lane]) * kPrime;
    }
  }
}

uint64_t PixelChecksum::value() const {
  return lanes_[0] ^ lanes_[1] >> 7U ^ lanes_[2] >> 13U ^ lanes_[3] >> 29U;
}

CacheWriter::CacheWriter(const std::string& path) : file_(path) {
  file_.add(std::string(kPixelStart, '\0'));  // in place of the prefix
}

void CacheWriter::add(const uint8_t* pixels, size_t count) {
  file_.add({reinterpret_cast<const char*>(pixels), count});
  checksum_.add(pixels, count);
  content_.add(pixels, count);
  pixel_bytes_ += static_cast<int64_t>(count);
}

void CacheWriter::finish(CacheFacts facts) {
  Json numbers = as_json(facts);
  numbers.erase("classes");  // names change no result
  content_.add(numbers.dump());
  facts.content = content_.hex();
  const std::string footer = as_json(facts).dump();
  Prefix prefix{kMagic, pixel_bytes_, static_cast<int64_t>(footer.size()), checksum_.value(), {}};
  sha256_hex(footer).copy(prefix.footer_sha256.data(), prefix.footer_sha256.size());
  file_.add(footer);
  file_.put(0, {reinterpret_cast<const char*>(&prefix), sizeof prefix});
  file_.commit();
}

}  // namespace qsweep
